// The founding hash and the chain id (formats.md, 1).
import { FormError, big, compare, concat, hex, number, unhex, utf8, word } from "../bytes.js";
import { keccak, tagged } from "../hashes.js";
import { list, object } from "../json.js";

/**
 * @param {Uint8Array} text the founding text
 * @param {any} document `founding.json`
 * @returns {{founding: Uint8Array, chainId: number, isOrdered: boolean}} isOrdered: the keys ascend, none stands twice
 */
export function identity(text, document) {
  object(document, ["keys", "nonce"], "founding.json");
  const keys = list(document.keys, "keys").map(encodeKey);
  const isOrdered = keys.every((key, i) => i === 0 || compare(keys[i - 1], key) < 0);
  keys.sort(compare);
  const founding = tagged("ortaq/founding/1", keccak(text), keccak(concat(...keys)), unhex(document.nonce, 32));
  return { founding, chainId: chainIdOf(founding), isOrdered };
}

/** @param {Uint8Array} founding @returns {number} its first 48 bits */
export function chainIdOf(founding) {
  return Number(number(founding.subarray(0, 6)));
}

/** @param {any} key @returns {Uint8Array} 64 bytes */
function encodeKey(key) {
  object(key, ["duty", "address"], "a founding key");
  if (typeof key.duty !== "string" || !/^[\x20-\x7e]{1,32}$/.test(key.duty)) throw new FormError("a duty is not ASCII of at most 32 bytes");
  const duty = new Uint8Array(32);
  duty.set(utf8(key.duty));
  return concat(duty, word(unhex(key.address, 20)));
}
