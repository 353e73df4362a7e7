// The chain of a bundle: headers, seals, transactions, receipts, block after block.
import { FormError, equal, hex } from "./bytes.js";
import { orderedRoot } from "./chain/trie.js";
import { decodeHeader } from "./chain/header.js";
import { unionOfBlooms } from "./chain/receipt.js";
import { decodeTransaction } from "./chain/transaction.js";
import { decodeSeal, isOfBlock, refuseSeal, refuseSuccession } from "./formats/seal.js";
import { KIND } from "./formats/sealers.js";
import { SYSTEM, ZERO_ADDRESS } from "./formats/system.js";
import { Admission, isConsensusAct } from "./follow/admission.js";

/** @typedef {import("./chain/header.js").Header} Header */
/** @typedef {import("./chain/transaction.js").Transaction} Transaction */
/** @typedef {{height: number, hash: string, header: Header, sealers: string, closed: import("./follow/questions.js").Question[]}} Taken sealers: hash of those after the block */

export class Chain {
  /** @param {import("./chain/genesis.js").Genesis} genesis @param {import("./follow/ledger.js").Ledger} ledger @param {import("./findings.js").Findings} findings */
  constructor(genesis, ledger, findings) {
    this.genesis = genesis;
    this.ledger = ledger;
    this.findings = findings;
    this.height = -1;
    /** @type {Header | null} */
    this.parent = null;
    /** Kind of the seal before, 0 if there is none. */
    this.sealedAs = 0;
    /** @type {Map<string, bigint>} */
    this.nonces = new Map();
  }

  /** One block; null if its header cannot be read, so that nothing can follow it. @param {import("./bundle/parts.js").RawBlock} raw @returns {Taken | null} */
  take(raw) {
    const { findings } = this;
    this.height++;
    findings.at(this.height);
    const header = this.readHeader(raw.header);
    if (header === null) return null;
    this.checkHeader(header, raw);
    const transactions = this.height === 0 ? [] : this.readTransactions(raw.transactions);
    const isAct = isConsensusAct(header.feeRecipient, transactions);
    const wanted = isAct ? SYSTEM.Permissions : ZERO_ADDRESS;
    findings.check("header.fixed", header.feeRecipient === wanted, wanted, header.feeRecipient, "fee recipient");
    // A block before a succession has no seal.
    if (raw.seal.length > 0) this.checkSeal(raw.seal, header, isAct);
    else this.sealedAs = 0;
    this.follow(header, transactions, raw.receipts, isAct);
    this.parent = header;
    const closed = this.ledger.endBlock();
    return { height: this.height, hash: hex(header.hash), header, sealers: this.ledger.permissions.sealersHash(), closed };
  }

  /** @param {Uint8Array} bytes @returns {Header | null} */
  readHeader(bytes) {
    try {
      const header = decodeHeader(bytes);
      this.findings.check("header.form", true);
      return header;
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      this.findings.check("header.form", false, "a canonical header of twenty fields", error.message);
      return null;
    }
  }

  /** @param {Header} header @param {import("./bundle/parts.js").RawBlock} raw */
  checkHeader(header, { header: bytes, transactions, receipts }) {
    const { findings, parent, genesis } = this;
    findings.equal("header.number", this.height, header.height);
    for (const [name, holds] of header.fixed) findings.check("header.fixed", holds, "the value that every block has", "another", name);
    const transactionsRoot = orderedRoot(transactions);
    findings.check("header.transactions", equal(transactionsRoot, header.transactionsRoot), transactionsRoot, header.transactionsRoot);
    const receiptsRoot = orderedRoot(receipts.map((receipt) => receipt.bytes));
    findings.check("header.receipts", equal(receiptsRoot, header.receiptsRoot), receiptsRoot, header.receiptsRoot);
    findings.check("header.receipts", receipts.length === transactions.length, `${transactions.length} receipts`, receipts.length);
    findings.check("header.bloom", equal(unionOfBlooms(receipts), header.bloom), "the bloom of the logs", "another");
    const used = receipts.length > 0 ? receipts[receipts.length - 1].gas : 0n;
    findings.equal("header.gas", used, header.gasUsed, "gas used");
    findings.check("header.gas", 2n * header.gasUsed <= header.gasLimit, `at most half of ${header.gasLimit}`, header.gasUsed, "gas used");
    if (parent === null) {
      findings.check("genesis.header", equal(bytes, genesis.headerBytes), genesis.header.hash, header.hash);
      return;
    }
    findings.check("header.parent", equal(parent.hash, header.parent), parent.hash, header.parent);
    findings.check("header.time", header.time > parent.time, `later than ${parent.time}`, header.time);
    findings.equal("header.gas", parent.gasLimit, header.gasLimit, "gas limit");
    findings.check("header.fixed", header.extra.length === 0, "no extra data", header.extra, "extra data");
  }

  /** A transaction that cannot be read is null. @param {Uint8Array[]} list @returns {(Transaction | null)[]} */
  readTransactions(list) {
    return list.map((bytes, i) => {
      this.findings.at(this.height, i);
      try {
        const transaction = decodeTransaction(bytes, this.genesis.chainId);
        this.findings.check("transaction.form", true);
        this.checkNonce(transaction);
        return transaction;
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        this.findings.check("transaction.form", false, "a canonical transaction of this ledger", error.message);
        return null;
      }
    });
  }

  /** @param {Transaction} transaction */
  checkNonce({ sender, nonce }) {
    const expected = this.nonces.get(sender) ?? this.genesis.accounts.get(sender)?.nonce ?? 0n;
    this.findings.equal("transaction.nonce", expected, nonce, sender);
    this.nonces.set(sender, nonce + 1n);
  }

  /** @param {Uint8Array} bytes @param {Header} header @param {boolean} isAct */
  checkSeal(bytes, header, isAct) {
    const { findings, ledger, genesis, sealedAs } = this;
    findings.at(this.height);
    this.sealedAs = 0;
    let seal;
    try {
      seal = decodeSeal(bytes);
      this.sealedAs = seal.kind;
      const isDouble = seal.kind === KIND.succession && sealedAs !== 0 && sealedAs !== KIND.succession;
      findings.check("seal.form", !isDouble, "no sequencer's seal just before a succession", this.height - 1);
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      findings.check("seal.form", false, "canonical bytes of a seal", error.message);
      return;
    }
    const isFitting = isOfBlock(seal, this.height, header.hash);
    findings.check("seal.block", isFitting, `${this.height} ${hex(header.hash)}`, `${seal.height} ${hex(seal.blockHash)}`);
    const { permissions } = ledger;
    if (!isFitting) return;
    if (isAct && permissions.parentKind === KIND.solo) {
      this.checkSuccession(seal, header);
      return;
    }
    const refused = refuseSeal(seal, genesis.chainId, permissions.parentSealers);
    findings.check("seal.signer", refused === null, "the sealers after the parent block", refused);
  }

  /** @param {import("./formats/seal.js").Seal} seal @param {Header} header */
  checkSuccession(seal, header) {
    const recovery = this.ledger.permissions.parentRecovery;
    if (recovery === null) {
      this.findings.check("seal.signer", false, "recovery keys", "a succession where nobody may name a sequencer");
      return;
    }
    const refused = refuseSuccession(seal, this.genesis.chainId, recovery);
    const isLate = header.time >= (this.parent?.time ?? 0) + recovery.silence;
    this.findings.check("seal.signer", refused === null && isLate, "recovery keys, after the silence", refused ?? "too early");
  }

  /** @param {Header} header @param {(Transaction | null)[]} transactions @param {import("./chain/receipt.js").Receipt[]} receipts @param {boolean} isAct */
  follow(header, transactions, receipts, isAct) {
    const admission = new Admission(this.ledger.permissions, isAct);
    transactions.forEach((transaction, i) => {
      this.findings.at(this.height, i);
      const receipt = receipts[i];
      if (transaction === null || receipt === undefined) return;
      const refused = admission.refuse(transaction, receipt.status);
      this.findings.check("transaction.admission", refused === null, "a duty, or an accepted self-authenticating call", refused);
      this.ledger.take(this.height, header.time, transaction, receipt, isAct);
    });
  }
}
