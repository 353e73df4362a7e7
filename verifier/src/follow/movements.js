// Each entry of the books is the movement of a Treasury event, and each such event has its entry (bundle.md, 7).
import { ZERO_WORD } from "../formats/system.js";
import { ACCOUNT } from "./journal.js";

/** @typedef {import("./journal.js").Entry} Entry */
/** @typedef {{what: string, authority: string, lines: import("./journal.js").Line[], reverses?: bigint}} Movement */

/** @param {number} kind @param {string} key @param {bigint} amount @returns {import("./journal.js").Line} */
export function line(kind, key, amount) {
  return { kind, key, amount };
}

/** From one account to another. @param {[number, string]} from @param {[number, string]} to @param {bigint} amount */
export function move(from, to, amount) {
  return [line(...from, -amount), line(...to, amount)];
}

/** What lines change, by account. @param {import("./journal.js").Line[]} lines @returns {string} */
function net(lines) {
  /** @type {Map<string, bigint>} */
  const sums = new Map();
  for (const { kind, key, amount } of lines) sums.set(`${kind}/${key}`, (sums.get(`${kind}/${key}`) ?? 0n) + amount);
  return [...sums].filter(([, sum]) => sum !== 0n).map(([account, sum]) => `${account}:${sum}`).sort().join();
}

/**
 * Pairs the movements of a transaction with its entries.
 * @param {Movement[]} movements
 * @param {Entry[]} entries
 * @param {import("../findings.js").Findings} findings
 * @returns {Map<Movement, Entry>}
 */
export function pair(movements, entries, findings) {
  const pairs = new Map();
  for (const movement of movements) {
    const wanted = net(movement.lines);
    const entry = entries.find((e) => !e.isMatched && e.reverses === (movement.reverses ?? 0n) && net(e.lines) === wanted);
    findings.check("money.movement", entry !== undefined, `an entry of ${wanted}`, "none", movement.what);
    if (entry === undefined) continue;
    entry.isMatched = true;
    pairs.set(movement, entry);
    findings.equal("money.authority", movement.authority, entry.authority, `entry ${entry.number}`);
  }
  for (const entry of entries.filter((e) => !e.isMatched)) {
    findings.check("money.movement", false, "a Treasury event that moves this", net(entry.lines), `entry ${entry.number}`);
  }
  return pairs;
}

/** An authority is a budget question whose effect was executed. @param {Entry[]} entries @param {(authority: string) => boolean} isExecuted @param {import("../findings.js").Findings} findings */
export function checkAuthorities(entries, isExecuted, findings) {
  for (const entry of entries) {
    const isIncome = entry.lines.some((l) => l.kind === ACCOUNT.source);
    const holds = entry.authority === ZERO_WORD ? isIncome : isExecuted(entry.authority);
    findings.check("money.authority", holds, "an executed budget question; zero for income alone", entry.authority, `entry ${entry.number}`);
  }
}
