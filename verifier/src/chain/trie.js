// Roots of Merkle Patricia tries built from all their rows.
import { compare, equal } from "../bytes.js";
import { keccak } from "../hashes.js";
import { encode } from "../rlp.js";
import { EMPTY_ROOT, indexKey } from "./header.js";

/** @typedef {{path: Uint8Array, value: Uint8Array}} Row path: nibbles */

/** @param {Uint8Array} key @returns {Uint8Array} */
export function nibbles(key) {
  const path = new Uint8Array(2 * key.length);
  for (let i = 0; i < key.length; i++) {
    path[2 * i] = key[i] >> 4;
    path[2 * i + 1] = key[i] & 15;
  }
  return path;
}

/** @param {Uint8Array} path @param {boolean} isLeaf @returns {Uint8Array} hex-prefix encoding */
function compactPath(path, isLeaf) {
  const isOdd = path.length % 2;
  const bytes = new Uint8Array((path.length >> 1) + 1);
  bytes[0] = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | path[0] : 0);
  for (let i = isOdd; i < path.length; i += 2) bytes[1 + (i >> 1)] = (path[i] << 4) | path[i + 1];
  return bytes;
}

/** How a node stands in its parent: itself if short, else its hash. @param {any} node @returns {any} */
function reference(node) {
  const bytes = encode(node);
  return bytes.length < 32 ? node : keccak(bytes);
}

/** @param {Row[]} rows ascending, of one prefix up to depth @param {number} depth @returns {any} */
function node(rows, depth) {
  if (rows.length === 1) return [compactPath(rows[0].path.subarray(depth), true), rows[0].value];
  const first = rows[0].path;
  const last = rows[rows.length - 1].path;
  let shared = depth;
  while (shared < first.length && first[shared] === last[shared]) shared++;
  if (shared > depth) return [compactPath(first.subarray(depth, shared), false), reference(node(rows, shared))];
  const children = new Array(17).fill(new Uint8Array());
  let start = 0;
  if (first.length === depth) children[16] = rows[start++].value;
  while (start < rows.length) {
    let end = start;
    while (end < rows.length && rows[end].path[depth] === rows[start].path[depth]) end++;
    children[rows[start].path[depth]] = reference(node(rows.slice(start, end), depth + 1));
    start = end;
  }
  return children;
}

/** @param {[Uint8Array, Uint8Array][]} entries keys and values, no key twice @returns {Uint8Array} */
export function trieRoot(entries) {
  if (entries.length === 0) return EMPTY_ROOT;
  const rows = entries.map(([key, value]) => ({ path: nibbles(key), value }));
  rows.sort((a, b) => compare(a.path, b.path));
  return keccak(encode(node(rows, 0)));
}

/** @param {Uint8Array[]} values @returns {Uint8Array} the root over rlp(index) */
export function orderedRoot(values) {
  return trieRoot(values.map((value, i) => [indexKey(i), value]));
}

/** A path of a node's hex-prefix encoding; null if that is not canonical. @param {Uint8Array} bytes */
export function expandPath(bytes) {
  if (bytes.length === 0 || bytes[0] > 0x3f) return null;
  const isOdd = (bytes[0] & 0x10) !== 0;
  if (!isOdd && (bytes[0] & 15) !== 0) return null;
  return { path: nibbles(bytes).subarray(isOdd ? 1 : 2), isLeaf: (bytes[0] & 0x20) !== 0 };
}

/** @param {Uint8Array} path @param {Uint8Array} prefix @returns {boolean} */
export function startsWith(path, prefix) {
  return path.length >= prefix.length && equal(path.subarray(0, prefix.length), prefix);
}
