// What stands around a log: its block, its transaction, and the rules about effects.
import { decodeCall } from "./calls.js";

/**
 * @typedef {import("./events.js").Event} Event
 * @typedef {import("./questions.js").Question} Question
 */

/** A transaction of a block while its logs are followed. */
export class Place {
  /**
   * @param {import("../findings.js").Findings} findings
   * @param {number} height
   * @param {number} time of the block
   * @param {import("../chain/transaction.js").Transaction} transaction
   * @param {Event[]} events
   * @param {boolean} isConsensusAct
   */
  constructor(findings, height, time, transaction, events, isConsensusAct) {
    this.isConsensusAct = isConsensusAct;
    this.findings = findings;
    this.height = height;
    this.time = time;
    this.transaction = transaction;
    this.events = events;
    /** @type {Question[]} executed in this transaction */
    this.executed = [];
    /** @type {import("./calls.js").Call | null | undefined} */
    this.decoded = undefined;
  }

  /** The call that the transaction makes of a contract itself, if it is one of those named. @param {string} contract @param {...string} names */
  call(contract, ...names) {
    if (this.transaction.to !== contract) return null;
    if (this.decoded === undefined) this.decoded = decodeCall(this.transaction.data, this.transaction.selector);
    return this.decoded !== null && names.includes(this.decoded.name) ? this.decoded : null;
  }

  /** @param {string} contract @param {string} name @returns {Event[]} */
  named(contract, name) {
    return this.events.filter((event) => event.contract === contract && event.name === name);
  }

  /** The executed question of this transaction of which a log is the effect. @param {number[]} kinds @param {bigint} [id] */
  effectOf(kinds, id) {
    return this.executed.find((q) => q.closed?.passed && kinds.includes(q.effectKind) && (id === undefined || q.id === id));
  }

  /** @param {string} code @param {number[]} kinds of effect @param {Event} event */
  checkEffect(code, kinds, event) {
    const holds = this.effectOf(kinds, event.question) !== undefined;
    this.findings.check(code, holds, `the effect of a passed question of kind ${kinds.join(" or ")}`, `${event.name} of question ${event.question}`, event.name);
  }
}
