// The golden vectors of the formats, computed again; what differs is returned by its path.
import { hex, unhex } from "../../verifier/src/bytes.js";
import { isSignedBy, compactSigner } from "../../verifier/src/curves.js";
import { decodeTransaction } from "../../verifier/src/chain/transaction.js";
import { isConsensusAct } from "../../verifier/src/follow/admission.js";
import { ballotCode, decodeAnchor } from "../../verifier/src/formats/anchor.js";
import { decodeChoice, form, packForm } from "../../verifier/src/formats/form.js";
import { identity } from "../../verifier/src/formats/founding.js";
import { laneSlots } from "../../verifier/src/formats/lane.js";
import { decodeSeal, refuseSeal, refuseSuccession, sealSigner } from "../../verifier/src/formats/seal.js";
import { recoveryHash, sealersHash } from "../../verifier/src/formats/sealers.js";
import { SYSTEM, ZERO_ADDRESS } from "../../verifier/src/formats/system.js";
import { ballotDigest, domain } from "../../verifier/src/formats/typed_data.js";

const FIELDS = ["kind", "options", "min_length", "max_length", "min_points", "max_points", "min_sum", "max_sum"];

/** Collects what differs. */
class Differences {
  constructor() {
    this.list = [];
    this.compared = 0;
  }

  same(path, expected, found) {
    this.compared++;
    if (expected !== found) this.list.push(`${path}: expected ${expected}, found ${found}`);
  }
}

function forms(d, vectors) {
  for (const [name, v] of Object.entries(vectors.forms)) {
    const f = form(FIELDS.map((field) => v.form[field]));
    d.same(`${name} packed`, BigInt(v.packed), packForm(f));
    d.same(`${name} encoding`, v.encoding, f.encoding);
    const choice = decodeChoice(f, unhex(v.choice));
    const order = f.kind === 4 ? (list) => list.join() : (list) => list.map(String).sort().join();
    d.same(`${name} options`, order(v.options), choice && order(choice.options));
    const given = v.points.map((points, i) => `${v.options[i]}:${points}`);
    if (v.points.length) d.same(`${name} points`, order(given), choice && order(choice.points.map((points, i) => `${choice.options[i]}:${points}`)));
    const lane = v.lane_of_seat_100_in_question_5;
    d.same(`${name} lane`, lane.slots.map(BigInt).join(), laneSlots(5n, 100, f.choiceLength).join());
  }
}

function ballots(d, vectors, chainId) {
  for (const [name, v] of Object.entries(vectors.ballots)) {
    const separator = domain(chainId, SYSTEM.Ballots);
    d.same(`${name} domain`, v.domain, hex(separator));
    const digest = ballotDigest(separator, unhex(v.question), v.seat, v.sequence, unhex(v.choice));
    d.same(`${name} digest`, v.digest, hex(digest));
    d.same(`${name} code`, v.code, ballotCode(digest));
    const signer = compactSigner(digest, unhex(v.record).slice(-64));
    d.same(`${name} signer`, "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", signer && hex(signer));
  }
}

function formats(d, vectors) {
  const keys = vectors.founding.keys.map(([duty, address]) => ({ duty, address }));
  const founded = identity(new TextEncoder().encode(vectors.founding.text), { keys, nonce: vectors.founding.nonce });
  d.same("founding", vectors.founding.founding, hex(founded.founding));
  d.same("chain id", vectors.founding.chain_id, founded.chainId);
  for (const [name, address] of Object.entries(vectors.system)) d.same(name, address, SYSTEM[name]);
  forms(d, vectors);
  ballots(d, vectors, founded.chainId);
  for (const kind of ["solo", "witness"]) {
    const seal = decodeSeal(unhex(vectors.seals[kind].seal));
    d.same(`${kind} seal`, vectors.seals.block_hash, hex(seal.blockHash));
    d.same(`${kind} signer`, vectors.sealers.members[0][0], sealSigner(seal, founded.chainId));
  }
  const members = vectors.sealers.members.map(([address, power]) => [address, BigInt(power)]);
  d.same("sealers", vectors.sealers.hash, hex(sealersHash({ kind: 1, members })));
  succession(d, vectors.succession, founded.chainId);
  const anchor = decodeAnchor(vectors.anchor.text);
  d.same("anchor", vectors.anchor.phrase, anchor.phrase);
  d.same("anchor's founding", vectors.founding.founding, hex(anchor.founding));
}

function succession(d, { threshold, silence, keys, recovery, seal, acts }, chainId) {
  d.same("recovery", recovery, hex(recoveryHash(threshold, silence, keys)));
  const decoded = decodeSeal(unhex(seal));
  d.same("succession", null, refuseSuccession(decoded, chainId, { threshold, keys }));
  d.same("succession of too few", true, refuseSuccession(decoded, chainId, { threshold: 3, keys }) !== null);
  d.same("succession of strangers", true, refuseSuccession(decoded, chainId, { threshold, keys: keys.slice(2) }) !== null);
  for (const [name, bytes] of Object.entries(acts)) {
    const transaction = decodeTransaction(unhex(bytes), chainId);
    d.same(`${name} is an act`, true, isConsensusAct(SYSTEM.Permissions, [transaction]));
    d.same(`${name} without its mark`, false, isConsensusAct(ZERO_ADDRESS, [transaction]));
  }
}

function comet(d, vectors) {
  for (const [i, v] of [...vectors.one, ...vectors.four].entries()) {
    const sealers = { kind: 2, members: v.sealers.map(([address, power]) => [address, BigInt(power)]) };
    d.same(`commit ${i}`, null, refuseSeal(decodeSeal(unhex(v.seal)), vectors.chain_id, sealers));
    const fewer = { kind: 2, members: [...sealers.members.slice(1), ["0x" + "11".repeat(20), 1n]] };
    d.same(`commit ${i} of others`, true, refuseSeal(decodeSeal(unhex(v.seal)), vectors.chain_id, fewer) !== null);
    const bytes = unhex(v.seal);
    bytes[bytes.length - 10] ^= 1;
    d.same(`commit ${i} altered`, false, holds(bytes, vectors.chain_id, sealers));
  }
}

function holds(bytes, chainId, sealers) {
  try {
    return refuseSeal(decodeSeal(bytes), chainId, sealers) === null;
  } catch {
    return false;
  }
}

function ed25519(d, { message, cases }) {
  const bytes = unhex("0x" + message);
  for (const v of cases) d.same(v.name, v.accepted, isSignedBy(unhex("0x" + v.signature), bytes, unhex("0x" + v.key)));
}

export function checkVectors(name, vectors) {
  const d = new Differences();
  ({ formats, comet, ed25519 })[name](d, vectors);
  return { compared: d.compared, differences: d.list };
}
