// Protobuf in its canonical form: fields ascending, defaults left out. And the Merkle tree of RFC 6962.
import { concat } from "../bytes.js";
import { sha256 } from "../hashes.js";

/** @param {bigint | number} value @returns {Uint8Array} */
export function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

/** @param {number} field @param {bigint | number} value @returns {Uint8Array} */
export function varintField(field, value) {
  return BigInt(value) === 0n ? new Uint8Array() : concat(varint(field << 3), varint(value));
}

/** @param {number} field @param {bigint} value @returns {Uint8Array} */
export function sfixedField(field, value) {
  if (value === 0n) return new Uint8Array();
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return concat(varint((field << 3) | 1), bytes);
}

/** Bytes or text; empty ones are the default. @param {number} field @param {Uint8Array} bytes @returns {Uint8Array} */
export function bytesField(field, bytes) {
  return bytes.length === 0 ? new Uint8Array() : messageField(field, bytes);
}

/** A message that stands even where it is empty. @param {number} field @param {Uint8Array} bytes @returns {Uint8Array} */
export function messageField(field, bytes) {
  return concat(varint((field << 3) | 2), varint(bytes.length), bytes);
}

/** @param {Uint8Array[]} items at least one @returns {Uint8Array} */
export function merkleRoot(items) {
  if (items.length === 1) return sha256(concat(Uint8Array.of(0), items[0]));
  let split = 1;
  while (split * 2 < items.length) split *= 2;
  return sha256(concat(Uint8Array.of(1), merkleRoot(items.slice(0, split)), merkleRoot(items.slice(split))));
}
