// What a receipt says, judged from the anchor, the receipt and the present time alone (formats.md, 10).
import { FormError, equal, hex } from "../bytes.js";
import { compactSigner } from "../curves.js";
import { ballotCode } from "../formats/anchor.js";
import { KIND as FORM_KIND, decodeChoice } from "../formats/form.js";
import { chainIdOf } from "../formats/founding.js";
import { laneSlots, readLane } from "../formats/lane.js";
import { questionHash } from "../formats/question.js";
import { decodeSeal, isOfBlock, sealSigner } from "../formats/seal.js";
import { KIND, sealersHash } from "../formats/sealers.js";
import { NUMBERS, SYSTEM, slots } from "../formats/system.js";
import { ballotDigest, domain } from "../formats/typed_data.js";
import { provedSlots, require } from "./accounts.js";
import { readReceipt } from "./document.js";
import { sealedHeader, sealersAt } from "./handovers.js";
import { sentences } from "./words.js";

/**
 * @typedef {"counted" | "replaced" | "not in the count" | "cannot be checked"} Verdict
 * @typedef {{verdict: Verdict, isFinal: boolean, height: number | null, time: number | null, closes: number | null, code: string | null,
 *   witnesses: number, reason: string}} Judged
 * @typedef {Judged & {title: string, sentences: string[], choice: string | null}} Answer
 */

/** @type {Record<Verdict, number>} */
export const VERDICT_EXIT = { counted: 0, replaced: 1, "not in the count": 1, "cannot be checked": 3 };
const NOTHING = { isFinal: false, height: null, time: null, closes: null, code: null, witnesses: 0 };

/** @param {Uint8Array} bytes the receipt @param {import("../formats/anchor.js").Anchor | null} anchor @param {number} now seconds @returns {Answer} */
export function judge(bytes, anchor, now) {
  /** @type {Judged & {choice: string | null}} */
  let judged;
  try {
    require(anchor !== null, "there is no anchor");
    require(anchor.until === 0 || now < anchor.until, "the anchor is too old; take a newer one");
    judged = weigh(readReceipt(bytes), anchor);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    judged = { ...NOTHING, verdict: "cannot be checked", reason: error.message, choice: null };
  }
  return { ...judged, ...sentences(judged) };
}

/** @param {import("./document.js").Receipt} receipt @param {import("../formats/anchor.js").Anchor} anchor @returns {Judged & {choice: string | null}} */
function weigh(receipt, anchor) {
  const { question, ballot, later, chainId } = receipt;
  require(equal(receipt.founding, anchor.founding) && chainId === chainIdOf(anchor.founding), "the receipt is of another ledger");
  const header = trustedHeader(receipt, anchor);
  const hash = questionHash(receipt.founding, question);
  const separator = domain(chainId, question.contract);
  const signer = (/** @type {import("./document.js").Signed} */ b) => compactSigner(ballotDigest(separator, hash, ballot.seat, b.sequence, b.choice), b.signature);
  const key = signer(ballot);
  require(key !== null, "the ballot's signature leads to no key");
  const lane = provedLane(receipt, header, hash, key);
  const common = {
    height: header.height, time: header.time, closes: question.closes, code: ballotCode(ballotDigest(separator, hash, ballot.seat, ballot.sequence, ballot.choice)),
    witnesses: witnesses(receipt, anchor, header), isFinal: header.time >= question.closes, reason: "", choice: choiceText(question.form, ballot.choice),
  };
  if (later !== null) {
    const by = signer(later);
    const isLane = later.sequence === lane.sequence && equal(later.choice, lane.choice) && lane.sequence > ballot.sequence;
    require(isLane && by !== null && equal(by, key), "a later ballot that the seat's place does not hold, or that another key signed");
    return { ...common, verdict: "replaced" };
  }
  require(lane.sequence <= ballot.sequence, "a later ballot stands in the seat's place, and the receipt does not show it");
  const isCounted = lane.sequence === ballot.sequence && equal(lane.choice, ballot.choice);
  return { ...common, verdict: isCounted ? "counted" : "not in the count" };
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

/** The header of a receipt, sealed by those whom the anchor leads to. @param {import("./document.js").Receipt} receipt @param {import("../formats/anchor.js").Anchor} anchor */
function trustedHeader(receipt, anchor) {
  const header = sealedHeader(receipt, receipt.chainId);
  if (header.height === anchor.height) require(equal(header.hash, anchor.blockHash), "another block than the anchor's at its height");
  require(equal(sealersHash(receipt.sealers), sealersAt(receipt, anchor, header.height)), "sealed by others than those whom the anchor names");
  return header;
}

/** @param {import("./document.js").Receipt} receipt @param {import("../chain/header.js").Header} header @param {Uint8Array} hash @param {Uint8Array} key */
function provedLane(receipt, { stateRoot }, hash, key) {
  const { question, ballot } = receipt;
  const [version] = provedSlots(receipt.directory, SYSTEM.Directory, [slots.version(question.contract)], stateRoot);
  require(version >> 192n === BigInt(NUMBERS.Ballots), "a contract that the ledger does not know as Ballots");
  require(ballot.choice.length === question.form.choiceLength && ballot.sequence > 0, "a ballot that does not have the question's form");
  const places = laneSlots(question.id, ballot.seat, question.form.choiceLength);
  const [asked, ...words] = provedSlots(receipt.ballots, question.contract, [slots.questionHash(question.id), ...places], stateRoot);
  require(asked === BigInt(hex(hash)), "a question that the ledger does not ask");
  const [entry] = provedSlots(receipt.roll, SYSTEM.Roll, [slots.rollEntry(BigInt(ballot.seat))], stateRoot);
  require((entry & ((1n << 160n) - 1n)) === BigInt(hex(key)), "the ballot is not signed by the seat's key");
  require(Number(entry >> 160n) <= question.record, "the seat was filled after the question was opened");
  return readLane(words, ballot.seat, question.form.choiceLength);
}

/** How many of the anchor's witnesses sealed the block; other seals say nothing. @param {import("./document.js").Receipt} receipt @param {import("../formats/anchor.js").Anchor} anchor @param {import("../chain/header.js").Header} header */
function witnesses(receipt, anchor, header) {
  const found = receipt.witnesses.map((bytes) => witnessOf(bytes, receipt.chainId, header));
  return anchor.witnesses.filter((witness) => found.includes(witness)).length;
}

/** @param {Uint8Array} bytes @param {number} chainId @param {import("../chain/header.js").Header} header @returns {string | null} */
function witnessOf(bytes, chainId, header) {
  try {
    const seal = decodeSeal(bytes);
    return seal.kind === KIND.witness && isOfBlock(seal, header.height, header.hash) ? sealSigner(seal, chainId) : null;
  } catch (error) {
    if (error instanceof FormError) return null;
    throw error;
  }
}
