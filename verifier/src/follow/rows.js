// Which slots the bundle proves (bundle.md, 5), and what they should hold.
import { unhex } from "../bytes.js";
import { questionWord } from "../formats/question.js";
import { SYSTEM, mapSlot, slots } from "../formats/system.js";
import { termsSlot, termsWord } from "./constitution.js";
import { Documents } from "./documents.js";
import { readTally, tallyLength } from "./lanes.js";

/** @typedef {{address: string, slot: bigint, value: bigint | null, code: string, subject: string}} Row value: null if it was not followed */
/** @typedef {import("./questions.js").Question} Question */
/** @typedef {{q: Question, slots: bigint[], tally: import("./lanes.js").Tally | null}} TallyRows */

/** The rows of a block, none twice. */
export class Rows {
  constructor() {
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {TallyRows[]} */
    this.tallies = [];
  }

  /** @param {string} address @param {bigint | number} slot @param {bigint | number | null} value @param {string} [subject] @param {string} [code] */
  add(address, slot, value, subject = "", code = "proof.value") {
    const row = { address, slot: BigInt(slot), value: value === null ? null : BigInt(value), code, subject };
    this.rows.set(`${address}/${row.slot}`, row);
  }

  /** Ascending by address and slot. @returns {Row[]} */
  ordered() {
    return [...this.rows.values()].sort((a, b) => (a.address !== b.address ? (a.address < b.address ? -1 : 1) : a.slot < b.slot ? -1 : 1));
  }

  /** What is proved of a question. @param {Question} q @param {import("./lanes.js").Tally | null} tally */
  question(q, tally) {
    const subject = `question ${q.id}`;
    this.add(q.contract, slots.questionHash(q.id), BigInt(q.hash), subject);
    this.add(q.contract, slots.questionWord(q.id), q.form && questionWord({ ...q, form: q.form }), subject);
    if (q.form !== null && !this.tallies.some((t) => t.q === q)) {
      const places = Array.from({ length: tallyLength(q.form) }, (_, i) => slots.tally(q.id, i));
      for (const place of places) this.add(q.contract, place, null, subject, "tally.votes");
      this.tallies.push({ q, slots: places, tally });
    }
    const base = slots.outcome(q.id);
    this.add(q.contract, base, q.closed ? 1n : 0n, subject, "outcome.time");
    this.add(q.contract, base + 1n, q.closed ? (q.tally ? q.tally.turnout : null) : 0n, subject, "outcome.turnout");
    this.add(q.contract, base + 2n, q.closed?.passed ? 1n : 0n, subject, "outcome.passed");
    this.add(q.contract, base + 3n, q.isExecuted ? 1n : 0n, subject, "effect.passed");
  }

  /** Tally words against the recount. @param {Map<string, bigint>} values by address and slot @param {import("../findings.js").Findings} findings */
  checkTallies(values, findings) {
    for (const { q, slots: places, tally } of this.tallies) {
      const words = places.map((slot) => values.get(`${q.contract}/${slot}`));
      if (q.form === null || words.some((word) => word === undefined)) continue;
      if (tally === null) {
        for (const code of ["tally.turnout", "tally.votes"]) findings.skip(code, "ballots of a question came through another contract");
        continue;
      }
      const proved = readTally(q.form, /** @type {bigint[]} */ (words));
      findings.equal("tally.turnout", tally.turnout, proved.turnout, `question ${q.id}`);
      findings.equal("tally.votes", tally.votes.join(" "), proved.votes.join(" "), `question ${q.id}`);
      findings.equal("tally.points", tally.points.join(" "), proved.points.join(" "), `question ${q.id}`);
    }
  }
}

/** @param {import("./ledger.js").Ledger} ledger @param {Rows} rows @param {string} contract */
function addVersion(ledger, rows, contract) {
  const known = ledger.directory.contracts.get(contract);
  rows.add(SYSTEM.Directory, slots.version(contract), known?.slot ?? null, known?.name ?? contract);
}

/** Of the questions that were closed in a block. @param {import("./ledger.js").Ledger} ledger @param {Question[]} closed @returns {Rows} */
export function rowsAtClose(ledger, closed) {
  const rows = new Rows();
  for (const q of closed) {
    addVersion(ledger, rows, q.contract);
    rows.question(q, q.tally);
  }
  return rows;
}

/** Of the last block, added to those of a close in it. @param {import("./ledger.js").Ledger} ledger @param {Rows} rows */
export function addLastRows(ledger, rows) {
  const { directory, permissions, constitution, membership, roll, documents, journal, questions, allocations, treasuries } = ledger;
  for (const contract of directory.contracts.keys()) addVersion(ledger, rows, contract);
  permissions.sealingWords().forEach(([value, name], i) => rows.add(SYSTEM.Permissions, slots.sealer + BigInt(i), value, name));
  for (const [name, { slot, value }] of constitution.parameters) rows.add(SYSTEM.Constitution, slot, value, name);
  for (const [kind, terms] of constitution.terms) rows.add(SYSTEM.Constitution, termsSlot(kind), termsWord(terms), `terms of kind ${kind}`);
  rows.add(SYSTEM.Membership, 0, membership.active, "shares that stand");
  rows.add(SYSTEM.Membership, 1, membership.issued, "shares issued");
  rows.add(SYSTEM.Roll, 0, roll.seats.length, "seats");
  rows.add(SYSTEM.Evidence, 0, documents.anchored.length, "documents");
  documents.anchored.forEach((document, i) => {
    const [digest, head] = Documents.words(document);
    rows.add(SYSTEM.Evidence, mapSlot(1, i + 1), digest, `document ${i + 1}`);
    rows.add(SYSTEM.Evidence, mapSlot(2, i + 1), head, `document ${i + 1}`);
  });
  rows.add(SYSTEM.Journal, 0, journal.count, "entries");
  for (const [place, balance] of journal.balances) {
    const [currency, account] = place.split("/");
    rows.add(SYSTEM.Journal, mapSlot(mapSlot(1, unhex(currency)), unhex(account)), BigInt.asUintN(256, balance), `account ${account}`);
  }
  for (const contract of directory.versionsOf("Ballots")) rows.add(contract, 0, questions.counts.get(contract) ?? 0n, "questions");
  for (const q of questions.byKey.values()) {
    const tally = q.closed ? q.tally : q.isFollowed && q.lanes ? q.lanes.tally() : null;
    rows.question(q, tally);
  }
  addAllocations(allocations, directory, rows);
  for (const contract of directory.versionsOf("Treasury")) addTreasury(contract, treasuries.get(contract), rows);
}

/** @param {import("./allocations.js").Allocations} allocations @param {import("./directory.js").Directory} directory @param {Rows} rows */
function addAllocations(allocations, directory, rows) {
  for (const [key, { selected, spent }] of allocations.logged) {
    const [contract, id] = key.split("/");
    const first = directory.nameOf(contract) === "Allocation" ? 0 : 2;
    const subject = `allocation ${id}`;
    rows.add(contract, mapSlot(first, BigInt(id)), selected, subject);
    rows.add(contract, mapSlot(first + 1, BigInt(id)), spent, subject);
    rows.add(contract, mapSlot(first + 2, BigInt(id)), 1n, subject);
  }
}

/** @param {string} contract @param {import("./treasury.js").Treasury | undefined} treasury @param {Rows} rows */
function addTreasury(contract, treasury, rows) {
  rows.add(contract, 0, treasury?.count ?? 0n, "appropriations");
  rows.add(contract, 3, treasury?.payments.count ?? 0n, "payments");
  for (const [n, payment] of treasury?.payments.byNumber ?? []) rows.add(contract, mapSlot(4, n) + 2n, payment.state, `payment ${n}`);
}
