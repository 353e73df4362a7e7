// What was checked, what was found, what was not checked.
import { show } from "./bytes.js";

/**
 * @typedef {{code: string, block: number | null, transaction: number | null, expected: string, found: string, subject?: string}} Finding
 */

const MAX_FINDINGS = 1000;

/** A bundle that cannot be read on: its code is one of `bundle.*`. */
export class UnreadableError extends Error {
  /** @param {string} code @param {string} why @param {string} [subject] */
  constructor(code, why, subject) {
    super(why);
    this.code = code;
    this.subject = subject;
  }
}

export class Findings {
  constructor() {
    /** @type {Record<string, {checked: number, failed: number}>} */
    this.checks = {};
    /** @type {Record<string, string>} */
    this.notChecked = {};
    /** @type {Finding[]} */
    this.findings = [];
    this.failed = 0;
    /** @type {number | null} */
    this.block = null;
    /** @type {number | null} */
    this.transaction = null;
  }

  /** From here on findings are about this place. @param {number | null} block @param {number | null} [transaction] */
  at(block, transaction = null) {
    this.block = block;
    this.transaction = transaction;
  }

  /**
   * Notes one check of a code, and a finding if it did not hold.
   * @param {string} code
   * @param {boolean} holds
   * @param {unknown} [expected]
   * @param {unknown} [found]
   * @param {unknown} [subject]
   * @returns {boolean} holds
   */
  check(code, holds, expected = "", found = "", subject = undefined) {
    const row = (this.checks[code] ??= { checked: 0, failed: 0 });
    row.checked++;
    if (!holds) {
      row.failed++;
      this.failed++;
      if (this.findings.length < MAX_FINDINGS) {
        const { block, transaction } = this;
        const finding = { code, block, transaction, expected: show(expected), found: show(found) };
        this.findings.push(subject === undefined ? finding : { ...finding, subject: show(subject) });
      }
    }
    return holds;
  }

  /** Two values that should be one. @param {string} code @param {unknown} expected @param {unknown} found @param {unknown} [subject] */
  equal(code, expected, found, subject = undefined) {
    return this.check(code, expected === found, expected, found, subject);
  }

  /** Says that a code was not, or not everywhere, checked. @param {string} code @param {string} why */
  skip(code, why) {
    this.notChecked[code] ??= why;
  }
}
