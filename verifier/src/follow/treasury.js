// One Treasury: income, decisions, appropriations; payments stand beside it.
import { hex } from "../bytes.js";
import { ZERO_WORD } from "../formats/system.js";
import { ACCOUNT } from "./journal.js";
import { line, move, pair } from "./movements.js";
import { Payments } from "./payments.js";
import { decodeCall } from "./calls.js";

/** @typedef {import("./movements.js").Movement} Movement */
/** @typedef {import("./events.js").Event} Event */

export class Treasury {
  /** @param {string} address */
  constructor(address) {
    this.address = address;
    /** @type {Map<bigint, import("./payments.js").Appropriation>} */
    this.appropriations = new Map();
    this.count = 0n;
    this.payments = new Payments(address, this.appropriations);
    /** @type {Set<string>} authorities that took from a fund */
    this.decided = new Set();
    /** @type {Map<string, bigint>} winners with an appropriation, by authority */
    this.given = new Map();
  }

  /** All its events of one transaction, and the entries of the Journal in it. @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @param {import("./journal.js").Entry[]} entries */
  take(place, ledger, entries) {
    const events = place.events.filter((event) => event.address === this.address);
    /** @type {Movement[]} */
    const movements = [];
    /** @type {Map<Movement, bigint>} payments by the movement of their order */
    const orders = new Map();
    for (const event of events) {
      const movement = this.follow(event, place, ledger, events);
      if (movement === null) continue;
      movements.push(movement);
      if (event.name === "Ordered") orders.set(movement, event.payment);
    }
    movements.push(...this.winnersOf(events, ledger));
    for (const [movement, entry] of pair(movements, entries, place.findings)) {
      const payment = this.payments.byNumber.get(orders.get(movement) ?? 0n);
      if (payment !== undefined) payment.entry = entry.number;
    }
  }

  /** @param {Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @param {Event[]} events @returns {Movement | null} */
  follow(event, place, ledger, events) {
    if (event.name === "Received") {
      this.payments.checkAct(event, place, ledger);
      return { what: "income", authority: ZERO_WORD, lines: move([ACCOUNT.source, event.source], [ACCOUNT.fund, event.fund], event.amount) };
    }
    if (event.name === "Decided") return this.decide(event, place, ledger, events);
    if (event.name === "Appropriated") return this.appropriate(event, place, ledger);
    if (event.name === "Released") return this.release(event, place);
    if (event.name === "Ordered") return this.payments.order(event, place, ledger);
    return this.payments.change(event, place, ledger);
  }

  /** @param {Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @param {Event[]} events @returns {Movement} */
  decide(event, { findings }, ledger, events) {
    const { authority, fund, amount } = event;
    findings.check("money.appropriation", !this.decided.has(authority), "a question that takes once", "it took before", authority);
    this.decided.add(authority);
    const allocated = ledger.allocations.byAuthority.get(authority);
    if (allocated !== undefined) {
      findings.equal("money.appropriation", allocated.spent, amount, authority);
      findings.equal("money.appropriation", allocated.budget.fund, fund, authority);
    }
    const single = this.isSingle(authority, ledger) ? events.find((e) => e.name === "Appropriated" && e.authority === authority) : undefined;
    /** @type {[number, string]} */
    const to = single ? this.payments.appropriated(single.appropriation) : [ACCOUNT.decision, authority];
    return { what: "decision", authority, lines: move([ACCOUNT.fund, fund], to, amount) };
  }

  /** Whether a question has no budget, so that it appropriates to one payee. @param {string} authority @param {import("./ledger.js").Ledger} ledger */
  isSingle(authority, ledger) {
    return ledger.questionOf(authority)?.budget === ZERO_WORD;
  }

  /** @param {Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @returns {null} */
  appropriate(event, place, ledger) {
    const { authority, fund, payee, label, amount, appropriation } = event;
    this.count++;
    place.findings.equal("money.appropriation", this.count, appropriation, appropriation);
    this.count = appropriation;
    this.appropriations.set(appropriation, { authority, fund, payee, label, amount, rest: amount });
    if (this.isSingle(authority, ledger)) this.checkSingle(event, place, ledger);
    else this.checkWinner(event, place, ledger);
    return null;
  }

  /** Amount and payee of the effect `appropriate`. @param {Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger */
  checkSingle(event, { findings }, ledger) {
    const effect = ledger.questionOf(event.authority)?.executed;
    if (!effect) {
      findings.skip("money.appropriation", "an effect was executed through another contract: its call is not in calldata");
      return;
    }
    const call = effect.target === this.address ? decodeCall(effect.data, hex(effect.data.subarray(0, 4))) : null;
    const wanted = call?.name === "appropriate" ? call.arguments.join() : "a call of appropriate";
    findings.equal("money.appropriation", wanted, [event.fund, event.payee, event.amount, event.label].join(), event.appropriation);
  }

  /** Label, payee and cost of one winner, each at most once. @param {Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger */
  checkWinner(event, { findings }, ledger) {
    const allocated = ledger.allocations.byAuthority.get(event.authority);
    if (allocated === undefined) {
      if (ledger.isDirect) findings.check("money.appropriation", false, "a winner of an allocation", "no allocation", event.appropriation);
      return;
    }
    const given = this.given.get(event.authority) ?? 0n;
    const i = allocated.options.findIndex((option, n) => {
      const bit = 1n << BigInt(n);
      return option.label === event.label && option.payee === event.payee && option.cost === event.amount && (allocated.selected & bit) !== 0n && (given & bit) === 0n;
    });
    findings.check("money.appropriation", i >= 0, "label, payee and cost of a winner that has none yet", `${event.label} ${event.payee} ${event.amount}`, event.appropriation);
    findings.equal("money.appropriation", allocated.budget.fund, event.fund, event.appropriation);
    if (i >= 0) this.given.set(event.authority, given | (1n << BigInt(i)));
  }

  /** Winners of one decision: one entry for all of a transaction. @param {Event[]} events @param {import("./ledger.js").Ledger} ledger @returns {Movement[]} */
  winnersOf(events, ledger) {
    const winners = events.filter((e) => e.name === "Appropriated" && !this.isSingle(e.authority, ledger));
    return [...new Set(winners.map((e) => e.authority))].map((authority) => {
      const own = winners.filter((e) => e.authority === authority);
      const total = own.reduce((sum, e) => sum + e.amount, 0n);
      const lines = [line(ACCOUNT.decision, authority, -total), ...own.map((e) => line(...this.payments.appropriated(e.appropriation), e.amount))];
      return { what: "winners", authority, lines };
    });
  }

  /** @param {Event} event @param {import("./place.js").Place} place @returns {Movement | null} */
  release({ appropriation, authority, amount }, { findings }) {
    const from = this.appropriations.get(appropriation);
    findings.check("money.appropriation", from !== undefined && from.rest === amount, `the rest ${from?.rest ?? "of none"}`, amount, appropriation);
    if (from === undefined) return null;
    from.rest -= amount;
    return { what: "release", authority, lines: move(this.payments.appropriated(appropriation), [ACCOUNT.fund, from.fund], amount) };
  }
}
