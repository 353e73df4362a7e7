// A seal beside a block (formats.md, 8).
import { FormError, equal, hex, small } from "../bytes.js";
import { signer } from "../curves.js";
import { tagged } from "../hashes.js";
import { decodeCommit, refuseCommit } from "./commit.js";
import { KIND, sealersHash } from "./sealers.js";

const HEAD = 41;
const SIGNATURE = 65;
const TAGS = { [KIND.solo]: "ortaq/seal/solo/1", [KIND.witness]: "ortaq/seal/witness/1", [KIND.succession]: "ortaq/seal/succession/1" };

/** @typedef {{kind: number, height: number, blockHash: Uint8Array, body: any}} Seal body: a signature, or a decoded commit */

/** Refuses, with FormError, what is not the canonical bytes of a seal. @param {Uint8Array} bytes @returns {Seal} */
export function decodeSeal(bytes) {
  if (bytes.length < HEAD) throw new FormError(`a seal of ${bytes.length} bytes`);
  if (bytes[1] || bytes[2]) throw new FormError("a height above 2^48");
  const seal = { kind: bytes[0], height: small(bytes.subarray(3, 9)), blockHash: bytes.slice(9, HEAD) };
  const body = bytes.subarray(HEAD);
  if (seal.kind === KIND.comet) return { ...seal, body: decodeCommit(body) };
  if (seal.kind === KIND.succession) return { ...seal, body: signatures(body) };
  if (seal.kind !== KIND.solo && seal.kind !== KIND.witness) throw new FormError(`a seal of kind ${seal.kind}`);
  return { ...seal, body: signature(body) };
}

/** @param {Uint8Array} bytes @returns {Uint8Array} */
function signature(bytes) {
  if (bytes.length !== SIGNATURE) throw new FormError(`a signature of ${bytes.length} bytes`);
  if (bytes[64] > 1) throw new FormError("a parity above 1");
  return bytes.slice();
}

/** Those of a succession. @param {Uint8Array} body @returns {Uint8Array[]} */
function signatures(body) {
  if (body.length !== 1 + SIGNATURE * body[0]) throw new FormError(`a succession of ${body.length} bytes`);
  return Array.from({ length: body[0] }, (_, i) => signature(body.subarray(1 + SIGNATURE * i, 1 + SIGNATURE * (i + 1))));
}

/** The address that signed a solo or witness seal; null if the signature leads to none. @param {Seal} seal @param {number} chainId */
export function sealSigner(seal, chainId) {
  return signerOf(seal, seal.body, chainId);
}

/** @param {Seal} seal @param {Uint8Array} signature_ @param {number} chainId @returns {string | null} */
function signerOf(seal, signature_, chainId) {
  const digest = tagged(TAGS[seal.kind], chainId, seal.height, seal.blockHash);
  const address = signer(digest, signature_.subarray(0, 64), signature_[64]);
  return address && hex(address);
}

/**
 * Why a succession is not sealed by recovery keys; null if it is.
 * @param {Seal} seal
 * @param {number} chainId
 * @param {{threshold: number, keys: string[]}} recovery
 * @returns {string | null}
 */
export function refuseSuccession(seal, chainId, { threshold, keys }) {
  if (seal.kind !== KIND.succession) return `a seal of kind ${seal.kind}`;
  /** @type {string[]} */
  const signers = seal.body.map((/** @type {Uint8Array} */ s) => signerOf(seal, s, chainId) ?? "");
  const stranger = signers.find((address) => !keys.includes(address));
  if (stranger !== undefined) return `signed by ${stranger || "nobody"}, no recovery key`;
  if (signers.some((address, i) => i > 0 && address <= signers[i - 1])) return "signers that do not ascend";
  return signers.length >= threshold ? null : `${signers.length} signatures of ${threshold}`;
}

/**
 * Why a seal is not the sealers'; null if it is.
 * @param {Seal} seal
 * @param {number} chainId
 * @param {import("./sealers.js").Sealers} sealers
 * @returns {string | null}
 */
export function refuseSeal(seal, chainId, sealers) {
  if (seal.kind !== sealers.kind) return `a seal of kind ${seal.kind}, sealers of kind ${sealers.kind}`;
  if (seal.kind === KIND.comet) return refuseCommit(seal.body, seal.blockHash, chainId, sealersHash(sealers));
  if (sealers.members.length !== 1) return `${sealers.members.length} solo sealers`;
  const found = sealSigner(seal, chainId);
  return found === sealers.members[0][0] ? null : `signed by ${found ?? "nobody"}`;
}

/** @param {Seal} seal @param {number} height @param {Uint8Array} blockHash @returns {boolean} */
export function isOfBlock(seal, height, blockHash) {
  return seal.height === height && equal(seal.blockHash, blockHash);
}
