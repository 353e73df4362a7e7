// Signatures on secp256k1 and Ed25519. Recovery is what takes the time of a check, so a faster one may be put in its place.
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { big, number } from "./bytes.js";
import { keccak } from "./hashes.js";

const ORDER = secp256k1.Point.Fn.ORDER;
const HALF = ORDER >> 1n;
const PARITY = 1n << 255n;

/**
 * @callback Recovery
 * @param {Uint8Array} digest
 * @param {Uint8Array} signature r and s
 * @param {0 | 1} parity
 * @returns {Uint8Array | null} 65 bytes, uncompressed
 */

/** @type {Recovery} */
function recoverSlowly(digest, signature, parity) {
  try {
    const whole = new Uint8Array(65);
    whole[0] = parity;
    whole.set(signature, 1);
    return secp256k1.Signature.fromBytes(whole, "recovered").recoverPublicKey(digest).toBytes(false);
  } catch {
    return null;
  }
}

/** @type {Recovery} */
let recover = recoverSlowly;

/** Recover by another implementation, such as compiled code where it can be had. @param {Recovery} faster */
export function useRecovery(faster) {
  recover = faster;
}

/**
 * The address that made a signature; null if the signature is not canonical (r or s out of range, the upper s) or leads to no key.
 * @param {Uint8Array} digest
 * @param {Uint8Array} signature r (32) and s (32)
 * @param {number} parity
 * @returns {Uint8Array | null} 20 bytes
 */
export function signer(digest, signature, parity) {
  const r = number(signature.subarray(0, 32));
  const s = number(signature.subarray(32, 64));
  if (r === 0n || r >= ORDER || s === 0n || s > HALF || (parity !== 0 && parity !== 1)) return null;
  const key = recover(digest, signature, parity);
  return key === null ? null : keccak(key.subarray(1)).subarray(12);
}

/** The same for EIP-2098: r, and s with the parity in its highest bit. @param {Uint8Array} digest @param {Uint8Array} compact */
export function compactSigner(digest, compact) {
  const parity = compact[32] >> 7;
  const signature = compact.slice();
  signature[32] &= 0x7f;
  return signer(digest, signature, parity);
}

/** EIP-2098 from two numbers. @param {bigint} r @param {bigint} vs @returns {Uint8Array} */
export function compact(r, vs) {
  const signature = new Uint8Array(64);
  signature.set(big(r, 32));
  signature.set(big(vs & (PARITY * 2n - 1n), 32), 32);
  return signature;
}

/** Ed25519 by the rule of ZIP-215. @param {Uint8Array} signature @param {Uint8Array} message @param {Uint8Array} key */
export function isSignedBy(signature, message, key) {
  try {
    return ed25519.verify(signature, message, key, { zip215: true });
  } catch {
    return false;
  }
}
