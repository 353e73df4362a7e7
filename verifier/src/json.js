// JSON with bounded nesting, and its canonical form (RFC 8785).
import { FormError, text } from "./bytes.js";

const MAX_DEPTH = 16;
/** More than any member has; so that a small file cannot ask for a large memory. */
const MAX_VALUES = 1 << 22;

/** Refuses deep nesting and very many values before anything is parsed. @param {string} source */
function checkNesting(source) {
  let depth = 0;
  let values = 0;
  let isInString = false;
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (isInString) {
      if (c === "\\") i++;
      else if (c === '"') isInString = false;
    } else if (c === '"') isInString = true;
    else if (c === "{" || c === "[") {
      if (++depth > MAX_DEPTH) throw new FormError(`JSON nested more than ${MAX_DEPTH} deep`);
    } else if (c === "}" || c === "]") depth--;
    else if (c === "," && ++values > MAX_VALUES) throw new FormError(`JSON of more than ${MAX_VALUES} values`);
  }
}

/** @param {Uint8Array} bytes @returns {any} */
export function parse(bytes) {
  const source = text(bytes);
  checkNesting(source);
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new FormError(`not JSON: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * JSON in which no member stands twice and each number is whole and spelled so: readers could differ in what they take of others.
 * @param {Uint8Array} bytes
 * @returns {any}
 */
export function parseStrict(bytes) {
  const value = parse(bytes);
  const bare = text(bytes).replace(/"(?:[^"\\]|\\.)*"/gs, '""');
  if (/[0-9][.eE]/.test(bare)) throw new FormError("JSON with a number that is not spelled as a whole one");
  if (bare.split(":").length - 1 !== countMembers(value)) throw new FormError("JSON in which a member stands twice");
  return value;
}

/** @param {any} value @returns {number} */
function countMembers(value) {
  if (value === null || typeof value !== "object") return 0;
  const parts = Object.values(value);
  return parts.reduce((sum, part) => sum + countMembers(part), Array.isArray(value) ? 0 : parts.length);
}

/** @param {any} value @returns {string} members sorted by UTF-16 code units, no spaces */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
    return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** JSON in canonical spelling and in no other, so without repeated members. @param {Uint8Array} bytes @returns {any} */
export function parseCanonical(bytes) {
  const value = parse(bytes);
  if (canonical(value) !== text(bytes)) throw new FormError("not canonical JSON");
  return value;
}

/**
 * An object with exactly these members.
 * @param {any} value
 * @param {string[]} names
 * @param {string} what
 * @returns {any}
 */
export function object(value, names, what) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new FormError(`${what} is no object`);
  const strange = Object.keys(value).filter((name) => !names.includes(name));
  if (strange.length) throw new FormError(`${what} has the unknown member ${strange[0]}`);
  const lacking = names.filter((name) => !Object.hasOwn(value, name));
  if (lacking.length) throw new FormError(`${what} has no member ${lacking[0]}`);
  return value;
}

/** A whole number from 0 to a bound. @param {any} value @param {string} what @param {number} [most] @returns {number} */
export function whole(value, what, most = Number.MAX_SAFE_INTEGER) {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new FormError(`${what} is no whole number up to ${most}`);
  return value;
}

/** @param {any} value @param {string} what @returns {any[]} */
export function list(value, what) {
  if (!Array.isArray(value)) throw new FormError(`${what} is no list`);
  return value;
}
