// Payments of one Treasury: ordered, then settled, or failed and reversed.
import { hex } from "../bytes.js";
import { DUTIES, ZERO_WORD, numbered } from "../formats/system.js";
import { STATUS } from "./documents.js";
import { ACCOUNT } from "./journal.js";
import { move } from "./movements.js";

/**
 * @typedef {{authority: string, fund: string, payee: string, label: string, amount: bigint, rest: bigint}} Appropriation
 * @typedef {{appropriation: bigint, payee: string, amount: bigint, state: number, document: string, entry: bigint}} Payment
 */

export const STATE = { ordered: 1, settled: 2, failed: 3, reversed: 4 };
/** @type {Record<number, number>} the state before */
const BEFORE = { [STATE.settled]: STATE.ordered, [STATE.failed]: STATE.ordered, [STATE.reversed]: STATE.failed };

export class Payments {
  /** @param {string} address of the Treasury @param {Map<bigint, Appropriation>} appropriations */
  constructor(address, appropriations) {
    this.address = address;
    this.appropriations = appropriations;
    /** @type {Map<bigint, Payment>} */
    this.byNumber = new Map();
    this.count = 0n;
    /** @type {Map<string, bigint>} the payment that a document orders, by CID */
    this.byDocument = new Map();
  }

  /** An event with a treasurer and a document. @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger */
  checkAct(event, { findings }, { permissions, documents }) {
    findings.check("money.duty", permissions.holds(event.treasurer, DUTIES.treasurer), "a treasurer", event.treasurer, event.name);
    if (event.name === "Changed" && event.state === STATE.reversed) return;
    const status = documents.get(event.evidence)?.status;
    findings.check("money.evidence", status === STATUS.available, "an available document", `document ${event.evidence} with status ${status ?? "none"}`, event.name);
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @returns {import("./movements.js").Movement | null} */
  order(event, place, ledger) {
    const { findings } = place;
    this.checkAct(event, place, ledger);
    this.count++;
    findings.equal("money.payment", this.count, event.payment, event.payment);
    this.count = event.payment;
    const from = this.appropriations.get(event.appropriation);
    const isWithin = from !== undefined && event.amount > 0n && event.amount <= from.rest;
    findings.check("money.payment", isWithin, `at most ${from?.rest ?? 0n} of an appropriation`, event.amount, event.payment);
    findings.check("money.payment", from !== undefined && from.payee !== ZERO_WORD && from.payee === event.payee, from?.payee, event.payee, event.payment);
    if (from === undefined) return null;
    from.rest -= event.amount;
    const document = hex(ledger.documents.get(event.evidence)?.cid ?? new Uint8Array());
    findings.check("money.evidence", !this.byDocument.has(document), "a document that orders no other payment", `it orders payment ${this.byDocument.get(document)}`, event.payment);
    this.byDocument.set(document, event.payment);
    this.byNumber.set(event.payment, { appropriation: event.appropriation, payee: event.payee, amount: event.amount, state: STATE.ordered, document, entry: 0n });
    return { what: `payment ${event.payment}`, authority: from.authority, lines: move(this.appropriated(event.appropriation), this.obligation(event.payment), event.amount) };
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {import("./ledger.js").Ledger} ledger @returns {import("./movements.js").Movement | null} */
  change(event, place, ledger) {
    this.checkAct(event, place, ledger);
    const payment = this.byNumber.get(event.payment);
    const from = payment && this.appropriations.get(payment.appropriation);
    const isNext = payment !== undefined && BEFORE[event.state] === payment.state;
    place.findings.check("money.payment", isNext, `state ${BEFORE[event.state] ?? "none"} before`, `state ${payment?.state ?? "none"} before ${event.state}`, event.payment);
    if (payment === undefined || from === undefined) return null;
    payment.state = event.state;
    const what = `payment ${event.payment} to state ${event.state}`;
    if (event.state === STATE.settled) return { what, authority: from.authority, lines: move(this.obligation(event.payment), [ACCOUNT.payee, payment.payee], payment.amount) };
    if (event.state !== STATE.reversed) return null;
    from.rest += payment.amount;
    this.byDocument.delete(payment.document);
    return { what, authority: from.authority, lines: move(this.obligation(event.payment), this.appropriated(payment.appropriation), payment.amount), reverses: payment.entry };
  }

  /** @param {bigint} n @returns {[number, string]} */
  appropriated(n) {
    return [ACCOUNT.appropriation, numbered(this.address, n)];
  }

  /** @param {bigint} n @returns {[number, string]} */
  obligation(n) {
    return [ACCOUNT.obligation, numbered(this.address, n)];
  }
}
