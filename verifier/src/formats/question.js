// The question hash (formats.md, 4).
import { encode } from "../abi.js";
import { unhex } from "../bytes.js";
import { keccak, tagged } from "../hashes.js";
import { packForm } from "./form.js";

export const FORM_TYPE = "(uint8,uint8,uint8,uint8,uint16,uint16,uint32,uint32)";
export const OPTIONS_TYPE = "(bytes32,uint256,bytes32)[]";
export const BUDGET_TYPE = "(uint8,bytes32,uint256,uint256,uint8,uint256[],uint256)";
export const PROPOSAL_TYPE = `(bytes32,${FORM_TYPE},uint8,uint8,uint40,uint40,bytes32,bytes32)`;

/**
 * @typedef {{quorum: [number, number], majority: [number, number], strict: boolean, waiting: number}} Thresholds
 * @typedef {{contract: string, id: bigint, text: string, options: string, form: import("./form.js").Form, secrecy: number,
 *   effectKind: number, record: number, opens: number, closes: number, thresholds: Thresholds, budget: string, effect: string}} Asked
 */

/** @param {Uint8Array} founding @param {Asked} q @returns {Uint8Array} */
export function questionHash(founding, q) {
  const { quorum, majority, strict, waiting } = q.thresholds;
  return tagged(
    "ortaq/question/1",
    founding, unhex(q.contract, 20), q.id, unhex(q.text, 32), unhex(q.options, 32), packForm(q.form), q.secrecy, q.effectKind,
    q.record, q.opens, q.closes, ...quorum, ...majority, strict, waiting, unhex(q.budget, 32), unhex(q.effect, 32),
  );
}

/** The word that a Ballots contract keeps of it. @param {{form: import("./form.js").Form, record: number, opens: number, closes: number}} q */
export function questionWord(q) {
  return packForm(q.form) | (BigInt(q.record) << 136n) | (BigInt(q.opens) << 176n) | (BigInt(q.closes) << 216n);
}

/** @param {any[]} options rows (label, cost, payee) @returns {Uint8Array} */
export function optionsHash(options) {
  return keccak(encode([OPTIONS_TYPE], [options]));
}

/** @param {any[]} budget @returns {Uint8Array} */
export function budgetHash(budget) {
  return keccak(encode([BUDGET_TYPE], [budget]));
}

/** @param {string} target @param {Uint8Array} data @returns {Uint8Array} */
export function effectHash(target, data) {
  return keccak(encode(["address", "bytes"], [target, data]));
}
