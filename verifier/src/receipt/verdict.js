// What a receipt says, judged from the anchor, the receipt and the present time alone (formats.md, 10).
import { equal, hex } from "../bytes.js";
import { compactSigner } from "../curves.js";
import { ballotCode } from "../formats/anchor.js";
import { KIND as FORM_KIND, decodeChoice } from "../formats/form.js";
import { chainIdOf } from "../formats/founding.js";
import { laneSlots, readLane } from "../formats/lane.js";
import { questionHash } from "../formats/question.js";
import { sealersHash } from "../formats/sealers.js";
import { NUMBERS, SYSTEM, slots } from "../formats/system.js";
import { ballotDigest, domain } from "../formats/typed_data.js";
import { provedSlots } from "./accounts.js";
import { UncheckableError, demand, judging } from "./causes.js";
import { readReceipt } from "./document.js";
import { ledgerHeader, requireSeal, sealersAt } from "./handovers.js";
import { witnesses } from "./witnesses.js";
import { sentences } from "./words.js";

/**
 * @typedef {"counted" | "replaced" | "not in the count" | "cannot be checked" | "refused"} Verdict
 * @typedef {{verdict: Verdict, isFinal: boolean, height: number | null, time: number | null, closes: number | null, code: string | null,
 *   witnesses: number, vouched: string[], reason: string, cause: import("./causes.js").Cause | null}} Judged
 * @typedef {Judged & {title: string, sentences: string[], choice: string | null}} Answer
 */

/** @type {Record<Verdict, number>} */
export const VERDICT_EXIT = { counted: 0, replaced: 1, "not in the count": 1, refused: 2, "cannot be checked": 3 };
const NOTHING = { isFinal: false, height: null, time: null, closes: null, code: null, witnesses: 0, vouched: [] };

/**
 * @param {Uint8Array} bytes the receipt
 * @param {import("../formats/anchor.js").Anchor | null} anchor
 * @param {number | null} now seconds; null where the reader vouches for the age of the anchor and the time of a succession
 * @param {string[]} [trusted] witnesses whom the reader trusts besides the anchor's
 * @returns {Answer}
 */
export function judge(bytes, anchor, now, trusted = []) {
  /** @type {Judged & {choice: string | null}} */
  let judged;
  try {
    const receipt = judging("form", () => readReceipt(bytes));
    demand("no-anchor", anchor !== null, "there is no anchor");
    demand("old-anchor", now === null || anchor.until === 0 || now < anchor.until, "the anchor is too old; take a newer one");
    judged = weigh(receipt, anchor, now, trusted);
  } catch (error) {
    if (!(error instanceof UncheckableError)) throw error;
    judged = { ...NOTHING, verdict: error.word === "form" ? "refused" : "cannot be checked", cause: error.word, reason: error.message, choice: null };
  }
  return { ...judged, ...sentences(judged) };
}

/**
 * @param {import("./document.js").Receipt} receipt
 * @param {import("../formats/anchor.js").Anchor} anchor
 * @param {number | null} now
 * @param {string[]} trusted
 * @returns {Judged & {choice: string | null}}
 */
function weigh(receipt, anchor, now, trusted) {
  const { question, ballot, later, chainId } = receipt;
  demand("ledger", equal(receipt.founding, anchor.founding) && chainId === chainIdOf(anchor.founding), "the receipt is of another ledger");
  const header = trustedHeader(receipt, anchor, now);
  const hash = questionHash(receipt.founding, question);
  const { lane, key } = provedPlace(receipt, header, hash);
  const separator = domain(chainId, question.contract);
  const signer = (/** @type {import("./document.js").Signed} */ b) => compactSigner(ballotDigest(separator, hash, ballot.seat, b.sequence, b.choice), b.signature);
  requireKey(signer(ballot), key, "signature");
  const isHeld = key.since <= question.record;
  demand("seat", isHeld, "the seat was filled after the question was opened");
  const vouched = witnesses(receipt, header, [...anchor.witnesses, ...trusted]);
  const common = {
    height: header.height, time: header.time, closes: question.closes, code: ballotCode(ballotDigest(separator, hash, ballot.seat, ballot.sequence, ballot.choice)),
    witnesses: vouched.length, vouched, isFinal: header.time >= question.closes, reason: "", cause: null, choice: choiceText(question.form, ballot.choice),
  };
  if (lane.sequence > ballot.sequence) {
    demand("later", later !== null, "a later ballot stands in the seat's place, and the receipt does not show it");
    requireKey(signer(later), key, "later");
    demand("later", later.sequence === lane.sequence && equal(later.choice, lane.choice), "a later ballot that the seat's place does not hold");
    return { ...common, verdict: "replaced" };
  }
  demand("later", later === null, "a later ballot, and none stands in the seat's place");
  const isCounted = ballot.sequence > 0 && lane.sequence === ballot.sequence && equal(lane.choice, ballot.choice);
  return { ...common, verdict: isCounted ? "counted" : "not in the count" };
}

/** @param {Uint8Array | null} by @param {{address: bigint}} key @param {"signature" | "later"} cause */
function requireKey(by, key, cause) {
  demand(cause, by !== null && BigInt(hex(by)) === key.address, "a ballot that the seat's key did not sign");
}

/** What a choice names, in words. @param {import("../formats/form.js").Form} form @param {Uint8Array} bytes @returns {string} */
function choiceText(form, bytes) {
  const choice = decodeChoice(form, bytes);
  if (choice === null) return hex(bytes);
  if (choice.options.length === 0) return "nothing (a blank ballot)";
  if (form.kind === FORM_KIND.yesNo) return ["yes", "no", "abstain"][choice.options[0] - 1];
  const hasGiven = form.kind === FORM_KIND.cumulative || form.kind === FORM_KIND.score;
  return choice.options.map((option, i) => `option ${option}${hasGiven ? ` (${choice.points[i]} points)` : ""}`).join(", ");
}

/**
 * The header of a receipt, sealed by those whom the anchor leads to, or the anchor's own.
 * @param {import("./document.js").Receipt} receipt
 * @param {import("../formats/anchor.js").Anchor} anchor
 * @param {number | null} now
 */
function trustedHeader(receipt, anchor, now) {
  const header = judging("header", () => ledgerHeader(receipt.header));
  demand("block", header.height >= anchor.height, `block ${header.height} is older than the anchor`);
  if (header.height === anchor.height) {
    demand("block", equal(header.hash, anchor.blockHash), "another block than the anchor's at its height");
    return header;
  }
  demand("sealers", equal(sealersAt(receipt, anchor, header.height, now), sealersHash(receipt.sealers)), "sealed by others than those whom the anchor leads to");
  judging("seal", () => requireSeal(header, receipt, receipt.chainId));
  return header;
}

/** What stands in the seat's place, and whose it is. @param {import("./document.js").Receipt} receipt @param {import("../chain/header.js").Header} header @param {Uint8Array} hash */
function provedPlace(receipt, { stateRoot }, hash) {
  const { question, ballot } = receipt;
  demand("proof", question.id > 0n, "question 0, which there is not");
  const places = laneSlots(question.id, ballot.seat, question.form.choiceLength);
  const prove = (/** @type {import("./document.js").AccountProof} */ proof, /** @type {string} */ address, /** @type {bigint[]} */ wanted) =>
    judging("proof", () => provedSlots(proof, address, wanted, stateRoot));
  const [version] = prove(receipt.directory, SYSTEM.Directory, [slots.version(question.contract)]);
  const [asked, ...words] = prove(receipt.ballots, question.contract, [slots.questionHash(question.id), ...places]);
  const [entry] = prove(receipt.roll, SYSTEM.Roll, [slots.rollEntry(BigInt(ballot.seat))]);
  demand("contract", version >> 192n === BigInt(NUMBERS.Ballots), "a contract that the ledger does not know as Ballots");
  demand("question", asked === BigInt(hex(hash)), "a question that the ledger does not ask");
  const key = { address: entry & ((1n << 160n) - 1n), since: Number(entry >> 160n) };
  demand("seat", key.address !== 0n, "a seat that is empty");
  return { lane: readLane(words, ballot.seat, question.form.choiceLength), key };
}
