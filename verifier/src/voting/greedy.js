// The greedy rules (formats.md, 4).

/**
 * @typedef {{rule: number, fund: string, amount: bigint, threshold: bigint, ties: number, exclusive: bigint[], step: bigint}} Budget
 * @typedef {{label: string, cost: bigint, payee: string}} Option
 * @typedef {{selected: bigint, spent: bigint}} Winners selected: bit i is option i + 1
 */

export const RULE = { greedy: 1, greedyStop: 2, equalShares: 3 };
const CHEAPER_FIRST = 1;

/** @param {any[]} row @returns {Budget} */
export function budgetOf([rule, fund, amount, threshold, ties, exclusive, step]) {
  return { rule, fund, amount, threshold, ties, exclusive, step };
}

/** @param {any[][]} rows @returns {Option[]} */
export function optionsOf(rows) {
  return rows.map(([label, cost, payee]) => ({ label, cost, payee }));
}

/** What options are ranked by: points where there are some, else votes. @param {import("../follow/lanes.js").Tally} tally @returns {bigint[]} */
export function ranked(tally) {
  return (tally.points.length ? tally.points : tally.votes).map(BigInt);
}

/** Order of options of equal count. @param {Option[]} options @param {number} ties @param {number} a @param {number} b @returns {number} */
export function tie(options, ties, a, b) {
  if (ties === CHEAPER_FIRST && options[a].cost !== options[b].cost) return options[a].cost < options[b].cost ? -1 : 1;
  return a - b;
}

/** @param {bigint} mask @param {Option[]} options @returns {bigint} */
export function costOf(mask, options) {
  return options.reduce((sum, option, i) => ((mask >> BigInt(i)) & 1n ? sum + option.cost : sum), 0n);
}

/** @param {Option[]} options @param {bigint[]} counts @param {Budget} budget @returns {Winners} */
export function greedy(options, counts, budget) {
  const order = options.map((_, i) => i);
  order.sort((a, b) => (counts[a] === counts[b] ? tie(options, budget.ties, a, b) : counts[a] > counts[b] ? -1 : 1));
  let selected = 0n;
  let left = budget.amount;
  for (const i of order) {
    const bit = 1n << BigInt(i);
    if (counts[i] < budget.threshold) continue;
    if (budget.exclusive.some((set) => (set & bit) !== 0n && (set & selected) !== 0n)) continue;
    if (options[i].cost <= left) {
      selected |= bit;
      left -= options[i].cost;
    } else if (budget.rule === RULE.greedyStop) break;
  }
  return { selected, spent: budget.amount - left };
}
