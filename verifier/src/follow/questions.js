// Questions: how they open, close and take effect.
import { encode } from "../abi.js";
import { big, hex } from "../bytes.js";
import { compact, compactSigner } from "../curves.js";
import { KIND, form } from "../formats/form.js";
import { OPTIONS_TYPE, PROPOSAL_TYPE, effectHash, optionsHash, questionHash } from "../formats/question.js";
import { DUTIES, ZERO_WORD } from "../formats/system.js";
import { domain, openingDigest } from "../formats/typed_data.js";
import { keccak } from "../hashes.js";
import { Lanes } from "./lanes.js";

/**
 * @typedef {object} Question
 * @property {string} contract
 * @property {bigint} id
 * @property {string} hash
 * @property {string} text
 * @property {number} effectKind
 * @property {number} record
 * @property {number} opens
 * @property {number} closes
 * @property {import("./constitution.js").Terms} terms
 * @property {number} shares
 * @property {number} seats
 * @property {bigint} minimum
 * @property {import("../formats/form.js").Form | null} form null if its opening was not followed
 * @property {string} options hash
 * @property {string} budget hash
 * @property {string} effect hash
 * @property {Lanes | null} lanes
 * @property {Uint8Array} domain
 * @property {boolean} isFollowed every ballot that counts was seen
 * @property {import("./lanes.js").Tally | null} tally the recount at the close
 * @property {{turnout: bigint, passed: boolean} | null} closed as the chain says
 * @property {{target: string, data: Uint8Array} | null} executed
 * @property {boolean} isExecuted
 */

export class Questions {
  /** @param {Uint8Array} founding @param {number} chainId */
  constructor(founding, chainId) {
    this.founding = founding;
    this.chainId = chainId;
    /** @type {Map<string, Question>} by contract and id */
    this.byKey = new Map();
    /** @type {Map<string, bigint>} how many each contract has opened */
    this.counts = new Map();
  }

  /** @param {string} contract @param {bigint} id @returns {Question | undefined} */
  get(contract, id) {
    return this.byKey.get(`${contract}/${id}`);
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger */
  open(event, place, ledger) {
    const { findings } = place;
    const call = place.call(event.address, "open", "open_by_seats");
    const id = (this.counts.get(event.address) ?? 0n) + 1n;
    findings.equal("question.hash", id, event.id, event.id);
    this.counts.set(event.address, event.id);
    const terms = ledger.constitution.terms.get(event.effectKind);
    if (!findings.check("question.hash", terms !== undefined, "a kind with terms", event.effectKind, event.id) || !terms) return;
    const q = this.record(event, place, ledger, terms);
    this.byKey.set(`${q.contract}/${q.id}`, q);
    const window = q.closes - q.opens;
    findings.check("question.window", q.opens >= place.time, `opens from ${place.time} on`, q.opens, q.id);
    findings.check("question.window", window >= terms.windowMin && window <= terms.windowMax, `${terms.windowMin} to ${terms.windowMax} seconds`, window, q.id);
    if (call === null) {
      for (const code of ["question.hash", "question.opener"]) findings.skip(code, "a question was opened through another contract: what it asks is not in calldata");
      return;
    }
    this.describe(q, call.arguments[0], call.arguments[1]);
    if (q.form === null) return;
    const asked = { ...q, form: q.form, secrecy: call.arguments[0][2], thresholds: terms };
    findings.equal("question.hash", hex(questionHash(this.founding, asked)), q.hash, q.id);
    if (call.name === "open") findings.check("question.opener", ledger.permissions.holds(place.transaction.sender, DUTIES.returningOfficer), "a returning officer", place.transaction.sender, q.id);
    else this.checkSeats(q, call.arguments, place, ledger);
  }

  /** @param {import("./events.js").Event} e @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @param {import("./constitution.js").Terms} terms @returns {Question} */
  record(e, place, ledger, terms) {
    return {
      contract: e.address, id: e.id, hash: e.hash, text: e.text, effectKind: e.effectKind, record: place.time, opens: e.opens, closes: e.closes,
      terms, shares: ledger.membership.active, seats: ledger.roll.seats.length, minimum: ledger.constitution.get("roll.minimum"),
      form: null, options: ZERO_WORD, budget: ZERO_WORD, effect: ZERO_WORD, lanes: null, domain: domain(this.chainId, e.address),
      isFollowed: false, tally: null, closed: null, executed: null, isExecuted: false,
    };
  }

  /** What the call of its opening says. @param {Question} q @param {any[]} proposal @param {any[]} options */
  describe(q, [, fields, , , , , budget, effect], options) {
    q.form = form(fields);
    q.options = hex(optionsHash(options));
    q.budget = budget;
    q.effect = effect;
    q.lanes = new Lanes(q.form, q.seats);
    q.isFollowed = true;
  }

  /** Enough seats signed the proposal. @param {Question} q @param {any[]} args @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger */
  checkSeats(q, [proposal, options, signatures], { findings }, { constitution, roll }) {
    const needed = constitution.get("opening.signatures");
    const proposed = keccak(encode([PROPOSAL_TYPE, "bytes32"], [proposal, hex(keccak(encode([OPTIONS_TYPE], [options])))]));
    let before = -1n;
    for (const [seat, r, vs] of signatures) {
      const key = roll.key(Number(seat));
      const signer = compactSigner(openingDigest(q.domain, proposed, Number(seat)), compact(r, vs));
      const isGood = seat > before && key !== null && signer !== null && hex(signer) === hex(key);
      findings.check("question.opener", isGood, `seat ${seat}, once`, signer ?? "nobody", q.id);
      before = seat;
    }
    findings.check("question.opener", BigInt(signatures.length) >= needed, `${needed} seats`, signatures.length, q.id);
  }

  /** Whether the recount passes a question (bundle.md, 4). @param {Question} q @param {import("./lanes.js").Tally} tally @returns {boolean} */
  static passes(q, tally) {
    const [qn, qd] = q.terms.quorum;
    const [mn, md] = q.terms.majority;
    if (BigInt(q.seats) < q.minimum || tally.turnout * qd < q.shares * qn) return false;
    if (q.form?.kind !== KIND.yesNo) return true;
    const [yes, no] = tally.votes;
    const [left, right] = [yes * md, (yes + no) * mn];
    return yes > 0 && (q.terms.strict ? left > right : left >= right);
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  close(event, { findings, time }) {
    const q = this.get(event.address, event.id);
    if (!findings.check("outcome.time", q !== undefined, "a known question", event.id) || !q) return;
    findings.check("outcome.time", q.closed === null, "closed once", "closed before", q.id);
    findings.check("outcome.time", time >= q.closes, `from ${q.closes} on`, time, q.id);
    q.closed = { turnout: event.turnout, passed: event.passed };
    if (!q.isFollowed || q.lanes === null) {
      for (const code of ["outcome.turnout", "outcome.passed"]) findings.skip(code, "ballots of a question came through another contract");
      return;
    }
    q.tally = q.lanes.tally();
    findings.equal("outcome.turnout", BigInt(q.tally.turnout), event.turnout, q.id);
    findings.equal("outcome.passed", Questions.passes(q, q.tally), event.passed, q.id);
  }

  /** Before the other logs of its transaction, since what they report is its effect. @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  execute(event, place) {
    const { findings } = place;
    const q = this.get(event.address, event.id);
    if (!findings.check("effect.passed", q?.closed?.passed === true, "a passed question", event.id, event.id) || !q) return;
    findings.check("effect.waiting", place.time >= q.closes + q.terms.waiting, `from ${q.closes + q.terms.waiting} on`, place.time, q.id);
    findings.check("effect.call", !q.isExecuted, "executed once", "executed before", q.id);
    q.isExecuted = true;
    place.executed.push(q);
    const call = place.call(event.address, "execute");
    if (call === null || call.arguments[0] !== q.id) {
      findings.skip("effect.call", "an effect was executed through another contract: its call is not in calldata");
      return;
    }
    const [, target, data] = call.arguments;
    q.executed = { target, data };
    if (q.form !== null) findings.equal("effect.call", q.effect, hex(effectHash(target, data)), q.id);
    findings.equal("effect.call", target, event.target, q.id);
  }
}

/** Authority of a question: Ballots (20 bytes), id (12 bytes). @param {Question} q @returns {string} */
export function authorityOf(q) {
  return q.contract + hex(big(q.id, 12)).slice(2);
}
