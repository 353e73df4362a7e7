// Equal shares with add1: everything wanted fits, or a certificate of two steps (formats.md, 4).
import { RULE, costOf } from "./greedy.js";

/**
 * @typedef {import("./greedy.js").Option} Option
 * @typedef {import("./greedy.js").Budget} Budget
 * @typedef {import("./greedy.js").Winners} Winners
 * @typedef {{step: bigint, split: number, lines: bigint[]}} Certificate
 * @typedef {{cap: bigint, isProbe: boolean, option: number, grains: bigint, full: bigint}} Line full: voters who had at least cap
 * @typedef {{options: Option[], votes: bigint[], budget: Budget, groups: {options: Set<number>, voters: bigint}[], turnout: bigint}} Vote
 */

const GRAINS = 1n << 128n;
const SLACK = 1n << 40n;
const OUT_OF_REACH = (1n << 192n) - 1n;
const HALF_LEVEL = 1n << 63n;

/** Options that may win and cost something. @param {Vote} vote @returns {number[]} */
function wanted({ options, votes, budget }) {
  return options.map((_, i) => i).filter((i) => options[i].cost > 0n && votes[i] > 0n && votes[i] >= budget.threshold);
}

/** Options that cost nothing and win. @param {Vote} vote @returns {bigint} */
function free({ options, votes, budget }) {
  return options.reduce((mask, option, i) => (option.cost === 0n && votes[i] > 0n && votes[i] >= budget.threshold ? mask | (1n << BigInt(i)) : mask), 0n);
}

/** @param {number[]} options @returns {bigint} */
function maskOf(options) {
  return options.reduce((mask, i) => mask | (1n << BigInt(i)), 0n);
}

/** The result if all that is wanted fits the budget; null if it does not. @param {Vote} vote @returns {Winners | null} */
export function allFits(vote) {
  const selected = maskOf(wanted(vote)) | free(vote);
  const spent = costOf(selected, vote.options);
  return spent <= vote.budget.amount ? { selected, spent } : null;
}

/** @param {bigint} a @param {bigint} b @returns {bigint} */
function ceil(a, b) {
  return (a + b - 1n) / b;
}

/** Checks one step of a certificate; throws Error with the reason. */
class Step {
  /** @param {Vote} vote @param {bigint} step @param {Line[]} lines */
  constructor(vote, step, lines) {
    this.vote = vote;
    this.lines = lines;
    this.share = (vote.budget.amount * GRAINS) / vote.turnout + step * vote.budget.step * GRAINS + SLACK;
    const places = wanted(vote);
    /** @type {Map<number, bigint>} rank below which an open option cannot be */
    this.open = new Map(places.map((i) => [i, this.rank(i, ceil(1n << 65n, vote.votes[i]) / 2n)]));
    /** @type {number[]} */
    this.bought = [];
    this.last = -1n;
    this.spent = 0n;
  }

  /** @param {number} option @param {bigint} level @returns {bigint} */
  rank(option, level) {
    const place = this.vote.budget.ties === 1 ? (this.vote.options[option].cost << 8n) | BigInt(option) : BigInt(option);
    return (level << 136n) | place;
  }

  /** What the voters' walk adds up to at each line. */
  walk() {
    for (const { options, voters } of this.vote.groups) {
      let left = this.share;
      for (const line of this.lines) {
        if (!options.has(line.option)) continue;
        const given = left < line.cap ? left : line.cap;
        line.grains += voters * given;
        if (left >= line.cap) line.full += voters;
        if (!line.isProbe) left -= given;
      }
    }
  }

  /** @param {(spent: bigint) => void} atPayment */
  check(atPayment) {
    this.walk();
    for (const line of this.lines) {
      const bound = this.open.get(line.option);
      if (bound === undefined) throw new Error(`a line for option ${line.option + 1}, which is not open`);
      if (bound <= this.last) throw new Error(`option ${line.option + 1} could have been bought before`);
      if (line.isProbe) this.probe(line);
      else {
        this.pay(line);
        atPayment(this.spent);
      }
    }
  }

  /** @param {Line} line */
  pay({ option, cap, grains, full }) {
    const { cost } = this.vote.options[option];
    const rank = this.rank(option, ceil(cap, cost * HALF_LEVEL) / 2n);
    if (rank <= this.last) throw new Error("payments out of order");
    const goal = cost * GRAINS;
    if (grains < goal || grains - full >= goal) throw new Error(`a payment that is not the least for option ${option + 1}`);
    this.last = rank;
    this.spent += cost;
    this.bought.push(option);
    this.open.delete(option);
  }

  /** @param {Line} line */
  probe({ option, cap, grains }) {
    const { cost } = this.vote.options[option];
    if (grains >= cost * GRAINS) throw new Error(`option ${option + 1} is within reach of a probe`);
    if (cap === OUT_OF_REACH) this.open.delete(option);
    else this.open.set(option, this.rank(option, (cap / (cost * HALF_LEVEL) + 1n) / 2n));
  }
}

/** @param {bigint} line @returns {Line} */
function readLine(line) {
  return { cap: line >> 16n, isProbe: ((line >> 8n) & 255n) === 1n, option: Number(line & 255n), grains: 0n, full: 0n };
}

/** The winners that a certificate proves; throws Error with the reason if it does not. @param {Vote} vote @param {Certificate} certificate @returns {Winners} */
export function certified(vote, { step, split, lines }) {
  const { amount, rule, exclusive } = vote.budget;
  if (rule !== RULE.equalShares || exclusive.length > 0) throw new Error("not a budget of equal shares");
  if (split > lines.length || lines.some((line) => ((line >> 8n) & 255n) > 1n)) throw new Error("lines that are none");
  const first = new Step(vote, step, lines.slice(0, split).map(readLine));
  first.check(() => {});
  if (first.open.size > 0) throw new Error(`option ${[...first.open.keys()][0] + 1} is left open`);
  if (first.spent > amount) throw new Error("the step overspends");
  const next = new Step(vote, step + 1n, lines.slice(split).map(readLine));
  next.check((spent) => {
    if (spent > amount && next.lines[next.lines.length - 1].option !== next.bought[next.bought.length - 1]) throw new Error("lines behind the overspending payment");
  });
  if (next.spent <= amount) throw new Error("the next step does not overspend");
  for (const [option, bound] of next.open) if (bound <= next.last) throw new Error(`option ${option + 1} could have been bought before`);
  const selected = maskOf(first.bought) | free(vote);
  return { selected, spent: costOf(selected, vote.options) };
}
