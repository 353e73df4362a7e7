// The hash functions, and the tagged hash of formats.md.
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concat, utf8, word } from "./bytes.js";

export { sha256, keccak_256 as keccak };

/** @type {Map<string, Uint8Array>} */
const tags = new Map();

/**
 * `H(tag; a, b, ...)`: numbers, booleans and addresses become words.
 * @param {string} tag
 * @param {...(bigint | number | boolean | Uint8Array)} values
 * @returns {Uint8Array}
 */
export function tagged(tag, ...values) {
  let first = tags.get(tag);
  if (first === undefined) tags.set(tag, (first = keccak_256(utf8(tag))));
  return keccak_256(concat(first, ...values.map(word)));
}
