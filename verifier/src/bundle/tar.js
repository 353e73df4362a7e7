// The archive (bundle.md, 1), read as a stream: a member at a time, nothing allocated for a length that is only claimed.
import { concat, equal, utf8 } from "../bytes.js";
import { UnreadableError } from "../findings.js";
import { checkName } from "./names.js";

const BLOCK = 512;
const MAX_LENGTH = 67_108_864;
const MAX_MEMBERS = 262_144;
const MAX_NAME = 100;

/** @typedef {{name: string, content: Uint8Array}} Member */

/** The header of a member, which name and length decide. @param {string} name @param {number} length @returns {Uint8Array} */
export function memberHeader(name, length) {
  const header = new Uint8Array(BLOCK);
  /** @type {(at: number, text: string) => void} */
  const put = (at, text) => header.set(utf8(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, length.toString(8).padStart(11, "0") + "\0");
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\0" + "00");
  const sum = header.reduce((a, b) => a + b, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return header;
}

/** Takes exact lengths from chunks of any size. */
class Source {
  /** @param {AsyncIterable<Uint8Array>} chunks */
  constructor(chunks) {
    this.chunks = chunks[Symbol.asyncIterator]();
    /** @type {Uint8Array} */
    this.held = new Uint8Array();
  }

  /** Less only where the source ends. @param {number} length @returns {Promise<Uint8Array>} */
  async take(length) {
    const parts = [];
    let missing = length;
    while (missing > 0) {
      if (this.held.length === 0) {
        const next = await this.chunks.next();
        if (next.done) break;
        this.held = next.value;
      }
      const part = this.held.subarray(0, missing);
      this.held = this.held.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? parts[0] : concat(...parts);
  }
}

/** @param {string} why @param {string} [subject] @returns {never} */
function fail(why, subject) {
  throw new UnreadableError("bundle.container", why, subject);
}

/** @param {Uint8Array} header @returns {{name: string, length: number}} */
function readHeader(header) {
  const end = header.indexOf(0);
  const field = header.subarray(0, end < 0 || end > MAX_NAME ? MAX_NAME : end);
  const name = String.fromCharCode(...field);
  const digits = String.fromCharCode(...header.subarray(124, 135));
  if (!/^[0-7]{11}$/.test(digits)) fail("a length that is no octal number", JSON.stringify(name));
  const length = parseInt(digits, 8);
  if (length > MAX_LENGTH) throw new UnreadableError("bundle.limit", `${length} bytes, at most ${MAX_LENGTH}`, JSON.stringify(name));
  if (field.some((byte) => byte > 126) || !equal(header, memberHeader(name, length))) fail("a header that name and length do not give", JSON.stringify(name));
  checkName(name);
  return { name, length };
}

/** Members in turn; throws UnreadableError. @param {AsyncIterable<Uint8Array>} chunks @returns {AsyncGenerator<Member>} */
export async function* readMembers(chunks) {
  const source = new Source(chunks);
  for (let count = 1; ; count++) {
    const header = await source.take(BLOCK);
    if (header.length < BLOCK) fail("the archive is cut off");
    if (header.every((byte) => byte === 0)) break;
    if (count > MAX_MEMBERS) throw new UnreadableError("bundle.limit", `more than ${MAX_MEMBERS} members`);
    const { name, length } = readHeader(header);
    const whole = await source.take(Math.ceil(length / BLOCK) * BLOCK);
    if (whole.length < length || whole.length % BLOCK !== 0) fail("the archive is cut off", name);
    if (whole.subarray(length).some((byte) => byte !== 0)) fail("padding that is not zero", name);
    yield { name, content: whole.subarray(0, length) };
  }
  const rest = await source.take(BLOCK + 1);
  if (rest.length !== BLOCK || rest.some((byte) => byte !== 0)) fail("the archive does not end with 1,024 zero bytes");
}
