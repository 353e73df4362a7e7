// The contract ABI: types as text, values as numbers (up to 48 bits), bigints, hex (bytesN, address), bytes, text, lists.
import { FormError, big, concat, hex, number, text, unhex, utf8, word } from "./bytes.js";
import { keccak } from "./hashes.js";

/**
 * @typedef {{kind: "static", read: (word: Uint8Array) => any, write: (value: any) => Uint8Array}
 *         | {kind: "bytes" | "string"} | {kind: "list", of: Type} | {kind: "tuple", of: Type[]}} Type
 */

/** @type {Map<string, Type>} */
const known = new Map();
const MAX_ITEMS = 1 << 20;

/** The types between brackets, split at their own commas. @param {string} inner @returns {string[]} */
export function splitTypes(inner) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= inner.length; i++) {
    if (inner[i] === "(") depth++;
    else if (inner[i] === ")") depth--;
    else if ((inner[i] === "," && depth === 0) || i === inner.length) {
      if (i > start) parts.push(inner.slice(start, i).trim());
      start = i + 1;
    }
  }
  return parts;
}

/** @param {string} name @returns {Type} */
export function typeOf(name) {
  let type = known.get(name);
  if (type === undefined) known.set(name, (type = parseType(name)));
  return type;
}

/** @param {string} name @returns {Type} */
function parseType(name) {
  if (name.endsWith("[]")) return { kind: "list", of: typeOf(name.slice(0, -2)) };
  if (name.startsWith("(")) return { kind: "tuple", of: splitTypes(name.slice(1, -1)).map(typeOf) };
  if (name === "bytes" || name === "string") return { kind: name };
  if (name === "bool") return { kind: "static", read: readBool, write: word };
  if (name === "address") return { kind: "static", read: (w) => hex(padded(w, 12)), write: (v) => word(unhex(v, 20)) };
  const match = /^(u?int|bytes)(\d+)$/.exec(name);
  if (match === null) throw new Error(`unknown ABI type ${name}`);
  const size = Number(match[2]);
  if (match[1] === "bytes") return { kind: "static", read: (w) => hex(w.subarray(0, size)), write: writeRight };
  if (match[1] === "int") return { kind: "static", read: (w) => BigInt.asIntN(256, number(w)), write: (v) => big(BigInt.asUintN(256, v), 32) };
  if (size > 48) return { kind: "static", read: number, write: word };
  return { kind: "static", read: (w) => Number(number(padded(w, 32 - size / 8))), write: word };
}

/** @param {Uint8Array} w @param {number} zeros @returns {Uint8Array} */
function padded(w, zeros) {
  for (let i = 0; i < zeros; i++) if (w[i] !== 0) throw new FormError("ABI value out of range");
  return w.subarray(zeros);
}

/** @param {Uint8Array} w @returns {boolean} */
function readBool(w) {
  const value = padded(w, 31)[0];
  if (value > 1) throw new FormError("ABI value is no bool");
  return value === 1;
}

/** @param {string} value @returns {Uint8Array} */
function writeRight(value) {
  const bytes = new Uint8Array(32);
  bytes.set(unhex(value));
  return bytes;
}

/** @param {Type} type @returns {boolean} */
function isDynamic(type) {
  return type.kind === "tuple" ? type.of.some(isDynamic) : type.kind !== "static";
}

/** Bytes in the head. @param {Type} type @returns {number} */
function headLength(type) {
  return type.kind === "tuple" && !isDynamic(type) ? type.of.reduce((sum, t) => sum + headLength(t), 0) : 32;
}

/** @param {Uint8Array} data @param {number} at @returns {Uint8Array} */
function wordAt(data, at) {
  if (at + 32 > data.length) throw new FormError("ABI data cut off");
  return data.subarray(at, at + 32);
}

/** An offset or a length. @param {Uint8Array} data @param {number} at @returns {number} */
function sizeAt(data, at) {
  const size = number(wordAt(data, at));
  if (size > BigInt(data.length)) throw new FormError("ABI data cut off");
  return Number(size);
}

/** @param {Type[]} types @param {Uint8Array} data @param {number} base @returns {any[]} */
function readTuple(types, data, base) {
  let at = base;
  return types.map((type) => {
    const value = isDynamic(type) ? readAt(type, data, base + sizeAt(data, at)) : readAt(type, data, at);
    at += headLength(type);
    return value;
  });
}

/** @param {Type} type @param {Uint8Array} data @param {number} at @returns {any} */
function readAt(type, data, at) {
  if (type.kind === "static") return type.read(wordAt(data, at));
  if (type.kind === "tuple") return readTuple(type.of, data, at);
  const length = sizeAt(data, at);
  if (type.kind === "list") {
    if (length > MAX_ITEMS) throw new FormError("ABI list too long");
    return readTuple(new Array(length).fill(type.of), data, at + 32);
  }
  if (at + 32 + length > data.length) throw new FormError("ABI data cut off");
  const bytes = data.subarray(at + 32, at + 32 + length);
  return type.kind === "string" ? text(bytes) : bytes;
}

/** @param {string[]} types @param {Uint8Array} data @returns {any[]} */
export function decode(types, data) {
  return readTuple(types.map(typeOf), data, 0);
}

/** @param {string[]} types @param {any[]} values @returns {Uint8Array} as `abi.encode(...)` gives */
export function encode(types, values) {
  return writeTuple(types.map(typeOf), values);
}

/** @param {Type[]} types @param {any[]} values @returns {Uint8Array} */
function writeTuple(types, values) {
  let offset = types.reduce((sum, type) => sum + headLength(type), 0);
  const tails = [];
  const heads = types.map((type, i) => {
    const bytes = writeOne(type, values[i]);
    if (!isDynamic(type)) return bytes;
    tails.push(bytes);
    offset += bytes.length;
    return word(offset - bytes.length);
  });
  return concat(...heads, ...tails);
}

/** @param {Type} type @param {any} value @returns {Uint8Array} */
function writeOne(type, value) {
  if (type.kind === "static") return type.write(value);
  if (type.kind === "tuple") return writeTuple(type.of, value);
  if (type.kind === "list") return concat(word(value.length), writeTuple(value.map(() => type.of), value));
  const bytes = type.kind === "string" ? utf8(value) : value;
  return concat(word(bytes.length), bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));
}

/** First four bytes of the hash of `name(types)`. @param {string} signature @returns {string} hex */
export function selector(signature) {
  return hex(keccak(utf8(signature)).subarray(0, 4));
}
