// RLP, canonical only, with bounds that hold before anything is decoded.
import { RLP } from "@ethereumjs/rlp";
import { FormError } from "./bytes.js";

/** @typedef {Uint8Array | Array<any>} Item */

export const MAX_DEPTH = 64;
/** More than any block has; so that a small file cannot ask for a large memory. */
const MAX_ITEMS = 1 << 21;

/** RLP that is cut off, not canonical, too deep, or not of the shape expected. */
export class RlpError extends FormError {}

/**
 * Where an item's content begins and ends.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} end bytes from here on do not belong to it
 * @returns {{isList: boolean, start: number, end: number}}
 */
export function frame(bytes, at, end) {
  if (at >= end) throw new RlpError("cut off");
  const first = bytes[at];
  if (first < 0x80) return { isList: false, start: at, end: at + 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  let start = at + 1;
  let length = short;
  if (short > 55) {
    start += short - 55;
    if (short - 55 > 6 || start > end) throw new RlpError("cut off");
    length = 0;
    for (let i = at + 1; i < start; i++) length = length * 256 + bytes[i];
    if (bytes[at + 1] === 0 || length < 56) throw new RlpError("length not canonical");
  }
  if (start + length > end) throw new RlpError("cut off");
  if (!isList && length === 1 && bytes[start] < 0x80) throw new RlpError("single byte not canonical");
  return { isList, start, end: start + length };
}

/** Items one after another, each with its bytes. @param {Uint8Array} bytes @param {number} [most] @returns {Uint8Array[]} */
export function sequence(bytes, most = MAX_ITEMS) {
  const items = [];
  for (let at = 0; at < bytes.length; ) {
    const { end } = frame(bytes, at, bytes.length);
    if (items.length === most) throw new RlpError(`more than ${most} items`);
    items.push(bytes.subarray(at, end));
    at = end;
  }
  return items;
}

/** Refuses what is cut off, not canonical, nested too deep or too many, without recursion. @param {Uint8Array} bytes */
export function validate(bytes) {
  const ends = [bytes.length];
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    const item = frame(bytes, at, ends[ends.length - 1]);
    if (++count > MAX_ITEMS) throw new RlpError(`more than ${MAX_ITEMS} items`);
    if (item.isList) {
      ends.push(item.end);
      if (ends.length > MAX_DEPTH + 1) throw new RlpError(`nested more than ${MAX_DEPTH} deep`);
      at = item.start;
    } else at = item.end;
    while (ends.length > 1 && at === ends[ends.length - 1]) ends.pop();
  }
}

/** One item and nothing behind it. @param {Uint8Array} bytes @returns {Item} */
export function decode(bytes) {
  if (bytes.length === 0 || frame(bytes, 0, bytes.length).end !== bytes.length) throw new RlpError("not one item");
  validate(bytes);
  return /** @type {Item} */ (RLP.decode(bytes));
}

/** @param {any} item byte strings, integers and lists of them @returns {Uint8Array} */
export function encode(item) {
  return RLP.encode(item);
}

/** @param {Item} item @param {number} [length] @param {string} [name] @returns {any[]} */
export function asList(item, length, name = "item") {
  if (!Array.isArray(item)) throw new RlpError(`${name} is not a list`);
  if (length !== undefined && item.length !== length) throw new RlpError(`${name} has ${item.length} items, expected ${length}`);
  return item;
}

/** @param {Item} item @param {number} [length] @param {string} [name] @returns {Uint8Array} */
export function asBytes(item, length, name = "item") {
  if (Array.isArray(item)) throw new RlpError(`${name} is a list`);
  if (length !== undefined && item.length !== length) throw new RlpError(`${name} has ${item.length} bytes, expected ${length}`);
  return item;
}

/** An integer without leading zeros. @param {Item} item @param {number} [maxBytes] @param {string} [name] @returns {bigint} */
export function asBig(item, maxBytes = 32, name = "integer") {
  const bytes = asBytes(item, undefined, name);
  if (bytes.length > maxBytes) throw new RlpError(`${name} has ${bytes.length} bytes, at most ${maxBytes}`);
  if (bytes[0] === 0) throw new RlpError(`${name} has leading zeros`);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** An integer below 2^48. @param {Item} item @param {string} [name] @returns {number} */
export function asNumber(item, name = "integer") {
  return Number(asBig(item, 6, name));
}
