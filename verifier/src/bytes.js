// Bytes, hex and numbers.

/** @typedef {Uint8Array} Bytes */

const HEX = /^0x([0-9a-f]{2})*$/;
const DIGITS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A value that does not have the form that a record asks for. */
export class FormError extends Error {}

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
  return encoder.encode(text);
}

/** Text of UTF-8 bytes; throws FormError on others. @param {Bytes} bytes @returns {string} */
export function text(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FormError("not UTF-8");
  }
}

/** @param {Bytes} bytes @returns {string} lower-case hex after 0x */
export function hex(bytes) {
  let digits = "0x";
  for (let i = 0; i < bytes.length; i++) digits += DIGITS[bytes[i]];
  return digits;
}

/**
 * Bytes of lower-case hex after 0x.
 * @param {unknown} value
 * @param {number} [length] bytes expected
 * @returns {Bytes}
 */
export function unhex(value, length) {
  if (typeof value !== "string" || !HEX.test(value)) throw new FormError(`not lower-case hex after 0x: ${show(value)}`);
  const bytes = new Uint8Array((value.length - 2) / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(value.slice(2 + 2 * i, 4 + 2 * i), 16);
  if (length !== undefined && bytes.length !== length) throw new FormError(`${bytes.length} bytes, expected ${length}`);
  return bytes;
}

/** @param {...Bytes} parts @returns {Bytes} */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Bytes} a @param {Bytes} b @returns {boolean} */
export function equal(a, b) {
  return a.length === b.length && compare(a, b) === 0;
}

/** Order of bytes as text is ordered: the first difference decides, else the length. @param {Bytes} a @param {Bytes} b */
export function compare(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** A big-endian number. @param {Bytes} bytes @returns {bigint} */
export function number(bytes) {
  return bytes.length === 0 ? 0n : BigInt(hex(bytes));
}

/** A big-endian number below 2^53, of at most 6 bytes. @param {Bytes} bytes @returns {number} */
export function small(bytes) {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value * 256 + bytes[i];
  return value;
}

/** A number as big-endian bytes of a fixed length. @param {bigint | number} value @param {number} length @returns {Bytes} */
export function big(value, length) {
  const digits = BigInt(value).toString(16).padStart(2 * length, "0");
  if (digits.length !== 2 * length) throw new FormError(`${value} does not fit ${length} bytes`);
  return unhex("0x" + digits);
}

/** 32 bytes: a number, or bytes padded on the left. @param {bigint | number | boolean | Bytes} value @returns {Bytes} */
export function word(value) {
  if (!(value instanceof Uint8Array)) return big(BigInt(value), 32);
  if (value.length === 32) return value;
  const padded = new Uint8Array(32);
  padded.set(value, 32 - value.length);
  return padded;
}

/** How a value stands in a finding. @param {unknown} value @returns {string} */
export function show(value) {
  if (value instanceof Uint8Array) return hex(value);
  const shown = typeof value === "object" && value !== null ? JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v)) : String(value);
  return shown.length > 300 ? shown.slice(0, 300) + "..." : shown;
}
