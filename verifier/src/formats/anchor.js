// The anchor that a reader trusts (formats.md, 9), and the codes of ballots (5).
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { FormError, equal, hex, number, small, unhex } from "../bytes.js";
import { keccak } from "../hashes.js";

const PREFIX = "ortaq1";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const VERSION = 2;
const FIXED = 122;

/**
 * @typedef {{founding: Uint8Array, height: number, blockHash: Uint8Array, sealers: Uint8Array, issued: number,
 *   until: number, witnesses: string[], phrase: string}} Anchor until: 0 for ever
 */

/** Base32 of RFC 4648, lower case, without padding; refuses stray bits. @param {string} text @returns {Uint8Array} */
export function unbase32(text) {
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const c of text) {
    const value = ALPHABET.indexOf(c);
    if (value < 0) throw new FormError(`not base32: ${c}`);
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  if (bits >= 5 || (held & ((1 << bits) - 1)) !== 0) throw new FormError("base32 that does not end where it should");
  return Uint8Array.from(bytes);
}

/** @param {Uint8Array} bytes @returns {string} */
export function base32(bytes) {
  let digits = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0x1fff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits += ALPHABET[(held >> bits) & 31];
    }
  }
  return bits > 0 ? digits + ALPHABET[(held << (5 - bits)) & 31] : digits;
}

/** An anchor of its text; throws FormError. @param {string} source @returns {Anchor} */
export function decodeAnchor(source) {
  const trimmed = source.trim();
  if (!trimmed.startsWith(PREFIX)) throw new FormError(`an anchor begins with ${PREFIX}`);
  const bytes = unbase32(trimmed.slice(PREFIX.length));
  const body = bytes.subarray(0, -4);
  const hash = keccak(body);
  if (bytes.length < FIXED + 4 || !equal(bytes.subarray(-4), hash.subarray(0, 4))) throw new FormError("the anchor was mistyped: its check does not fit");
  if (body[0] !== VERSION) throw new FormError(`an anchor of version ${body[0]}`);
  if (body.length !== FIXED + 20 * body[FIXED - 1]) throw new FormError("an anchor of the wrong length");
  if ([33, 34, 105, 106, 113, 114].some((i) => body[i] !== 0)) throw new FormError("an anchor with a number above 2^48");
  const witnesses = Array.from({ length: body[FIXED - 1] }, (_, i) => hex(body.subarray(FIXED + 20 * i, FIXED + 20 * i + 20)));
  if (witnesses.some((w, i) => i > 0 && w <= witnesses[i - 1])) throw new FormError("an anchor whose witnesses do not ascend");
  return {
    founding: body.slice(1, 33),
    height: small(body.subarray(35, 41)),
    blockHash: body.slice(41, 73),
    sealers: body.slice(73, 105),
    issued: small(body.subarray(107, 113)),
    until: small(body.subarray(115, 121)),
    witnesses,
    phrase: words(hash, 6).join(" "),
  };
}

/** The first bits of a hash, eleven a word. @param {Uint8Array} hash @param {number} count @returns {string[]} */
function words(hash, count) {
  const value = number(hash);
  return Array.from({ length: count }, (_, i) => wordlist[Number((value >> BigInt(256 - 11 * (i + 1))) & 2047n)]);
}

/** The code that a ballot is known by. @param {Uint8Array} digest @returns {string} */
export function ballotCode(digest) {
  const value = (number(digest) >> BigInt(256 - 91)) & ((1n << 80n) - 1n);
  const digits = Array.from({ length: 16 }, (_, i) => CROCKFORD[Number((value >> BigInt(75 - 5 * i)) & 31n)]).join("");
  return [words(digest, 1)[0], ...(digits.match(/.{4}/g) ?? [])].join("-");
}
