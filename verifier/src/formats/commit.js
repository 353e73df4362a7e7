// A CometBFT commit as a seal (formats.md, 13).
import { FormError, compare, concat, equal, hex, number, utf8 } from "../bytes.js";
import { isSignedBy } from "../curves.js";
import { sha256 } from "../hashes.js";
import { bytesField, merkleRoot, messageField, sfixedField, varint, varintField } from "./protobuf.js";
import { KIND, sealersHash } from "./sealers.js";

const BLOCK_PROTOCOL = 11;
const PRECOMMIT = 2;
const MAX_POWER = 1n << 60n;

/**
 * @typedef {{seconds: bigint, nanoseconds: number}} Time
 * @typedef {{total: number, hash: Uint8Array}} Parts
 * @typedef {{key: Uint8Array, address: Uint8Array, power: bigint, vote: null | {time: Time, signature: Uint8Array}}} Row
 * @typedef {{appVersion: bigint, height: bigint, time: Time, last: {hash: Uint8Array, parts: Parts}, hashes: Uint8Array[],
 *   proposer: Uint8Array, round: number, parts: Parts, rows: Row[]}} Commit hashes: last commit, data, next validators, consensus,
 *   last results, evidence
 */

/** Takes fields off the front of bytes. */
class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** @param {number} length @returns {Uint8Array} */
  take(length) {
    if (this.at + length > this.bytes.length) throw new FormError("commit cut off");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /** @returns {bigint} */
  u64() {
    return number(this.take(8));
  }

  /** @returns {number} */
  u32() {
    return Number(number(this.take(4)));
  }

  /** @returns {Time} */
  time() {
    const time = { seconds: this.u64(), nanoseconds: this.u32() };
    if (time.nanoseconds >= 1e9 || time.seconds >> 63n) throw new FormError("commit with a time out of range");
    return time;
  }

  /** @returns {Parts} */
  parts() {
    const parts = { total: this.u32(), hash: this.take(32) };
    if (parts.total < 1) throw new FormError("commit with an empty part set");
    return parts;
  }

  /** @returns {Row} */
  row() {
    const key = this.take(32);
    const power = this.u64();
    const flag = this.take(1)[0];
    if (flag > 1) throw new FormError(`commit with the vote flag ${flag}`);
    const vote = flag === 1 ? { time: this.time(), signature: this.take(64) } : null;
    return { key, address: sha256(key).slice(0, 20), power, vote };
  }
}

/** @param {Uint8Array} body @returns {Commit} */
export function decodeCommit(body) {
  const r = new Reader(body);
  const head = { appVersion: r.u64(), height: r.u64(), time: r.time(), last: { hash: r.take(32), parts: r.parts() } };
  const hashes = Array.from({ length: 6 }, () => r.take(32));
  const vote = { proposer: r.take(20), round: r.u32(), parts: r.parts() };
  const rows = Array.from({ length: r.take(1)[0] }, () => r.row());
  if (r.at !== body.length) throw new FormError("bytes behind the commit");
  if (head.height >> 63n || vote.round >= 2 ** 31) throw new FormError("commit with a height or round out of range");
  checkRows(rows);
  return { ...head, hashes, ...vote, rows };
}

/** Rule 1 of the page. @param {Row[]} rows */
function checkRows(rows) {
  if (rows.length < 1 || rows.length > 200) throw new FormError(`commit of ${rows.length} validators`);
  if (rows.some((row) => row.power < 1n) || totalPower(rows) >= MAX_POWER) throw new FormError("commit with a power out of range");
  for (let i = 1; i < rows.length; i++) {
    const [a, b] = [rows[i - 1], rows[i]];
    if (a.power < b.power || (a.power === b.power && compare(a.address, b.address) >= 0)) throw new FormError("validators out of order");
  }
}

/** @param {Row[]} rows @returns {bigint} */
function totalPower(rows) {
  return rows.reduce((sum, row) => sum + row.power, 0n);
}

/** @param {Time} time @returns {Uint8Array} */
function timestamp(time) {
  return concat(varintField(1, time.seconds), varintField(2, time.nanoseconds));
}

/** @param {Uint8Array} hash @param {Parts} parts @returns {Uint8Array} BlockID, and CanonicalBlockID */
function blockId(hash, parts) {
  return concat(bytesField(1, hash), messageField(2, concat(varintField(1, parts.total), bytesField(2, parts.hash))));
}

/** @param {Row[]} rows @returns {Uint8Array} */
function validatorsHash(rows) {
  return merkleRoot(rows.map((row) => concat(messageField(1, bytesField(1, row.key)), varintField(2, row.power))));
}

/** @param {Commit} c @param {Uint8Array} appHash @param {Uint8Array} chain @returns {Uint8Array} */
function headerHash(c, appHash, chain) {
  const [lastCommit, data, nextValidators, consensus, lastResults, evidence] = c.hashes;
  return merkleRoot([
    concat(varintField(1, BLOCK_PROTOCOL), varintField(2, c.appVersion)),
    bytesField(1, chain),
    varintField(1, c.height),
    timestamp(c.time),
    blockId(c.last.hash, c.last.parts),
    ...[lastCommit, data, validatorsHash(c.rows), nextValidators, consensus, appHash, lastResults, evidence, c.proposer].map((h) => bytesField(1, h)),
  ]);
}

/** What a validator signs, with its length before it. @param {Commit} c @param {Uint8Array} hash @param {Time} time @param {Uint8Array} chain */
function voteBytes(c, hash, time, chain) {
  const vote = concat(
    varintField(1, PRECOMMIT),
    sfixedField(2, c.height),
    sfixedField(3, BigInt(c.round)),
    messageField(4, blockId(hash, c.parts)),
    messageField(5, timestamp(time)),
    bytesField(6, chain),
  );
  return concat(varint(vote.length), vote);
}

/** The sealers that a commit's rows are. @param {Commit} c @returns {import("./sealers.js").Sealers} */
export function commitSealers(c) {
  return { kind: KIND.comet, members: c.rows.map((row) => [hex(row.address), row.power]) };
}

/**
 * Why a commit does not seal a block; null if it does (rules 2 to 4 of the page).
 * @param {Commit} c
 * @param {Uint8Array} blockHash
 * @param {number} chainId
 * @param {Uint8Array} sealers hash of those that are trusted
 * @returns {string | null}
 */
export function refuseCommit(c, blockHash, chainId, sealers) {
  if (!equal(sealersHash(commitSealers(c)), sealers)) return "validators that are not the sealers";
  const chain = utf8(`ortaq-${chainId}`);
  const hash = headerHash(c, blockHash, chain);
  let voted = 0n;
  for (const row of c.rows) {
    if (row.vote === null) continue;
    if (!isSignedBy(row.vote.signature, voteBytes(c, hash, row.vote.time, chain), row.key)) return `a vote that ${hex(row.address)} did not sign`;
    voted += row.power;
  }
  return 3n * voted > 2n * totalPower(c.rows) ? null : `votes of ${voted} of ${totalPower(c.rows)}`;
}
