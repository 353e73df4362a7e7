// Documents anchored in Evidence.
import { big, hex, number } from "../bytes.js";
import { unbase32 } from "../formats/anchor.js";

export const STATUS = { available: 1, withheld: 2, lost: 3 };

/** @typedef {{cid: Uint8Array, author: string, status: number, time: number}} Document */

export class Documents {
  constructor() {
    /** @type {Document[]} id n at place n - 1 */
    this.anchored = [];
  }

  /** @param {bigint} id @returns {Document | undefined} */
  get(id) {
    return this.anchored[Number(id) - 1];
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {import("./permissions.js").Permissions} permissions */
  take(event, place, permissions) {
    const { findings } = place;
    if (event.name === "Anchored") {
      findings.equal("evidence.anchor", BigInt(this.anchored.length + 1), event.id, event.id);
      findings.check("evidence.anchor", permissions.holds(event.author, ~0n), "an author with a duty", event.author, event.id);
      findings.check("evidence.anchor", isCid(event.cid), "a CIDv1 with sha2-256, raw or dag-pb", event.cid, event.id);
      this.anchored.push({ cid: event.cid, author: event.author, status: STATUS.available, time: place.time });
      return;
    }
    const document = this.get(event.id);
    findings.check("evidence.anchor", document !== undefined && event.status >= 1 && event.status <= 3, "a status of a document", event.status, event.id);
    if (document === undefined) return;
    if (place.call(event.address, "set_status")) findings.equal("evidence.anchor", document.author, place.transaction.sender, event.id);
    else findings.skip("evidence.anchor", "a status was changed through another contract: who did it is not in calldata");
    document.status = event.status;
  }

  /** The three slots' values. @param {Document} document @returns {[bigint, bigint]} digest and word */
  static words({ cid, status, time, author }) {
    const head = (number(cid.subarray(0, 4)) << 208n) | (BigInt(status) << 200n) | (BigInt(time) << 160n) | BigInt(author);
    return [number(cid.subarray(4)), head];
  }
}

/** @param {Uint8Array} cid @returns {boolean} CIDv1, raw or dag-pb, sha2-256 */
export function isCid(cid) {
  return cid.length === 36 && cid[0] === 1 && (cid[1] === 0x55 || cid[1] === 0x70) && cid[2] === 0x12 && cid[3] === 32;
}

/** The CID of raw bytes with this digest. @param {string} digest hex @returns {Uint8Array} */
export function rawCid(digest) {
  return Uint8Array.from([0x01, 0x55, 0x12, 0x20, ...big(BigInt(digest), 32)]);
}

/** @param {string} text @returns {Uint8Array | null} */
export function parseCid(text) {
  try {
    const cid = unbase32(text.slice(1));
    return text[0] === "b" && isCid(cid) ? cid : null;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} cid @returns {string} */
export function cidKey(cid) {
  return hex(cid);
}
