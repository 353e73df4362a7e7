// What may stand in a block (formats.md, 7), judged after its receipts are known.
import { DUTIES, SYSTEM } from "../formats/system.js";
import { selector } from "../abi.js";
import { hex, utf8 } from "../bytes.js";
import { keccak } from "../hashes.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

const ACTS = [selector("succeed(address)"), selector("punish(bytes32,uint256)")];
const ACT_GAS = 1n << 24n;
const ACTOR = hex(keccak(secp256k1.getPublicKey(keccak(utf8("ortaq/consensus-act/1")), false).subarray(1)).subarray(12));

/** @typedef {import("../chain/transaction.js").Transaction} Transaction */

/** Whether a block has the form of a consensus act. @param {string} feeRecipient @param {(Transaction | null)[]} transactions @returns {boolean} */
export function isConsensusAct(feeRecipient, transactions) {
  const [only] = transactions;
  if (feeRecipient !== SYSTEM.Permissions || transactions.length !== 1 || only === null) return false;
  return only.type === 2 && only.gas === ACT_GAS && only.to === SYSTEM.Permissions && only.sender === ACTOR && ACTS.includes(only.selector);
}

export class Admission {
  /** @param {import("./permissions.js").Permissions} permissions as after the parent block @param {boolean} isAct */
  constructor(permissions, isAct) {
    this.permissions = permissions;
    this.isAct = isAct;
    /** @type {Map<string, bigint>} gas limits by sender */
    this.used = new Map();
  }

  /** Why a transaction may not stand in the block; null if it may. @param {Transaction} tx @param {number} status @returns {string | null} */
  refuse(tx, status) {
    if (this.isAct) return status === 1 ? null : "a consensus act that failed";
    const bound = tx.to === null ? undefined : this.permissions.parentEntries.get(tx.to + tx.selector.slice(2));
    if (bound !== undefined && tx.gas <= bound) return status === 1 ? null : "a self-authenticating call that was not accepted";
    const duty = this.permissions.parentDuties.get(tx.sender);
    if (duty === undefined || duty.mask === 0n) return `${tx.sender} has no duty`;
    if (tx.to === null && (duty.mask & DUTIES.deployer) === 0n) return `${tx.sender} is no deployer`;
    const used = (this.used.get(tx.sender) ?? 0n) + tx.gas;
    this.used.set(tx.sender, used);
    return used <= duty.quota ? null : `gas ${used} over the quota ${duty.quota} of ${tx.sender}`;
  }
}
