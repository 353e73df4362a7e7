// Receipts as the bundle carries them, their consensus bytes, and blooms (bundle.md, 3).
import { FormError, concat, hex } from "../bytes.js";
import { keccak } from "../hashes.js";
import { asBig, asBytes, asList, encode } from "../rlp.js";

/**
 * @typedef {{address: string, topics: Uint8Array[], data: Uint8Array}} Log
 * @typedef {{type: number, status: number, gas: bigint, logs: Log[], bloom: Uint8Array, bytes: Uint8Array}} Receipt
 */

/** @param {any} item `[type, status, gas, logs]` @returns {Receipt} */
export function readReceipt(item) {
  const [type, status, gas, rows] = asList(item, 4, "a receipt");
  const head = { type: Number(asBig(type, 1)), status: Number(asBig(status, 1)), gas: asBig(gas, 8) };
  if (head.type > 2 || head.status > 1) throw new FormError("a receipt of unknown type or status");
  const logs = asList(rows, undefined, "logs").map(readLog);
  const bloom = new Uint8Array(256);
  for (const row of rows) for (const item_ of [row[0], ...row[1]]) addToBloom(bloom, item_);
  const body = encode([status, gas, bloom, rows]);
  return { ...head, logs, bloom, bytes: head.type === 0 ? body : concat(Uint8Array.of(head.type), body) };
}

/** @param {any} item @returns {Log} */
function readLog(item) {
  const [address, topics, data] = asList(item, 3, "a log");
  if (asList(topics, undefined, "topics").length > 4) throw new FormError(`a log of ${topics.length} topics`);
  return {
    address: hex(asBytes(address, 20, "a log's address")),
    topics: topics.map((/** @type {any} */ topic) => asBytes(topic, 32, "a topic")),
    data: asBytes(data, undefined, "a log's data"),
  };
}

/** Sets three bits. @param {Uint8Array} bloom @param {Uint8Array} item */
function addToBloom(bloom, item) {
  const hash = keccak(item);
  for (const i of [0, 2, 4]) {
    const bit = ((hash[i] << 8) | hash[i + 1]) & 2047;
    bloom[255 - (bit >> 3)] |= 1 << (bit & 7);
  }
}

/** @param {Receipt[]} receipts @returns {Uint8Array} */
export function unionOfBlooms(receipts) {
  const union = new Uint8Array(256);
  for (const { bloom } of receipts) for (let i = 0; i < 256; i++) union[i] |= bloom[i];
  return union;
}
