// Everything that a verifier follows, fed transaction by transaction.
import { FormError } from "../bytes.js";
import { EFFECTS } from "../formats/system.js";
import { Allocations } from "./allocations.js";
import { Ballots } from "./ballots.js";
import { Constitution } from "./constitution.js";
import { Directory } from "./directory.js";
import { Documents } from "./documents.js";
import { decodeEvent } from "./events.js";
import { Journal } from "./journal.js";
import { checkAuthorities, pair } from "./movements.js";
import { Membership, Roll } from "./people.js";
import { Permissions } from "./permissions.js";
import { Place } from "./place.js";
import { Questions } from "./questions.js";
import { Treasury } from "./treasury.js";

export class Ledger {
  /** @param {import("../chain/genesis.js").Genesis} genesis @param {Uint8Array} founding @param {import("../findings.js").Findings} findings */
  constructor(genesis, founding, findings) {
    this.findings = findings;
    this.directory = new Directory(genesis);
    this.permissions = new Permissions(genesis);
    this.constitution = new Constitution(genesis);
    this.membership = new Membership();
    this.roll = new Roll();
    this.documents = new Documents();
    this.questions = new Questions(founding, genesis.chainId);
    this.ballots = new Ballots(this.questions, this.roll);
    this.allocations = new Allocations(this.questions);
    this.journal = new Journal();
    /** @type {Map<string, Treasury>} */
    this.treasuries = new Map();
    /** No allocation escaped because another contract made it. */
    this.isDirect = true;
    /** @type {import("./questions.js").Question[]} closed in the present block */
    this.closed = [];
  }

  /**
   * @param {number} height
   * @param {number} time
   * @param {import("../chain/transaction.js").Transaction} transaction
   * @param {import("../chain/receipt.js").Receipt} receipt
   * @param {boolean} isAct
   */
  take(height, time, transaction, receipt, isAct) {
    if (receipt.status !== 1) return;
    const place = new Place(this.findings, height, time, transaction, this.decode(receipt), isAct);
    for (const event of place.named("Ballots", "Executed")) this.questions.execute(event, place);
    this.ballots.take(place, this.directory.nameOf(transaction.to ?? ""));
    for (const event of place.events) this.dispatch(event, place);
    this.money(place);
  }

  /** Logs of known contracts. @param {import("../chain/receipt.js").Receipt} receipt @returns {import("./events.js").Event[]} */
  decode(receipt) {
    const events = [];
    for (const log of receipt.logs) {
      const name = this.directory.nameOf(log.address);
      if (name === undefined) continue;
      try {
        const event = decodeEvent(name, log);
        if (event !== null) events.push(event);
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        this.findings.check("execution.receipts", false, `a log that ${name} can write`, error.message, name);
      }
    }
    return events;
  }

  /** @param {import("./events.js").Event} event @param {Place} place */
  dispatch(event, place) {
    if (event.contract === "Directory") this.directory.take(event, place);
    else if (event.contract === "Permissions") this.permissions.take(event, place);
    else if (event.contract === "Constitution") this.constitution.take(event, place);
    else if (event.contract === "Membership") this.membership.take(event, place);
    else if (event.contract === "Roll") this.roll.take(event, place, this.membership);
    else if (event.contract === "Evidence") this.documents.take(event, place, this.permissions);
    else if (event.contract === "Ballots") this.vote(event, place);
    else if (event.contract === "Allocation" || event.contract === "EqualShares") this.allocate(event, place);
  }

  /** @param {import("./events.js").Event} event @param {Place} place */
  vote(event, place) {
    if (event.name === "Opened") this.questions.open(event, place, this);
    if (event.name !== "Closed") return;
    this.questions.close(event, place);
    const q = this.questions.get(event.address, event.id);
    if (q !== undefined) this.closed.push(q);
  }

  /** @param {import("./events.js").Event} event @param {Place} place */
  allocate(event, place) {
    this.allocations.take(event, place);
    if (place.transaction.to !== event.address) this.isDirect = false;
  }

  /** @param {Place} place */
  money(place) {
    const entries = this.journal.take(place);
    const addresses = new Set(place.events.filter((event) => event.contract === "Treasury").map((event) => event.address));
    for (const address of addresses) {
      const known = this.treasuries.get(address) ?? new Treasury(address);
      this.treasuries.set(address, known);
      known.take(place, this, addresses.size === 1 ? entries : entries.filter((e) => !e.isMatched));
    }
    if (addresses.size === 0) pair([], entries, this.findings);
    checkAuthorities(entries, (authority) => this.isBudget(authority), this.findings);
  }

  /** @param {string} authority @returns {import("./questions.js").Question | undefined} */
  questionOf(authority) {
    return this.questions.get(authority.slice(0, 42), BigInt("0x" + authority.slice(42)));
  }

  /** @param {string} authority @returns {boolean} */
  isBudget(authority) {
    const q = this.questionOf(authority);
    return q !== undefined && q.effectKind === EFFECTS.budget && q.isExecuted;
  }

  /** After the last transaction of a block. @returns {import("./questions.js").Question[]} closed in it */
  endBlock() {
    this.permissions.settle();
    const closed = this.closed;
    this.closed = [];
    return closed;
  }
}
