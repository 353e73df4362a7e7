// A receipt's JSON, read strictly (formats.md, 10).
import { FormError, unhex } from "../bytes.js";
import { form, soundForm } from "../formats/form.js";
import { list, object, parseStrict, whole } from "../json.js";

const FORM = ["kind", "options", "min_length", "max_length", "min_points", "max_points", "min_sum", "max_sum"];
const FORM_MOST = [255, 255, 255, 255, 65_535, 65_535, 2 ** 32 - 1, 2 ** 32 - 1];
const QUESTION = [
  "budget", "closes", "contract", "effect", "effect_kind", "form", "id", "majority", "majority_strict", "opens", "options", "quorum", "record",
  "secrecy", "text", "waiting",
];
const RECEIPT = [
  "ballot", "ballots", "chain_id", "directory", "format", "founding", "handovers", "header", "later", "question", "roll", "seal", "sealers", "witnesses",
];
const ACCOUNT = ["account_proof", "address", "balance", "code_hash", "nonce", "storage", "storage_root"];
const TIME_MOST = 2 ** 40 - 1;
const SEAL_HEAD = 41;
const SEAL_LENGTHS = { 1: 106, 3: 106 };
const MAX_KEYS = 32;

/**
 * @typedef {{address: string, nonce: bigint, balance: bigint, codeHash: Uint8Array, storageRoot: Uint8Array, nodes: Uint8Array[],
 *   storage: {slot: bigint, value: bigint, nodes: Uint8Array[]}[]}} AccountProof
 * @typedef {{sequence: number, choice: Uint8Array, signature: Uint8Array}} Signed
 * @typedef {import("../formats/sealers.js").Sealers} Sealers
 * @typedef {{header: Uint8Array, seal: Uint8Array, sealers: Sealers}} Sealed
 * @typedef {{header: Uint8Array, seal: Uint8Array | null, permissions: AccountProof, threshold: number, silence: number, keys: string[]}} Succession
 * @typedef {Sealed & {permissions: AccountProof, succession: Succession | null}} Handover
 * @typedef {Sealed & {founding: Uint8Array, chainId: number, question: import("../formats/question.js").Asked, ballot: Signed & {seat: number},
 *   directory: AccountProof, ballots: AccountProof, roll: AccountProof, later: Signed | null, witnesses: Uint8Array[], handovers: Handover[]}} Receipt
 */

/** A number as hex without leading zeros. @param {any} value @param {string} what @returns {bigint} */
function quantity(value, what) {
  if (typeof value !== "string" || !/^0x(0|[1-9a-f][0-9a-f]{0,63})$/.test(value)) throw new FormError(`${what} is no number in hex`);
  return BigInt(value);
}

/** @param {any} value @param {string} what @returns {[number, number]} */
function fraction(value, what) {
  const [top, bottom, ...more] = list(value, what);
  if (more.length > 0) throw new FormError(`${what} has more than two numbers`);
  const found = /** @type {[number, number]} */ ([whole(top, what, 65_535), whole(bottom, what, 65_535)]);
  if (found[1] < 1 || found[0] > found[1]) throw new FormError(`${what} is no fraction up to one`);
  return found;
}

/** @param {any} value @param {number} length @returns {string} hex that was checked */
function fixed(value, length) {
  unhex(value, length);
  return value;
}

/** The bytes of a seal, of which the frame alone is looked at. @param {any} value @returns {Uint8Array} */
function readSeal(value) {
  const bytes = unhex(value);
  const kind = bytes[0];
  if (bytes.length < SEAL_HEAD || kind < 1 || kind > 4) throw new FormError("bytes that are no seal");
  const length = /** @type {Record<number, number>} */ (SEAL_LENGTHS)[kind] ?? bytes.length;
  if (bytes.length !== length) throw new FormError(`a seal of ${bytes.length} bytes`);
  return bytes;
}

/** @param {any} q @returns {import("../formats/question.js").Asked} */
function readQuestion(q) {
  object(q, QUESTION, "question");
  object(q.form, FORM, "form");
  if (typeof q.majority_strict !== "boolean") throw new FormError("majority_strict is no truth value");
  return {
    contract: fixed(q.contract, 20),
    id: BigInt(whole(q.id, "id", 2 ** 48 - 1)),
    text: fixed(q.text, 32),
    options: fixed(q.options, 32),
    form: soundForm(form(FORM.map((name, i) => whole(q.form[name], name, FORM_MOST[i])))),
    secrecy: whole(q.secrecy, "secrecy", 255),
    effectKind: whole(q.effect_kind, "effect_kind", 4),
    record: whole(q.record, "record", TIME_MOST),
    opens: whole(q.opens, "opens", TIME_MOST),
    closes: whole(q.closes, "closes", TIME_MOST),
    thresholds: { quorum: fraction(q.quorum, "quorum"), majority: fraction(q.majority, "majority"), strict: q.majority_strict, waiting: whole(q.waiting, "waiting", TIME_MOST) },
    budget: fixed(q.budget, 32),
    effect: fixed(q.effect, 32),
  };
}

/** @param {any} value @param {string} what @returns {Uint8Array[]} */
function bytesList(value, what) {
  return list(value, what).map((/** @type {any} */ item) => unhex(item));
}

/** @param {any} value @param {string} what @returns {AccountProof} */
function readAccount(value, what) {
  object(value, ACCOUNT, what);
  if (typeof value.balance !== "string" || !/^(0|[1-9][0-9]{0,77})$/.test(value.balance)) throw new FormError("balance is no decimal number");
  return {
    address: fixed(value.address, 20),
    nonce: BigInt(whole(value.nonce, "nonce")),
    balance: BigInt(value.balance),
    codeHash: unhex(value.code_hash, 32),
    storageRoot: unhex(value.storage_root, 32),
    nodes: bytesList(value.account_proof, "account_proof"),
    storage: list(value.storage, "storage").map((row) => {
      object(row, ["proof", "slot", "value"], "a storage proof");
      return { slot: quantity(row.slot, "slot"), value: quantity(row.value, "value"), nodes: bytesList(row.proof, "proof") };
    }),
  };
}

/** @param {any} value @returns {number} */
function sealKind(value) {
  const kind = whole(value, "kind", 4);
  if (kind < 1) throw new FormError("a kind of sealers that there is not");
  return kind;
}

/** @param {any} value @returns {Sealers} */
function readSealers(value) {
  object(value, ["kind", "members"], "sealers");
  const members = list(value.members, "members").map((row) => {
    const [address, power, ...more] = list(row, "a sealer");
    if (more.length > 0) throw new FormError("a sealer with more than address and power");
    if (power === 0) throw new FormError("a sealer without power");
    return /** @type {[string, bigint]} */ ([fixed(address, 20), BigInt(whole(power, "power"))]);
  });
  if (members.some(([address], i) => i > 0 && address <= members[i - 1][0])) throw new FormError("sealers that do not ascend");
  return { kind: sealKind(value.kind), members };
}

/** @param {any} value @returns {Sealed} */
function readSealed(value) {
  return { header: unhex(value.header), seal: readSeal(value.seal), sealers: readSealers(value.sealers) };
}

/** @param {any} value @returns {Signed} */
function readSigned(value) {
  return { sequence: whole(value.sequence, "sequence", 255), choice: unhex(value.choice), signature: unhex(value.signature, 64) };
}

/** Recovery terms, which do not contradict themselves. @param {any} s @returns {{threshold: number, silence: number, keys: string[]}} */
function readTerms(s) {
  const keys = list(s.keys, "keys").map((key) => fixed(key, 20));
  const terms = { threshold: whole(s.threshold, "threshold", 255), silence: whole(s.silence, "silence", TIME_MOST), keys };
  if (terms.threshold < 1 || terms.threshold > keys.length || keys.length > MAX_KEYS || terms.silence < 1) throw new FormError("recovery terms that cannot be");
  if (keys.some((key, i) => /^0x0*$/.test(key) || (i > 0 && key <= keys[i - 1]))) throw new FormError("recovery keys that are zero or do not ascend");
  return terms;
}

/** @param {any} value @returns {Handover} */
function readHandover(value) {
  object(value, ["header", "permissions", "seal", "sealers", "succession"], "a handover");
  const s = value.succession;
  const handover = { ...readSealed(value), permissions: readAccount(value.permissions, "permissions") };
  if (s === null) return { ...handover, succession: null };
  object(s, ["header", "keys", "permissions", "seal", "silence", "threshold"], "a succession");
  const terms = readTerms(s);
  const earlier = { header: unhex(s.header), seal: s.seal === null ? null : readSeal(s.seal), permissions: readAccount(s.permissions, "permissions") };
  return { ...handover, succession: { ...earlier, ...terms } };
}

/** Throws FormError on everything that is no receipt. @param {Uint8Array} bytes @returns {Receipt} */
export function readReceipt(bytes) {
  const value = object(parseStrict(bytes), RECEIPT, "the receipt");
  if (value.format !== "ortaq receipt 1") throw new FormError(`format ${value.format}`);
  object(value.ballot, ["choice", "seat", "sequence", "signature"], "ballot");
  if (value.later !== null) object(value.later, ["choice", "sequence", "signature"], "later");
  return {
    ...readSealed(value),
    founding: unhex(value.founding, 32),
    chainId: whole(value.chain_id, "chain_id", 2 ** 48 - 1),
    question: readQuestion(value.question),
    ballot: { ...readSigned(value.ballot), seat: whole(value.ballot.seat, "seat", 2 ** 32 - 1) },
    directory: readAccount(value.directory, "directory"),
    ballots: readAccount(value.ballots, "ballots"),
    roll: readAccount(value.roll, "roll"),
    later: value.later === null ? null : readSigned(value.later),
    witnesses: list(value.witnesses, "witnesses").map(readSeal),
    handovers: list(value.handovers, "handovers").map(readHandover),
  };
}
