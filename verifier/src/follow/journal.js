// The books: entries and lines as the Journal logged them, and the balances that follow.
import { hex, unhex } from "../bytes.js";
import { tagged } from "../hashes.js";

/**
 * @typedef {{kind: number, key: string, amount: bigint}} Line
 * @typedef {{number: bigint, authority: string, evidence: bigint, currency: string, reverses: bigint, lines: Line[], isMatched: boolean}} Entry
 */

export const ACCOUNT = { fund: 1, decision: 2, appropriation: 3, obligation: 4, payee: 5, source: 129 };
const KINDS = new Set(Object.values(ACCOUNT));
const MIN_LINES = 2n;
const MAX_LINES = 128n;

/** @param {number} kind @param {string} key @returns {string} */
export function accountId(kind, key) {
  return hex(tagged("ortaq/account/1", kind, unhex(key, 32)));
}

export class Journal {
  constructor() {
    this.count = 0n;
    /** @type {Map<string, bigint>} by currency and account id */
    this.balances = new Map();
    /** @type {Map<bigint, Entry>} */
    this.entries = new Map();
  }

  /** The entries of one transaction. @param {import("./place.js").Place} place @returns {Entry[]} */
  take(place) {
    const logs = place.events.filter((event) => event.contract === "Journal");
    const entries = [];
    for (let i = 0; i < logs.length; ) {
      if (logs[i].name !== "Entry") {
        place.findings.check("money.entry", false, "an entry before its lines", `a line of entry ${logs[i].entry}`);
        i++;
        continue;
      }
      const lines = [];
      let next = i + 1;
      while (next < logs.length && logs[next].name === "Line") lines.push(logs[next++]);
      entries.push(this.entry(logs[i], lines, place));
      i = next;
    }
    return entries;
  }

  /** @param {import("./events.js").Event} head @param {import("./events.js").Event[]} lines @param {import("./place.js").Place} place @returns {Entry} */
  entry(head, lines, { findings, time }) {
    const { number, currency } = head;
    this.count++;
    findings.equal("money.entry", this.count, number, number);
    this.count = number;
    const isWhole = head.lines === BigInt(lines.length) && head.lines >= MIN_LINES && head.lines <= MAX_LINES;
    findings.check("money.entry", isWhole, `${head.lines} lines, 2 to 128`, lines.length, number);
    findings.equal("money.entry", BigInt(time), head.time, number);
    findings.check("money.entry", head.reverses < number, "0 or an earlier entry", head.reverses, number);
    for (const line of lines) this.line(line, head, findings);
    const sum = lines.reduce((total, line) => total + line.amount, 0n);
    findings.check("money.sum", sum === 0n && lines.every((line) => line.amount !== 0n), "lines that add up to 0, none of 0", sum, number);
    const entry = { number, authority: head.authority, evidence: head.evidence, currency, reverses: head.reverses, lines: lines.map(({ kind, key, amount }) => ({ kind, key, amount })), isMatched: false };
    this.entries.set(number, entry);
    return entry;
  }

  /** @param {import("./events.js").Event} line @param {import("./events.js").Event} head @param {import("../findings.js").Findings} findings */
  line(line, head, findings) {
    const subject = `line of entry ${head.number}`;
    findings.check("money.entry", line.entry === head.number && line.currency === head.currency, `entry ${head.number} in its currency`, `${line.entry}`, subject);
    findings.check("money.account", KINDS.has(line.kind) && accountId(line.kind, line.key) === line.account, "a known kind, and the id of kind and key", line.account, subject);
    const place = `${line.currency}/${line.account}`;
    const balance = (this.balances.get(place) ?? 0n) + line.amount;
    findings.equal("money.balance", balance, line.balance, subject);
    findings.check("money.overdrawn", line.kind >= 128 || balance >= 0n, "at least 0", balance, subject);
    this.balances.set(place, balance);
  }

  /** @param {import("../findings.js").Findings} findings */
  finish(findings) {
    /** @type {Map<string, bigint>} */
    const totals = new Map();
    for (const [place, balance] of this.balances) {
      const currency = place.split("/")[0];
      totals.set(currency, (totals.get(currency) ?? 0n) + balance);
    }
    for (const [currency, total] of totals) findings.equal("money.total", 0n, total, currency);
  }
}
