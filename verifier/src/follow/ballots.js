// Ballots in transactions: every one that counted keeps the rules, every one that did not breaks one (formats.md, 5).
import { big, equal, hex } from "../bytes.js";
import { compactSigner } from "../curves.js";
import { decodeChoice, hasPoints } from "../formats/form.js";
import { ballotDigest } from "../formats/typed_data.js";

const HEAD = 5;
const SIGNATURE = 64;
const MAX_RECORDS = 1024;
const MAX_AHEAD = 8;
const MAX_VOTE_CHOICE = 27;

/** @typedef {import("./questions.js").Question} Question */
/** @typedef {{seat: number, sequence: number, choice: Uint8Array, signature: Uint8Array}} Ballot */

/** @param {Uint8Array} bytes @param {number} choiceLength @returns {Ballot} */
function readRecord(bytes, choiceLength) {
  const seat = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  const end = HEAD + choiceLength;
  return { seat, sequence: bytes[4], choice: bytes.subarray(HEAD, end), signature: bytes.subarray(end, end + SIGNATURE) };
}

export class Ballots {
  /** @param {import("./questions.js").Questions} questions @param {import("./people.js").Roll} roll */
  constructor(questions, roll) {
    this.questions = questions;
    this.roll = roll;
    this.counted = 0;
    this.refused = 0;
  }

  /** The calls and logs of one successful transaction. @param {import("./place.js").Place} place @param {string | undefined} name of the contract called */
  take(place, name) {
    const to = place.transaction.to ?? "";
    const cast = name === "Ballots" ? place.call(to, "cast") : null;
    const vote = name === "Ballots" ? place.call(to, "vote") : null;
    const events = place.named("Ballots", "Cast");
    for (const event of events) if (cast === null || event.address !== to || event.id !== cast.arguments[0]) this.lose(event, place);
    if (cast !== null) this.cast(to, cast.arguments, events, place);
    if (vote !== null) this.vote(to, vote.arguments, place);
  }

  /** A batch that came through another contract. @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  lose(event, { findings }) {
    const q = this.questions.get(event.address, event.id);
    if (q !== undefined) q.isFollowed = false;
    for (const code of ["ballot.signature", "tally.votes"]) findings.skip(code, "a batch of ballots came through another contract: it is not in calldata");
  }

  /** The question of a call, if its ballots can be read. @param {string} to @param {bigint} id @param {import("./place.js").Place} place */
  open(to, id, { findings }) {
    const q = this.questions.get(to, id);
    findings.check("ballot.record", q !== undefined, "a known question", id, id);
    if (q === undefined || q.form === null || q.lanes === null) return null;
    return { q, form: q.form, lanes: q.lanes };
  }

  /** @param {string} to @param {any[]} args @param {import("./events.js").Event[]} events @param {import("./place.js").Place} place */
  cast(to, [id, records], events, place) {
    const { findings } = place;
    const event = events.find((e) => e.address === to && e.id === id);
    findings.check("ballot.record", event !== undefined && events.length === 1, "one Cast", `${events.length} logs`, id);
    const known = this.open(to, id, place);
    if (known === null || event === undefined) return;
    const size = HEAD + known.form.choiceLength + SIGNATURE;
    const count = records.length / size;
    const isWhole = Number.isInteger(count) && count <= MAX_RECORDS && count > 0;
    if (!findings.check("ballot.record", isWhole, `1 to ${MAX_RECORDS} records of ${size} bytes`, `${records.length} bytes`, id)) return;
    const isFitting = event.accepted.length >= Math.ceil(count / 256) && event.accepted.every((/** @type {bigint} */ bits, /** @type {number} */ i) => bits >> BigInt(Math.max(0, Math.min(256, count - 256 * i))) === 0n);
    findings.check("ballot.record", isFitting, `bits of ${count} records`, event.accepted, id);
    for (let i = 0; i < count; i++) {
      const ballot = readRecord(records.subarray(i * size, (i + 1) * size), known.form.choiceLength);
      const isAccepted = (((event.accepted[i >> 8] ?? 0n) >> BigInt(i & 255)) & 1n) === 1n;
      this.judge(known, ballot, isAccepted, place);
    }
  }

  /** @param {string} to @param {any[]} args @param {import("./place.js").Place} place */
  vote(to, [id, head, r, vs], place) {
    const known = this.open(to, id, place);
    if (known === null) return;
    const { choiceLength } = known.form;
    const bytes = big(head, 32);
    const isRecord = !hasPoints(known.form) && choiceLength <= MAX_VOTE_CHOICE && bytes.subarray(HEAD + choiceLength).every((byte) => byte === 0);
    if (!place.findings.check("ballot.record", isRecord, "a short ballot without points, zeros behind", bytes, id)) return;
    const record = new Uint8Array(HEAD + choiceLength + SIGNATURE);
    record.set(bytes.subarray(0, HEAD + choiceLength));
    record.set(big(r, 32), HEAD + choiceLength);
    record.set(big(vs, 32), HEAD + choiceLength + 32);
    this.judge(known, readRecord(record, choiceLength), true, place);
  }

  /** @param {{q: Question, form: import("../formats/form.js").Form, lanes: import("./lanes.js").Lanes}} known @param {Ballot} ballot @param {boolean} isAccepted @param {import("./place.js").Place} place */
  judge({ q, form, lanes }, ballot, isAccepted, { findings, time }) {
    const broken = this.brokenRule(q, form, lanes, ballot, time);
    if (broken === "unknown") {
      q.isFollowed = false;
      findings.skip("ballot.signature", "keys of seats were filled through another contract");
    } else if (isAccepted) {
      findings.check(broken ?? "ballot.signature", broken === null, "a ballot that keeps the rules", `sequence ${ballot.sequence}, choice ${hex(ballot.choice)}`, `seat ${ballot.seat} of question ${q.id}`);
    } else {
      findings.check("ballot.refused", broken !== null, "a rule that it breaks", "a ballot that keeps them all", `seat ${ballot.seat} of question ${q.id}`);
    }
    if (isAccepted && broken === null) {
      lanes.put(ballot.seat, ballot.sequence, ballot.choice);
      this.counted++;
    } else this.refused++;
  }

  /** The first rule that a ballot breaks, in the page's order; null if it keeps all. @param {Question} q @param {import("../formats/form.js").Form} form @param {import("./lanes.js").Lanes} lanes @param {Ballot} ballot @param {number} time @returns {string | null} */
  brokenRule(q, form, lanes, { seat, sequence, choice, signature }, time) {
    if (time < q.opens || time >= q.closes) return "ballot.window";
    const stored = lanes.sequence(seat);
    if (sequence <= stored || sequence > stored + MAX_AHEAD) return "ballot.sequence";
    if (decodeChoice(form, choice) === null) return "ballot.choice";
    if (!this.roll.isEligible(seat, q.record)) return "ballot.seat";
    const key = this.roll.key(seat);
    if (key === null) return "unknown";
    const signer = compactSigner(ballotDigest(q.domain, hashBytes(q), seat, sequence, choice), signature);
    return signer !== null && equal(signer, key) ? null : "ballot.signature";
  }
}

/** @type {WeakMap<Question, Uint8Array>} */
const hashes = new WeakMap();

/** @param {Question} q @returns {Uint8Array} */
function hashBytes(q) {
  let bytes = hashes.get(q);
  if (bytes === undefined) hashes.set(q, (bytes = big(BigInt(q.hash), 32)));
  return bytes;
}
