// Allocations repeated: greedy ones from the counts, equal shares from the certificate and the ballots.
import { hex } from "../bytes.js";
import { budgetHash, optionsHash } from "../formats/question.js";
import { allFits, certified } from "../voting/equal_shares.js";
import { RULE, budgetOf, greedy, optionsOf, ranked } from "../voting/greedy.js";
import { authorityOf } from "./questions.js";

/**
 * @typedef {import("./questions.js").Question} Question
 * @typedef {import("../voting/greedy.js").Winners} Winners
 * @typedef {{q: Question, options: import("../voting/greedy.js").Option[], budget: import("../voting/greedy.js").Budget}} Asked
 * @typedef {Winners & Asked} Allocated
 */

const NO_ARGUMENTS = "an allocation was made through another contract: its options are not in calldata";

export class Allocations {
  /** @param {import("./questions.js").Questions} questions */
  constructor(questions) {
    this.questions = questions;
    /** @type {Map<string, Allocated>} by authority */
    this.byAuthority = new Map();
    /** @type {Map<string, {asked: Asked | null, certificate: any[] | null}>} by contract and program */
    this.programs = new Map();
    /** @type {Map<string, {asked: Asked | null, winners: Winners}>} by contract and id: the standing certificate */
    this.standing = new Map();
    /** @type {Map<string, Winners>} what contracts logged, by contract and id */
    this.logged = new Map();
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  take(event, place) {
    if (event.name === "Allocated") this.allocated(event, place);
    else if (event.name === "Proposed") this.proposed(event, place);
    else if (event.name === "Stands") this.stands(event, place);
    else this.finalised(event, place);
  }

  /** The question of an allocation, whose options and budget are those of a call. @param {any[]} args @param {import("./place.js").Place} place @returns {Asked | null} */
  asked([id, optionRows, budgetRow], { findings }) {
    const [options, budget] = [hex(optionsHash(optionRows)), hex(budgetHash(budgetRow))];
    const q = [...this.questions.byKey.values()].reverse().find((c) => c.id === id && c.options === options && c.budget === budget);
    findings.check("allocation.options", q !== undefined, "a question with these options and this budget", id, id);
    if (q === undefined) return null;
    findings.check("allocation.options", q.closed?.passed === true, "closed and passed", q.closed === null ? "open" : "not passed", id);
    return { q, options: optionsOf(optionRows), budget: budgetOf(budgetRow) };
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  allocated(event, place) {
    const call = place.call(event.address, "allocate");
    const asked = call && this.asked(call.arguments, place);
    if (call === null) for (const code of ["allocation.options", "allocation.selected", "allocation.spent"]) place.findings.skip(code, NO_ARGUMENTS);
    const isGreedy = asked !== null && (asked.budget.rule === RULE.greedy || asked.budget.rule === RULE.greedyStop);
    if (asked !== null) place.findings.check("allocation.options", isGreedy, "a greedy rule", asked.budget.rule, event.id);
    const expected = isGreedy && asked.q.tally ? greedy(asked.options, ranked(asked.q.tally), asked.budget) : null;
    this.conclude(event, asked, expected, place);
  }

  /** Compares, and keeps what the contract says. @param {import("./events.js").Event} event @param {Asked | null} asked @param {Winners | null} expected @param {import("./place.js").Place} place */
  conclude(event, asked, expected, { findings }) {
    const winners = { selected: event.selected, spent: event.spent };
    if (expected !== null) {
      findings.equal("allocation.selected", expected.selected, winners.selected, event.id);
      findings.equal("allocation.spent", expected.spent, winners.spent, event.id);
    } else if (asked !== null) for (const code of ["allocation.selected", "allocation.spent"]) findings.skip(code, "ballots of a question were not followed");
    this.logged.set(`${event.address}/${event.id}`, winners);
    if (asked !== null) this.byAuthority.set(authorityOf(asked.q), { ...winners, ...asked });
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  proposed(event, place) {
    const call = place.call(event.address, "propose");
    const asked = call && this.asked(call.arguments, place);
    this.programs.set(`${event.address}/${event.program}`, { asked, certificate: call && call.arguments[3] });
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  stands(event, { findings }) {
    const winners = { selected: event.selected, spent: event.spent };
    const program = this.programs.get(`${event.address}/${event.program}`);
    this.standing.set(`${event.address}/${event.id}`, { asked: program?.asked ?? null, winners });
    findings.check("allocation.selected", program !== undefined, "a program that was proposed", event.program, event.id);
    if (!program?.asked || !program.certificate || !program.asked.q.tally) {
      findings.skip("allocation.selected", NO_ARGUMENTS);
      return;
    }
    const [step, split, lines] = program.certificate;
    /** @type {Winners | null} */
    let proved = null;
    let why = "";
    try {
      proved = certified(voteOf(program.asked), { step, split: Number(split), lines });
    } catch (error) {
      why = /** @type {Error} */ (error).message;
    }
    findings.check("allocation.selected", proved !== null && proved.selected === winners.selected, proved?.selected ?? "a certificate that holds", why || winners.selected, event.id);
    findings.check("allocation.spent", proved === null || proved.spent === winners.spent, proved?.spent, winners.spent, event.id);
    findings.skip("allocation.selected", "equal shares: the certificate and its two steps were checked, earlier steps were not");
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  finalised(event, place) {
    const call = place.call(event.address, "allocate_all");
    const asked = call && this.asked(call.arguments, place);
    if (call !== null) {
      const fits = asked?.q.tally ? allFits(voteOf(asked)) : null;
      if (asked?.q.tally) place.findings.check("allocation.selected", fits !== null, "everything wanted fits", "it does not", event.id);
      this.conclude(event, asked, fits, place);
      return;
    }
    const standing = this.standing.get(`${event.address}/${event.id}`);
    place.findings.check("allocation.selected", standing !== undefined, "a certificate that stands", "none", event.id);
    this.conclude(event, standing?.asked ?? null, standing?.winners ?? null, place);
  }
}

/** @param {Asked} asked @returns {import("../voting/equal_shares.js").Vote} */
function voteOf({ q, options, budget }) {
  /** @type {Map<string, {options: Set<number>, voters: bigint}>} */
  const groups = new Map();
  for (const choice of q.lanes?.counted() ?? []) {
    const key = choice.options.join();
    const group = groups.get(key);
    if (group) group.voters++;
    else groups.set(key, { options: new Set(choice.options.map((option) => option - 1)), voters: 1n });
  }
  const tally = q.tally ?? { turnout: 0, votes: [], points: [] };
  return { options, budget, votes: tally.votes.map(BigInt), groups: [...groups.values()], turnout: BigInt(tally.turnout) };
}
