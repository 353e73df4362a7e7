// Where the last ballot of a seat stands (formats.md, 6).
import { big, concat } from "../bytes.js";

/**
 * @param {bigint} id question
 * @param {number} seat
 * @param {number} choiceLength
 * @returns {bigint[]} slots
 */
export function laneSlots(id, seat, choiceLength) {
  const base = (1n << 96n) + (id << 48n);
  const length = 1 + choiceLength;
  if (length <= 32) return [base + BigInt(Math.floor(seat / Math.floor(32 / length)))];
  const words = Math.ceil(length / 32);
  return Array.from({ length: words }, (_, i) => base + BigInt(seat * words + i));
}

/**
 * @param {bigint[]} words the values of those slots
 * @param {number} seat
 * @param {number} choiceLength
 * @returns {{sequence: number, choice: Uint8Array}}
 */
export function readLane(words, seat, choiceLength) {
  const length = 1 + choiceLength;
  const whole = concat(...words.map((value) => big(value, 32)));
  const shared = Math.floor(32 / length);
  const start = length <= 32 ? 32 - length * ((seat % shared) + 1) : 0;
  const lane = whole.subarray(start, start + length);
  return { sequence: lane[0], choice: lane.slice(1) };
}
