// A bundle from its first byte to its last, and what a verifier answers (bundle.md, 7 and 8).
import { FormError, equal, hex } from "./bytes.js";
import { Evidence } from "./bundle/evidence.js";
import { MANIFEST, Order, checkName } from "./bundle/names.js";
import { Parts } from "./bundle/parts.js";
import { Proofs } from "./bundle/proofs.js";
import { readHead, readIdentity, readManifest } from "./bundle/documents.js";
import { readMembers } from "./bundle/tar.js";
import { Chain } from "./chain.js";
import { readGenesis } from "./chain/genesis.js";
import { Findings, UnreadableError } from "./findings.js";
import { parseCid } from "./follow/documents.js";
import { Ledger } from "./follow/ledger.js";
import { Rows, addLastRows, rowsAtClose } from "./follow/rows.js";
import { sha256 } from "./hashes.js";
import { parse } from "./json.js";

const EXECUTION = "needs execution, which this verifier does not do";

/** @typedef {{anchor?: import("./formats/anchor.js").Anchor | null, since?: {height: number, hash: string} | null}} Options */

export class Audit {
  /** @param {Options} options */
  constructor({ anchor = null, since = null } = {}) {
    this.anchor = anchor;
    this.since = since;
    this.findings = new Findings();
    for (const code of ["header.state", "execution.receipts"]) this.findings.skip(code, EXECUTION);
    this.order = new Order();
    this.parts = new Parts();
    this.proofs = new Proofs(this.findings);
    this.evidence = new Evidence(this.findings);
    /** @type {{name: string, length: number, sha256: string}[]} */
    this.members = [];
    /** @type {Record<string, Uint8Array>} */
    this.fixed = {};
    /** @type {import("./bundle/documents.js").Head | null} */
    this.head = null;
    /** @type {Chain | null} null before genesis, and where it cannot be followed */
    this.chain = null;
    /** @type {import("./chain.js").Taken | null} */
    this.last = null;
    /** @type {Rows | null} of closes in the last block */
    this.lastRows = null;
    /** @type {string[]} */
    this.missing = [];
    this.isFollowed = true;
    this.hasEnded = false;
  }

  /** @param {AsyncIterable<Uint8Array>} chunks @returns {Promise<any>} the answer */
  async run(chunks) {
    try {
      for await (const { name, content } of readMembers(chunks)) this.take(name, content);
      if (this.order.last !== MANIFEST) throw new UnreadableError("bundle.container", "the archive ends before its manifest");
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.findings.at(null);
      this.findings.check(error.code, false, "a bundle as the page describes it", error.message, error.subject);
      return this.answer("unreadable");
    }
    const isAnchored = this.anchor !== null && this.last !== null && this.anchor.height <= this.last.height;
    return this.answer(this.findings.failed > 0 ? "fails" : isAnchored ? "holds" : "not anchored", isAnchored);
  }

  /** @param {string} name @param {Uint8Array} content */
  take(name, content) {
    const parsed = checkName(name);
    this.order.take(name, parsed);
    if (name === MANIFEST) {
      this.finish(content);
      return;
    }
    this.members.push({ name, length: content.length, sha256: hex(sha256(content)) });
    if (parsed.kind in { blocks: 1, receipts: 1, seals: 1 }) this.takePart(parsed.kind, name, content);
    else if (parsed.kind === "proofs") this.takeProof(name, parsed, content);
    else if (parsed.cid !== null) this.takeEvidence(name, parsed.cid, content);
    else this.takeFixed(name, content);
  }

  /** @param {string} name @param {Uint8Array} content */
  takeFixed(name, content) {
    this.fixed[name] = content.slice();
    if (name === "bundle.json") this.head = readHead(content);
    if (name === "founding.json") this.begin();
  }

  /** Genesis and founding. */
  begin() {
    const { findings, head } = this;
    findings.at(0);
    const document = this.fixed["genesis.json"];
    const { founding, chainId } = readIdentity(this.fixed["founding.toml"], this.fixed["founding.json"]);
    this.fixed = {};
    findings.equal("bundle.head", hex(founding), head?.founding, "founding");
    findings.equal("bundle.head", chainId, head?.chain_id, "chain_id");
    if (this.anchor) findings.check("anchor.founding", equal(founding, this.anchor.founding), founding, this.anchor.founding);
    try {
      const genesis = readGenesis(parse(document));
      findings.check("genesis.form", genesis.wrong.length === 0, "Cancun from block 0", genesis.wrong.join(", "));
      findings.check("genesis.founding", equal(founding, genesis.header.extra), founding, genesis.header.extra);
      findings.equal("genesis.founding", chainId, genesis.chainId);
      this.chain = new Chain(genesis, new Ledger(genesis, founding, findings), findings);
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      findings.check("genesis.form", false, "a genesis file as geth takes it", error.message);
      this.isFollowed = false;
    }
  }

  /** @param {string} kind @param {string} name @param {Uint8Array} content */
  takePart(kind, name, content) {
    for (const raw of this.parts.take(kind, name, content)) if (this.isFollowed) this.takeBlock(raw);
    this.order.height = this.parts.next;
  }

  /** @param {import("./bundle/parts.js").RawBlock} raw */
  takeBlock(raw) {
    const taken = this.chain?.take(raw) ?? null;
    if (taken === null || this.chain === null) {
      this.isFollowed = false;
      return;
    }
    this.last = taken;
    this.lastRows = taken.closed.length > 0 ? rowsAtClose(this.chain.ledger, taken.closed) : null;
    if (this.lastRows !== null) this.proofs.expect(taken.height, taken.header.stateRoot, this.lastRows);
    this.checkPoints(taken);
  }

  /** The anchor, and the head of an earlier audit. @param {import("./chain.js").Taken} taken */
  checkPoints({ height, hash, sealers }) {
    const { findings, anchor, since } = this;
    findings.at(height);
    if (anchor !== null && anchor.height === height) {
      findings.equal("anchor.block", hex(anchor.blockHash), hash);
      findings.equal("anchor.sealers", hex(anchor.sealers), sealers);
    }
    if (since !== null && since.height === height) findings.equal("history.rewritten", since.hash, hash);
  }

  /** After the last block: what is proved of it. */
  endChain() {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const newest = this.parts.next - 1;
    if (newest !== this.head?.last) throw new UnreadableError("bundle.rlp", `the parts end with block ${newest}, bundle.json says ${this.head?.last}`);
    if (this.parts.isUnsealed) throw new UnreadableError("bundle.rlp", `block ${newest} without a seal`);
    if (!this.isFollowed || this.last === null || this.chain === null) return;
    const { findings, head, last } = this;
    findings.at(last.height);
    findings.equal("bundle.head", last.hash, head?.head, "head");
    if (this.since !== null && this.since.height > last.height) findings.check("history.rewritten", false, `block ${this.since.height}`, `${last.height} blocks`);
    this.chain.ledger.journal.finish(findings);
    const rows = this.lastRows ?? new Rows();
    addLastRows(this.chain.ledger, rows);
    this.proofs.expect(last.height, last.header.stateRoot, rows);
  }

  /** @param {string} name @param {import("./bundle/names.js").Name} parsed @param {Uint8Array} content */
  takeProof(name, { height, part }, content) {
    this.endChain();
    if (this.isFollowed) this.proofs.take(name, height, part, content);
  }

  /** @param {string} name @param {Uint8Array} cid @param {Uint8Array} content */
  takeEvidence(name, cid, content) {
    this.endChain();
    this.evidence.take(name, cid, content);
  }

  /** @param {Uint8Array} content of the manifest */
  finish(content) {
    const { findings } = this;
    this.endChain();
    const manifest = readManifest(content);
    this.missing = manifest.missing;
    findings.at(null);
    const count = Math.max(manifest.members.length, this.members.length);
    for (let i = 0; i < count; i++) {
      const [said, is] = [manifest.members[i], this.members[i]];
      const holds = said !== undefined && is !== undefined && said.name === is.name && said.length === is.length && said.sha256 === is.sha256;
      findings.check("manifest.members", holds, said, is, (is ?? said)?.name);
    }
    if (!this.isFollowed || this.chain === null) return;
    this.proofs.finish();
    this.evidence.finish(Evidence.roots(this.chain.ledger), new Set(this.missing.map((cid) => hex(parseCid(cid) ?? new Uint8Array()))));
  }

  /** @param {string} verdict @param {boolean} [isAnchored] @returns {any} */
  answer(verdict, isAnchored = false) {
    const { founding = null, chain_id = null, last = null, head = null } = this.head ?? {};
    const { checks, notChecked, findings } = this.findings;
    return {
      format: "ortaq audit 1", founding, chain_id, last, head, anchored: isAnchored, independent: false, executor: null, verdict,
      checks, not_checked: notChecked, findings: ordered(findings), missing: this.missing,
    };
  }
}

/** In the order of the chain, what belongs to no block behind. @param {import("./findings.js").Finding[]} findings */
function ordered(findings) {
  const at = (/** @type {number | null} */ n) => n ?? Infinity;
  return [...findings].sort((a, b) => at(a.block) - at(b.block) || at(a.transaction) - at(b.transaction) || 0);
}

/** Exit codes of the page. @type {Record<string, number>} */
export const EXIT = { holds: 0, fails: 1, unreadable: 2, "not anchored": 3 };
