// The form of a question, and which bytes are a choice (formats.md, 4).

import { FormError } from "../bytes.js";

/**
 * @typedef {{kind: number, options: number, minLength: number, maxLength: number, minPoints: number, maxPoints: number,
 *   minSum: number, maxSum: number, encoding: "index" | "mask" | "list" | "pairs", choiceLength: number}} Form
 */
/** @typedef {{options: number[], points: number[]}} Choice options from 1; points beside them where the kind has points */

export const KIND = { yesNo: 1, chooseOne: 2, approval: 3, ordinal: 4, cumulative: 5, score: 6 };

/**
 * @param {number[]} fields kind, options, min and max length, min and max points, min and max sum
 * @returns {Form}
 */
export function form([kind, options, minLength, maxLength, minPoints, maxPoints, minSum, maxSum]) {
  const base = { kind, options, minLength, maxLength, minPoints, maxPoints, minSum, maxSum };
  const maskLength = Math.ceil(options / 8);
  if (kind <= KIND.chooseOne) return { ...base, encoding: "index", choiceLength: 1 };
  if (kind === KIND.approval && maskLength <= maxLength) return { ...base, encoding: "mask", choiceLength: maskLength };
  if (kind <= KIND.ordinal) return { ...base, encoding: "list", choiceLength: maxLength };
  return { ...base, encoding: "pairs", choiceLength: maxLength * (maxPoints > 255 ? 3 : 2) };
}

/** The form itself; throws FormError for one that no question can have. @param {Form} f @returns {Form} */
export function soundForm(f) {
  const carries = f.kind === KIND.cumulative || f.kind === KIND.score;
  const isOne = f.kind === KIND.yesNo || f.kind === KIND.chooseOne;
  /** @type {[number, number, number][]} value, least, most */
  const bounds = [
    [f.kind, 1, 6],
    [f.options, f.kind === KIND.yesNo ? 3 : 1, f.kind === KIND.yesNo ? 3 : 255],
    [f.maxLength, 1, isOne ? 1 : f.options],
    [f.minLength, 0, f.maxLength],
    [f.maxPoints, carries ? 1 : 0, carries ? 65_535 : 0],
    [f.minPoints, 0, f.maxPoints],
    [f.maxSum, carries ? 1 : 0, carries ? 2 ** 32 - 1 : 0],
    [f.minSum, 0, f.maxSum],
    [f.choiceLength, 1, 255],
  ];
  if (bounds.some(([value, least, most]) => value < least || value > most)) throw new FormError("a form that no question can have");
  return f;
}

/** @param {Form} f @returns {bigint} 136 bits */
export function packForm(f) {
  const fields = [f.kind, f.options, f.minLength, f.maxLength, f.choiceLength, f.minPoints, f.maxPoints, f.minSum, f.maxSum];
  const places = [0n, 8n, 16n, 24n, 32n, 40n, 56n, 72n, 104n];
  return fields.reduce((sum, field, i) => sum | (BigInt(field) << places[i]), 0n);
}

/** @param {Form} f @returns {boolean} */
export function hasPoints(f) {
  return f.kind >= KIND.ordinal;
}

/** What a choice names; null if its bytes are not canonical. @param {Form} f @param {Uint8Array} bytes @returns {Choice | null} */
export function decodeChoice(f, bytes) {
  if (bytes.length !== f.choiceLength) return null;
  const choice = readers[f.encoding](f, bytes);
  if (choice === null || choice.options.length < f.minLength || choice.options.length > f.maxLength) return null;
  return choice.options.some((option) => option > f.options) ? null : choice;
}

const readers = { index: readIndex, mask: readMask, list: readList, pairs: readPairs };

/** @param {Form} _ @param {Uint8Array} bytes @returns {Choice} */
function readIndex(_, bytes) {
  return { options: bytes[0] === 0 ? [] : [bytes[0]], points: [] };
}

/** @param {Form} f @param {Uint8Array} bytes @returns {Choice} */
function readMask(f, bytes) {
  const options = [];
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    if ((bytes[bytes.length - 1 - (bit >> 3)] >> (bit & 7)) & 1) options.push(bit + 1);
  }
  return { options, points: [] };
}

/** @param {Form} f @param {Uint8Array} bytes @returns {Choice | null} */
function readList(f, bytes) {
  const options = named(bytes, (i) => bytes[i] === 0);
  if (options === null || new Set(options).size !== options.length) return null;
  if (f.kind === KIND.approval && !isAscending(options)) return null;
  return { options, points: f.kind === KIND.ordinal ? options.map((_, i) => f.maxLength - i) : [] };
}

/** @param {Form} f @param {Uint8Array} bytes @returns {Choice | null} */
function readPairs(f, bytes) {
  const size = f.maxPoints > 255 ? 3 : 2;
  const options = [];
  const points = [];
  let hasEnded = false;
  for (let at = 0; at < bytes.length; at += size) {
    const given = size === 3 ? bytes[at + 1] * 256 + bytes[at + 2] : bytes[at + 1];
    if (bytes[at] === 0 && given === 0) hasEnded = true;
    else if (hasEnded || bytes[at] === 0 || given < f.minPoints || given > f.maxPoints) return null;
    else {
      options.push(bytes[at]);
      points.push(given);
    }
  }
  const sum = points.reduce((a, b) => a + b, 0);
  return isAscending(options) && sum >= f.minSum && sum <= f.maxSum ? { options, points } : null;
}

/** Bytes before the first zero; null if others follow it. @param {Uint8Array} bytes @param {(i: number) => boolean} isEnd */
function named(bytes, isEnd) {
  let length = 0;
  while (length < bytes.length && !isEnd(length)) length++;
  for (let i = length; i < bytes.length; i++) if (bytes[i] !== 0) return null;
  return Array.from(bytes.subarray(0, length));
}

/** @param {number[]} options @returns {boolean} each greater than the one before */
function isAscending(options) {
  return options.every((option, i) => i === 0 || option > options[i - 1]);
}
