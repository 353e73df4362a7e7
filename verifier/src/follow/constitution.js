// Parameters within their bounds, and terms by kind of effect.
import { unhex } from "../bytes.js";
import { founded } from "../chain/genesis.js";
import { EFFECTS, PARAMETERS, SYSTEM, mapSlot, nameWord } from "../formats/system.js";

/**
 * @typedef {{slot: bigint, value: bigint, lower: bigint, upper: bigint, isEntrenched: boolean}} Parameter
 * @typedef {{windowMin: number, windowMax: number, waiting: number, quorum: [number, number], majority: [number, number], strict: boolean}} Terms
 */

const PLACES = [0n, 40n, 80n, 120n, 136n, 152n, 168n, 184n];
const WIDTHS = [40n, 40n, 40n, 16n, 16n, 16n, 16n, 8n];
const ENTRENCHED = 2n;

/** @param {number} kind @returns {bigint} */
export function termsSlot(kind) {
  return mapSlot(1, kind);
}

/** @param {any[]} row the tuple of the ABI @returns {Terms} */
function termsOf([windowMin, windowMax, waiting, qn, qd, mn, md, strict]) {
  return { windowMin, windowMax, waiting, quorum: [qn, qd], majority: [mn, md], strict };
}

/** @param {Terms} t @returns {bigint} */
export function termsWord(t) {
  const fields = [t.windowMin, t.windowMax, t.waiting, ...t.quorum, ...t.majority, Number(t.strict)];
  return fields.reduce((sum, field, i) => sum | (BigInt(field) << PLACES[i]), 0n);
}

export class Constitution {
  /** @param {import("../chain/genesis.js").Genesis} genesis */
  constructor(genesis) {
    const read = (/** @type {bigint} */ slot) => founded(genesis, SYSTEM.Constitution, slot);
    /** @type {Map<string, Parameter>} by bytes32 */
    this.parameters = new Map();
    for (const name of PARAMETERS.map(nameWord)) {
      const slot = mapSlot(0, unhex(name));
      const [value, lower, upper, grade] = [0n, 1n, 2n, 3n].map((i) => read(slot + i));
      this.parameters.set(name, { slot, value, lower, upper, isEntrenched: grade === ENTRENCHED });
    }
    /** @type {Map<number, Terms>} kinds 0 to 4, and those that were added */
    this.terms = new Map();
    for (let kind = 0; kind <= 4; kind++) {
      const word = read(termsSlot(kind));
      const fields = PLACES.map((place, i) => Number((word >> place) & ((1n << WIDTHS[i]) - 1n)));
      this.terms.set(kind, termsOf([...fields.slice(0, 7), fields[7] !== 0]));
    }
  }

  /** @param {string} name @returns {bigint} */
  get(name) {
    return this.parameters.get(nameWord(name))?.value ?? 0n;
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  take(event, place) {
    if (event.name === "TermsSet") {
      place.checkEffect("parameter.authority", [EFFECTS.entrenched], event);
      this.terms.set(event.kind, termsOf(event.terms));
      return;
    }
    const parameter = this.parameters.get(event.label);
    if (!place.findings.check("parameter.bounds", parameter !== undefined, "a known parameter", event.label) || !parameter) return;
    place.checkEffect("parameter.authority", parameter.isEntrenched ? [EFFECTS.entrenched] : [EFFECTS.parameter, EFFECTS.entrenched], event);
    const isWithin = event.value >= parameter.lower && event.value <= parameter.upper;
    place.findings.check("parameter.bounds", isWithin, `${parameter.lower} to ${parameter.upper}`, event.value, event.label);
    parameter.value = event.value;
  }
}
