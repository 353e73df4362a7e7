// Who may seal, and the hash that an anchor names (formats.md, 8).
import { compare, unhex } from "../bytes.js";
import { tagged } from "../hashes.js";

export const KIND = { solo: 1, comet: 2, witness: 3, succession: 4 };

/** @typedef {{kind: number, members: [string, bigint][]}} Sealers rows (address, power) */

/** @param {Sealers} sealers @returns {Uint8Array} */
export function sealersHash(sealers) {
  const rows = sealers.members.map(([address, power]) => /** @type {[Uint8Array, bigint]} */ ([unhex(address, 20), power]));
  rows.sort((a, b) => compare(a[0], b[0]));
  return tagged("ortaq/sealers/1", sealers.kind, ...rows.flat());
}

/** One sequencer. @param {string} address @returns {Sealers} */
export function solo(address) {
  return { kind: KIND.solo, members: [[address, 1n]] };
}

/** The hash of recovery terms. @param {number} threshold @param {number} silence seconds @param {string[]} keys @returns {Uint8Array} */
export function recoveryHash(threshold, silence, keys) {
  return tagged("ortaq/recovery/1", threshold, silence, ...keys.map((key) => unhex(key, 20)).sort(compare));
}
