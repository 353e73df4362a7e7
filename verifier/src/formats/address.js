// Addresses as people type them: hex after 0x, with EIP-55's checksum in its letters where both cases stand in it.
import { FormError, unhex, utf8 } from "../bytes.js";
import { keccak } from "../hashes.js";

const ADDRESS = /^0x[0-9a-f]{40}$/i;

/** Lower-case letters as EIP-55 writes them. @param {string} digits without 0x @returns {string} */
function checksummed(digits) {
  const hash = keccak(utf8(digits));
  const isUpper = (/** @type {number} */ i) => ((hash[i >> 1] >> (i % 2 === 0 ? 4 : 0)) & 15) > 7;
  return [...digits].map((digit, i) => (isUpper(i) ? digit.toUpperCase() : digit)).join("");
}

/** Address in lower case; throws FormError. @param {string} text @returns {string} */
export function readAddress(text) {
  if (!ADDRESS.test(text)) throw new FormError(`${text.slice(0, 60)} is no address: expected 0x and 40 hex digits`);
  const digits = text.slice(2);
  const lower = digits.toLowerCase();
  const isMixed = digits !== lower && digits !== digits.toUpperCase();
  if (isMixed && digits !== checksummed(lower)) throw new FormError(`${text} was mistyped: the checksum in its letters does not fit`);
  if (unhex(`0x${lower}`).every((byte) => byte === 0)) throw new FormError("the zero address is nobody's");
  return `0x${lower}`;
}

/** Addresses with blanks, commas or line breaks between them; throws FormError. @param {string} text @returns {string[]} */
export function readAddresses(text) {
  return text.split(/[\s,;]+/).filter(Boolean).map(readAddress);
}
