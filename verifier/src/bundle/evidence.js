// Evidence: blocks by their CID, and whether each document is whole (bundle.md, 6).
import { equal, hex } from "../bytes.js";
import { base32 } from "../formats/anchor.js";
import { UnreadableError } from "../findings.js";
import { STATUS, isCid, rawCid } from "../follow/documents.js";
import { sha256 } from "../hashes.js";

const MAX_BLOCK = 2_097_152;
const DAG_PB = 0x70;

/** @param {Uint8Array} cid @returns {string} */
export function cidText(cid) {
  return "b" + base32(cid);
}

/** A varint; null if cut off. @param {Uint8Array} bytes @param {number} at @returns {[number, number] | null} value and end */
function varint(bytes, at) {
  let value = 0;
  for (let i = 0; i < 7 && at + i < bytes.length; i++) {
    value += (bytes[at + i] & 0x7f) * 2 ** (7 * i);
    if (bytes[at + i] < 0x80) return [value, at + i + 1];
  }
  return null;
}

/** Length-delimited fields of a protobuf message; none if it is no such message. @param {Uint8Array} bytes @param {number} field @returns {Uint8Array[]} */
function fields(bytes, field) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at);
    const size = tag && varint(bytes, tag[1]);
    if (tag === null || size === null) return [];
    const isDelimited = (tag[0] & 7) === 2;
    const end = isDelimited ? size[1] + size[0] : size[1];
    if (end > bytes.length || (!isDelimited && (tag[0] & 7) !== 0)) return [];
    if (isDelimited && tag[0] >> 3 === field) found.push(bytes.subarray(size[1], end));
    at = end;
  }
  return found;
}

/** CIDs that a dag-pb block links to; a version 0 one as its version 1. @param {Uint8Array} block @returns {Uint8Array[]} */
function links(block) {
  return fields(block, 2).flatMap((link) => fields(link, 1).slice(0, 1)).map((cid) => (cid.length === 34 ? Uint8Array.of(1, DAG_PB, ...cid) : cid)).filter(isCid);
}

export class Evidence {
  /** @param {import("../findings.js").Findings} findings */
  constructor(findings) {
    this.findings = findings;
    /** @type {Map<string, string[]>} links by CID, both as hex */
    this.blocks = new Map();
  }

  /** @param {string} name @param {Uint8Array} cid @param {Uint8Array} content */
  take(name, cid, content) {
    if (content.length > MAX_BLOCK) throw new UnreadableError("bundle.limit", `${content.length} bytes, at most ${MAX_BLOCK}`, name);
    this.findings.at(null);
    const digest = sha256(content);
    this.findings.check("evidence.cid", equal(digest, cid.subarray(4)), hex(cid.subarray(4)), digest, name);
    this.blocks.set(hex(cid), cid[1] === DAG_PB ? links(content).map(hex) : []);
  }

  /** Documents available at the end, and the documents of questions. @param {import("../follow/ledger.js").Ledger} ledger @returns {Set<string>} */
  static roots(ledger) {
    const available = ledger.documents.anchored.filter((document) => document.status === STATUS.available);
    return new Set([...available.map((document) => hex(document.cid)), ...[...ledger.questions.byKey.values()].map((q) => hex(rawCid(q.text)))]);
  }

  /** The blocks under a root; null if one is not here. @param {string} root @returns {Set<string> | null} */
  under(root) {
    const seen = new Set([root]);
    for (const cid of seen) {
      const below = this.blocks.get(cid);
      if (below === undefined) return null;
      for (const link of below) seen.add(link);
    }
    return seen;
  }

  /** @param {Set<string>} roots @param {Set<string>} missing of the manifest, as hex */
  finish(roots, missing) {
    this.findings.at(null);
    const needed = new Set();
    for (const root of roots) {
      const whole = this.under(root);
      const isNamed = missing.has(root);
      this.findings.check("evidence.missing", (whole === null) === isNamed, isNamed ? "missing, as the manifest says" : "all its blocks", whole === null ? "not whole" : "whole", root);
      if (!isNamed) for (const cid of whole ?? []) needed.add(cid);
    }
    for (const cid of missing) this.findings.check("evidence.missing", roots.has(cid), "a document of the ledger", cid, cid);
    for (const cid of this.blocks.keys()) {
      const isNeeded = needed.has(cid);
      this.findings.check("evidence.surplus", isNeeded, "a block that a document needs", cid, cid);
    }
  }
}
