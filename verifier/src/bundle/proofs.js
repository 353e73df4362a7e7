// Proofs of what the chain holds at each close and at its end (bundle.md, 5).
import { FormError, compare, hex, unhex } from "../bytes.js";
import { Nodes } from "../chain/proof.js";
import { keccak } from "../hashes.js";
import { asBig, asBytes, asList, asNumber, decode } from "../rlp.js";

const RUN = 4096;

/** @typedef {{address: string, slot: bigint, value: bigint}} Proved */
/** @typedef {import("../follow/rows.js").Rows} Rows */

/** @param {Uint8Array} content @returns {{height: number, rows: Proved[], nodes: Uint8Array[]}} */
function readRun(content) {
  const [height, accounts, nodeItems] = asList(decode(content), 3, "a run");
  /** @type {Proved[]} */
  const rows = [];
  let before = "";
  for (const item of asList(accounts, undefined, "accounts")) {
    const [address, slots] = asList(item, 2, "an account");
    const account = hex(asBytes(address, 20, "an address"));
    if (account <= before) throw new FormError("accounts that do not ascend");
    before = account;
    if (asList(slots, undefined, "slots").length === 0) throw new FormError("an account without slots");
    for (const row of slots) {
      const [slot, value] = asList(row, 2, "a row").map((/** @type {any} */ n) => asBig(n));
      const last = rows[rows.length - 1];
      if (last?.address === account && slot <= last.slot) throw new FormError("slots that do not ascend");
      rows.push({ address: account, slot, value });
    }
  }
  const nodes = asList(nodeItems, undefined, "nodes").map((/** @type {any} */ node) => asBytes(node, undefined, "a node"));
  const hashes = nodes.map((/** @type {Uint8Array} */ node) => keccak(node));
  if (hashes.some((/** @type {Uint8Array} */ h, /** @type {number} */ i) => i > 0 && compare(hashes[i - 1], h) >= 0)) throw new FormError("nodes that do not ascend");
  return { height: asNumber(height, "height"), rows, nodes };
}

export class Proofs {
  /** @param {import("../findings.js").Findings} findings */
  constructor(findings) {
    this.findings = findings;
    /** @type {Map<number, {root: Uint8Array, rows: Rows, ordered: import("../follow/rows.js").Row[], next: number, values: Map<string, bigint>}>} */
    this.expected = new Map();
  }

  /** @param {number} height @param {Uint8Array} root @param {Rows} rows */
  expect(height, root, rows) {
    this.expected.set(height, { root, rows, ordered: rows.ordered(), next: 0, values: new Map() });
  }

  /** @param {string} name @param {number} height @param {number} part @param {Uint8Array} content */
  take(name, height, part, content) {
    const { findings } = this;
    findings.at(height);
    const expected = this.expected.get(height);
    let run;
    try {
      run = readRun(content);
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      findings.check("proof.form", false, "a canonical run", error.message, name);
      return;
    }
    findings.check("proof.form", run.height === height, height, run.height, name);
    if (!findings.check("proof.rows", expected !== undefined && part === expected.next, "a run of the page's rows", name, name) || expected === undefined) return;
    const wanted = expected.ordered.slice(part * RUN, (part + 1) * RUN);
    expected.next++;
    this.checkRows(wanted, run.rows, name);
    this.checkNodes(expected.root, run.rows, run.nodes, name);
    this.checkValues(wanted, run.rows, expected.values);
    if (expected.next * RUN >= expected.ordered.length) expected.rows.checkTallies(expected.values, findings);
  }

  /** @param {import("../follow/rows.js").Row[]} wanted @param {Proved[]} found @param {string} name */
  checkRows(wanted, found, name) {
    const of = (/** @type {{address: string, slot: bigint}[]} */ rows) => rows.map((row) => `${row.address}/${row.slot.toString(16)}`);
    const [left, right] = [of(wanted), of(found)];
    const strange = right.find((row) => !left.includes(row)) ?? "";
    const lacking = left.find((row) => !right.includes(row)) ?? "";
    this.findings.check("proof.rows", left.join() === right.join(), lacking || `${left.length} rows`, strange || `${right.length} rows`, name);
  }

  /** @param {Uint8Array} root @param {Proved[]} rows @param {Uint8Array[]} bytes @param {string} name */
  checkNodes(root, rows, bytes, name) {
    const nodes = new Nodes(bytes);
    try {
      /** @type {Map<string, Uint8Array>} */
      const storage = new Map();
      for (const { address, slot, value } of rows) {
        let storageRoot = storage.get(address);
        if (storageRoot === undefined) {
          const account = nodes.account(root, unhex(address));
          if (!this.findings.check("proof.node", account !== null, "an account", "none", address) || account === null) return;
          storage.set(address, (storageRoot = account.storageRoot));
        }
        this.findings.equal("proof.node", nodes.slot(storageRoot, slot), value, `${address}/${slot.toString(16)}`);
      }
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      this.findings.check("proof.node", false, "nodes that lead to each row", error.message, name);
      return;
    }
    const unused = nodes.unused();
    this.findings.check("proof.node", unused.length === 0, "no other nodes", unused[0] ?? "", name);
  }

  /** @param {import("../follow/rows.js").Row[]} wanted @param {Proved[]} found @param {Map<string, bigint>} values */
  checkValues(wanted, found, values) {
    for (const { address, slot, value } of found) values.set(`${address}/${slot}`, value);
    for (const row of wanted) {
      const value = values.get(`${row.address}/${row.slot}`);
      if (row.value !== null && value !== undefined) this.findings.equal(row.code, row.value, value, row.subject);
    }
  }

  /** After the last proof: what never came. */
  finish() {
    for (const [height, { ordered, next }] of this.expected) {
      this.findings.at(height);
      const runs = Math.ceil(ordered.length / RUN);
      this.findings.check("proof.rows", next === runs, `${runs} runs`, next, `proofs of block ${height}`);
    }
  }
}
