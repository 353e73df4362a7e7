// Duties, self-authenticating entries and sealers. A block is judged by those after its parent: `settle` after each block.
import { big, hex, unhex } from "../bytes.js";
import { founded } from "../chain/genesis.js";
import { KIND, recoveryHash, sealersHash, solo } from "../formats/sealers.js";
import { EFFECTS, SYSTEM, slots } from "../formats/system.js";
import { sha256 } from "../hashes.js";

/**
 * @typedef {{mask: bigint, quota: bigint}} Duty
 * @typedef {{threshold: number, silence: number, keys: string[]}} Recovery
 */

const DUTY_EVENTS = ["Appointed", "Dismissed", "EntryListed"];
const ENTRENCHED_EVENTS = ["EntryListed", "RecoverySet"];
const ACT_EVENTS = ["SealerSet", "ValidatorSet", "Punished"];
const ADDRESS = (1n << 160n) - 1n;

export class Permissions {
  /** @param {import("../chain/genesis.js").Genesis} genesis */
  constructor(genesis) {
    /** @type {Map<string, Duty>} */
    this.duties = new Map();
    /** @type {Map<string, bigint>} by contract and selector: gas bound */
    this.entries = new Map();
    for (const [slot, value] of genesis.accounts.get(SYSTEM.Permissions)?.storage ?? []) this.found(slot, value);
    const sealer = founded(genesis, SYSTEM.Permissions, slots.sealer);
    this.kind = Number(sealer >> 160n);
    this.account = hex(big(sealer & ADDRESS, 20));
    /** @type {Map<string, bigint> | null} power by address; null until the first commit shows the founding's */
    this.validators = this.kind === KIND.comet ? null : new Map();
    this.foundedHash = hex(big(founded(genesis, SYSTEM.Permissions, slots.sealer + 1n), 32));
    this.recoveryHash = hex(big(founded(genesis, SYSTEM.Permissions, slots.sealer + 3n), 32));
    /** @type {Recovery | null} */
    this.recovery = null;
    this.parentDuties = new Map(this.duties);
    this.parentEntries = new Map(this.entries);
    this.parentSealers = this.sealers();
    this.parentKind = this.kind;
    this.parentRecovery = this.recovery;
  }

  /** A row of the founding's storage. @param {bigint} slot @param {bigint} value */
  found(slot, value) {
    if (slot >> 160n === 1n) {
      this.duties.set(hex(big(slot & ADDRESS, 20)), { mask: value >> 64n, quota: value & ((1n << 64n) - 1n) });
    } else if (slot >= slots.entries && slot < 2n * slots.entries) {
      this.entries.set(hex(big(slot - slots.entries, 24)), value);
    }
  }

  /** What counts for the next block is what stands now. */
  settle() {
    this.parentDuties = new Map(this.duties);
    this.parentEntries = new Map(this.entries);
    this.parentSealers = this.sealers();
    this.parentKind = this.kind;
    this.parentRecovery = this.recovery;
  }

  /** Who may seal after the newest block; null if not known. @returns {import("../formats/sealers.js").Sealers | null} */
  sealers() {
    if (this.kind === KIND.solo) return solo(this.account);
    return this.validators && { kind: KIND.comet, members: [...this.validators].filter(([, power]) => power > 0n) };
  }

  /** The hash of those who may seal after the newest block. @returns {string} */
  sealersHash() {
    const sealers = this.sealers();
    return sealers === null ? this.foundedHash : hex(sealersHash(sealers));
  }

  /** Takes the founding's validators from the first commit, if their hash is the founding's. @param {import("../formats/sealers.js").Sealers} sealers */
  learn(sealers) {
    if (this.validators !== null || hex(sealersHash(sealers)) !== this.foundedHash) return;
    this.validators = new Map(sealers.members);
    this.parentSealers = this.sealers();
  }

  /** After the parent block. @param {string} account @param {bigint} mask @returns {boolean} */
  holds(account, mask) {
    return ((this.parentDuties.get(account)?.mask ?? 0n) & mask) !== 0n;
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  take(event, place) {
    const code = DUTY_EVENTS.includes(event.name) ? "permission.authority" : "sealer.authority";
    const isAct = place.isConsensusAct && place.transaction.to === SYSTEM.Permissions && ACT_EVENTS.includes(event.name);
    if (isAct || event.name === "Punished") place.findings.check(code, isAct, "a consensus act", event.name);
    else place.checkEffect(code, ENTRENCHED_EVENTS.includes(event.name) ? [EFFECTS.entrenched] : [EFFECTS.permission, EFFECTS.entrenched], event);
    this.apply(event);
  }

  /** @param {import("./events.js").Event} event */
  apply(event) {
    if (event.name === "Appointed") this.duties.set(event.account, { mask: event.mask, quota: event.quota });
    else if (event.name === "Dismissed") this.duties.delete(event.account);
    else if (event.name === "EntryListed") this.list(event.account + event.selector.slice(2), event.bound);
    else if (event.name === "SealerSet") [this.kind, this.account] = [event.kind, event.account];
    else if (event.name === "ValidatorSet") this.validators?.set(consensusAddress(event.key), event.power);
    else if (event.name === "Punished") this.validators?.set(consensusAddress(event.key), 0n);
    else if (event.name === "RecoverySet") {
      this.recovery = { threshold: event.threshold, silence: event.silence, keys: event.keys };
      this.recoveryHash = event.threshold === 0 ? hex(new Uint8Array(32)) : hex(recoveryHash(event.threshold, event.silence, event.keys));
    }
  }

  /** @param {string} entry @param {bigint} bound */
  list(entry, bound) {
    if (bound === 0n) this.entries.delete(entry);
    else this.entries.set(entry, bound);
  }

  /** What the sealer's slot holds. @returns {bigint} */
  sealerWord() {
    return (BigInt(this.kind) << 160n) | BigInt(this.account);
  }
}

/** @param {string} key Ed25519 @returns {string} */
function consensusAddress(key) {
  return hex(sha256(unhex(key)).subarray(0, 20));
}
