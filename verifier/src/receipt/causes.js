// Why a receipt proves nothing, in one word: the same from every verifier (verifier.md, Causes).
import { FormError } from "../bytes.js";

/**
 * @typedef {"form" | "no-anchor" | "old-anchor" | "ledger" | "header" | "block" | "handover" | "sealers" | "seal" | "proof" | "contract" | "question" |
 *   "seat" | "signature" | "witness" | "equivocation" | "later"} Cause
 */

/** A receipt that proves nothing. */
export class UncheckableError extends FormError {
  /** @param {Cause} word @param {string} why */
  constructor(word, why) {
    super(why);
    /** @type {Cause} */
    this.word = word;
  }
}

/** @param {Cause} word @param {boolean} holds @param {string} why @returns {asserts holds} */
export function demand(word, holds, why) {
  if (!holds) throw new UncheckableError(word, why);
}

/** Whatever does not hold in `work` is of this cause. @template T @param {Cause} word @param {() => T} work @returns {T} */
export function judging(word, work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormError) || error instanceof UncheckableError) throw error;
    throw new UncheckableError(word, error.message);
  }
}
