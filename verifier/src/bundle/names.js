// Names of members, and their order (bundle.md, 1). A name is never a path.
import { UnreadableError } from "../findings.js";
import { parseCid } from "../follow/documents.js";

export const FIXED = ["bundle.json", "genesis.json", "founding.toml", "founding.json"];
export const MANIFEST = "manifest.json";
const PART = /^(blocks|receipts|seals)\/([0-9]{12})\.(rlp|bin)$/;
const PROOF = /^proofs\/([0-9]{12})-([0-9]{4})\.rlp$/;
const EVIDENCE = /^evidence\/(b[a-z2-7]{58})$/;
const STAGES = ["blocks", "receipts", "seals"];

/** @typedef {{kind: string, height: number, part: number, cid: Uint8Array | null}} Name */

/** What a name says; throws UnreadableError (bundle.name). @param {string} name @returns {Name} */
export function checkName(name) {
  if (FIXED.includes(name) || name === MANIFEST) return { kind: name, height: 0, part: 0, cid: null };
  const part = PART.exec(name);
  if (part !== null && (part[1] === "seals") === (part[3] === "bin")) return { kind: part[1], height: Number(part[2]), part: 0, cid: null };
  const proof = PROOF.exec(name);
  if (proof !== null) return { kind: "proofs", height: Number(proof[1]), part: Number(proof[2]), cid: null };
  const cid = EVIDENCE.exec(name) && parseCid(name.slice("evidence/".length));
  if (cid) return { kind: "evidence", height: 0, part: 0, cid };
  throw new UnreadableError("bundle.name", "a name that no member has", JSON.stringify(name));
}

/** Lets members pass in the page's order only. */
export class Order {
  constructor() {
    this.stage = 0;
    this.last = "";
    /** Height at which the next part begins. */
    this.height = 0;
  }

  /** Throws UnreadableError (bundle.order). @param {string} name @param {Name} parsed */
  take(name, parsed) {
    if (!this.fits(name, parsed)) throw new UnreadableError("bundle.order", `a member out of order, after ${this.last || "nothing"}`, name);
    this.last = name;
  }

  /** @param {string} name @param {Name} parsed @returns {boolean} */
  fits(name, { kind, height }) {
    if (this.stage < FIXED.length) return name === FIXED[this.stage] && (this.stage++, true);
    const place = STAGES.indexOf(kind);
    if (this.stage < FIXED.length + STAGES.length) {
      const expected = this.stage - FIXED.length;
      if (place >= 0) {
        const isNext = place === expected && height === this.height;
        this.stage = FIXED.length + ((expected + 1) % STAGES.length);
        return isNext;
      }
      if (expected !== 0 || this.height === 0) return false;
      this.stage = FIXED.length + STAGES.length;
      this.last = "";
    }
    const later = ["proofs", "evidence", MANIFEST].indexOf(kind);
    if (later < 0 || this.last === MANIFEST) return false;
    const before = this.later(this.last);
    return later > before || (later === before && (this.last === "" || name > this.last));
  }

  /** @param {string} name @returns {number} */
  later(name) {
    return name === "" ? -1 : ["proofs", "evidence", MANIFEST].indexOf(checkName(name).kind);
  }
}
