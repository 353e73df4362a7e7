// The last ballot of each seat of a question, kept small.
import { decodeChoice, hasPoints } from "../formats/form.js";

/** @typedef {{turnout: number, votes: number[], points: number[]}} Tally votes and points by option, from 0 */

export class Lanes {
  /** @param {import("../formats/form.js").Form} form @param {number} seats expected */
  constructor(form, seats) {
    this.form = form;
    this.grow(Math.max(seats, 64));
  }

  /** @param {number} seats */
  grow(seats) {
    const [sequences, choices] = [this.sequences, this.choices];
    this.sequences = new Uint8Array(seats);
    this.choices = new Uint8Array(seats * this.form.choiceLength);
    if (sequences) this.sequences.set(sequences);
    if (choices) this.choices.set(choices);
  }

  /** @param {number} seat @returns {number} 0 if it has cast nothing */
  sequence(seat) {
    return this.sequences?.[seat] ?? 0;
  }

  /** @param {number} seat below the roll's count @param {number} sequence @param {Uint8Array} choice */
  put(seat, sequence, choice) {
    if (this.sequences === undefined || seat >= this.sequences.length) this.grow(2 * (seat + 1));
    this.sequences?.set([sequence], seat);
    this.choices?.set(choice, seat * this.form.choiceLength);
  }

  /** Choices that count, by seat. @returns {Generator<import("../formats/form.js").Choice>} */
  *counted() {
    const { choiceLength } = this.form;
    for (let seat = 0; seat < (this.sequences?.length ?? 0); seat++) {
      if (this.sequence(seat) === 0) continue;
      const bytes = this.choices?.subarray(seat * choiceLength, (seat + 1) * choiceLength);
      const choice = bytes && decodeChoice(this.form, bytes);
      if (choice) yield choice;
    }
  }

  /** @returns {Tally} */
  tally() {
    const votes = new Array(this.form.options).fill(0);
    const points = new Array(hasPoints(this.form) ? this.form.options : 0).fill(0);
    let turnout = 0;
    for (const choice of this.counted()) {
      turnout++;
      choice.options.forEach((option, i) => {
        votes[option - 1]++;
        if (points.length) points[option - 1] += choice.points[i];
      });
    }
    return { turnout, votes, points };
  }
}

/** How many tally words a question has (bundle.md, 4). @param {import("../formats/form.js").Form} form @returns {number} */
export function tallyLength(form) {
  if (hasPoints(form)) return (form.options >> 1) + 1;
  return form.options < 64 ? (form.options >> 3) + 1 : 32;
}

/** Counts from tally words (formats.md, 6). @param {import("../formats/form.js").Form} form @param {bigint[]} words @returns {Tally} */
export function readTally(form, words) {
  const counts = Array.from({ length: form.options + 1 }, (_, n) => countOf(form, words, n));
  const votes = counts.slice(1).map((count) => count.votes);
  const points = hasPoints(form) ? counts.slice(1).map((count) => count.points) : [];
  return { turnout: counts[0].votes, votes, points };
}

/** @param {import("../formats/form.js").Form} form @param {bigint[]} words @param {number} n @returns {{votes: number, points: number}} */
function countOf(form, words, n) {
  if (hasPoints(form)) {
    const both = (words[n >> 1] >> BigInt(128 * (n % 2))) & ((1n << 128n) - 1n);
    return { votes: Number(both >> 64n), points: Number(both & ((1n << 64n) - 1n)) };
  }
  if (form.options < 64) return { votes: Number((words[n >> 3] >> BigInt(32 * (n % 8))) & 0xffffffffn), points: 0 };
  const votes = words.reduce((sum, word, p) => sum + Number((word >> BigInt(n)) & 1n) * 2 ** p, 0);
  return { votes, points: 0 };
}
