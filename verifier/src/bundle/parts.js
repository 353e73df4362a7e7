// Parts of the chain: blocks, receipts and seals of consecutive heights (bundle.md, 3).
import { FormError } from "../bytes.js";
import { readReceipt } from "../chain/receipt.js";
import { MAX_BYTES } from "../chain/transaction.js";
import { UnreadableError } from "../findings.js";
import { KIND } from "../formats/sealers.js";
import { asList, decode, frame, sequence, validate } from "../rlp.js";

const MAX_BLOCKS = 1_000;
const MAX_PART = 16_777_216;
const MAX_SEAL = 1_048_576;

/** @typedef {{header: Uint8Array, transactions: Uint8Array[], receipts: import("../chain/receipt.js").Receipt[], seal: Uint8Array, size: number}} RawBlock */

/** @template T @param {string} name @param {() => T} read @returns {T} */
function readable(name, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormError) throw new UnreadableError("bundle.rlp", error.message, name);
    throw error;
  }
}

/** Items inside a list, with their bytes. @param {Uint8Array} bytes @returns {Uint8Array[]} */
function inside(bytes) {
  const outer = frame(bytes, 0, bytes.length);
  if (!outer.isList) throw new FormError("not a list");
  return sequence(bytes.subarray(outer.start, outer.end));
}

/** A transaction's EIP-2718 bytes. @param {Uint8Array} item @returns {Uint8Array} */
function transactionBytes(item) {
  const { isList, start, end } = frame(item, 0, item.length);
  const bytes = isList ? item : item.subarray(start, end);
  if (bytes.length > MAX_BYTES) throw new UnreadableError("bundle.limit", `a transaction of ${bytes.length} bytes`);
  if (!isList && (bytes.length === 0 || bytes[0] >= 0xc0)) throw new FormError("a legacy transaction as a byte string");
  return bytes;
}

/** @param {Uint8Array} content @returns {{header: Uint8Array, transactions: Uint8Array[], size: number}[]} */
function readBlocks(content) {
  return sequence(content, MAX_BLOCKS).map((bytes) => {
    validate(bytes);
    const [header, transactions, ...more] = inside(bytes);
    if (transactions === undefined || more.length > 0 || !frame(header, 0, header.length).isList) throw new FormError("a block that is not [header, transactions]");
    return { header, transactions: inside(transactions).map(transactionBytes), size: bytes.length };
  });
}

/** @param {Uint8Array} content @returns {{receipts: import("../chain/receipt.js").Receipt[], size: number}[]} */
function readReceipts(content) {
  return sequence(content, MAX_BLOCKS).map((bytes) => ({ receipts: asList(decode(bytes)).map(readReceipt), size: bytes.length }));
}

/** @param {Uint8Array} content @returns {Uint8Array[]} */
function readSeals(content) {
  const seals = [];
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  for (let at = 0; at < content.length; ) {
    if (at + 4 > content.length) throw new FormError("seals cut off");
    const length = view.getUint32(at);
    if (seals.length === MAX_BLOCKS) throw new FormError(`more than ${MAX_BLOCKS} seals`);
    if (length > MAX_SEAL) throw new UnreadableError("bundle.limit", `a seal of ${length} bytes`);
    if (at + 4 + length > content.length) throw new FormError("seals cut off");
    seals.push(content.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return seals;
}

/** Puts the three members of each part together. */
export class Parts {
  constructor() {
    this.next = 0;
    /** @type {{blocks: number, bytes: number}} */
    this.before = { blocks: MAX_BLOCKS, bytes: 0 };
    /** Whether the newest block awaits a succession. */
    this.isUnsealed = false;
    /** @type {Record<string, Uint8Array>} */
    this.held = {};
  }

  /** The blocks of a part once its seals have come; else none. @param {string} kind @param {string} name @param {Uint8Array} content @returns {RawBlock[]} */
  take(kind, name, content) {
    this.held[kind] = content;
    if (kind !== "seals") return [];
    const { blocks, receipts } = this.held;
    this.held = {};
    return readable(name, () => this.combine(readBlocks(blocks), readReceipts(receipts), readSeals(content)));
  }

  /** @param {ReturnType<typeof readBlocks>} blocks @param {ReturnType<typeof readReceipts>} receipts @param {Uint8Array[]} seals @returns {RawBlock[]} */
  combine(blocks, receipts, seals) {
    if (blocks.length === 0 || blocks.length > MAX_BLOCKS) throw new FormError(`a part of ${blocks.length} blocks`);
    if (receipts.length !== blocks.length) throw new FormError(`receipts of ${receipts.length} blocks, expected ${blocks.length}`);
    if (seals.length !== blocks.length) throw new FormError(`${seals.length} seals, expected ${blocks.length}`);
    const whole = blocks.map((block, i) => ({ ...block, receipts: receipts[i].receipts, seal: seals[i], size: block.size + receipts[i].size }));
    const bytes = whole.reduce((sum, block) => sum + block.size, 0);
    if (bytes > MAX_PART && whole.length > 1) throw new FormError(`a part of ${bytes} bytes`);
    if (this.before.blocks < MAX_BLOCKS && this.before.bytes + whole[0].size <= MAX_PART) throw new FormError("a part that ended too early");
    whole.forEach((block, i) => {
      this.checkSeal(block.seal, this.next + i);
    });
    this.next += whole.length;
    this.before = { blocks: whole.length, bytes };
    return whole;
  }

  /** Only block 0, and a block before a succession, has no seal. @param {Uint8Array} seal @param {number} height */
  checkSeal(seal, height) {
    if (this.isUnsealed && seal[0] !== KIND.succession) throw new FormError(`block ${height - 1} without a seal`);
    if (height === 0 && seal.length > 0) throw new FormError(`a seal of ${seal.length} bytes for block 0`);
    this.isUnsealed = height > 0 && seal.length === 0;
  }
}
