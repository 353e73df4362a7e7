// Reads accounts and slots from trie nodes that were given, noting which were used.
import { FormError, equal, hex, word } from "../bytes.js";
import { keccak } from "../hashes.js";
import { asBig, asBytes, asList, decode, encode } from "../rlp.js";
import { EMPTY_ROOT } from "./header.js";
import { expandPath, nibbles, startsWith } from "./trie.js";

/** A trie node that is missing, or is none. */
export class ProofError extends FormError {}

/** @typedef {{nonce: bigint, balance: bigint, storageRoot: Uint8Array, codeHash: Uint8Array}} Account */

/** Nodes by their hash. */
export class Nodes {
  /** @param {Uint8Array[]} nodes RLP */
  constructor(nodes) {
    /** @type {Map<string, {bytes: Uint8Array, item: any, isUsed: boolean}>} */
    this.byHash = new Map(nodes.map((bytes) => [hex(keccak(bytes)), { bytes, item: null, isUsed: false }]));
  }

  /** @param {Uint8Array} hash @returns {any} */
  node(hash) {
    const found = this.byHash.get(hex(hash));
    if (found === undefined) throw new ProofError(`node ${hex(hash)} is missing`);
    found.isUsed = true;
    return (found.item ??= decode(found.bytes));
  }

  /** @returns {string[]} hashes of nodes that nothing led to */
  unused() {
    return [...this.byHash].filter(([, node]) => !node.isUsed).map(([hash]) => hash);
  }

  /** The value under a key; null if there is none. @param {Uint8Array} root @param {Uint8Array} key @returns {Uint8Array | null} */
  value(root, key) {
    const whole = nibbles(key);
    if (equal(root, EMPTY_ROOT)) {
      if (this.byHash.has(hex(root))) this.node(root);
      return null;
    }
    let node = this.node(root);
    for (let at = 0; ; ) {
      /** @type {any} */
      let next;
      if (Array.isArray(node) && node.length === 17) {
        if (at === whole.length) return someBytes(node[16]);
        next = node[whole[at++]];
      } else {
        const [key_, content] = asList(node, 2, "a trie node");
        const step = expandPath(asBytes(key_, undefined, "a trie path"));
        if (step === null) throw new ProofError("a trie path that is not canonical");
        if (step.isLeaf) return equal(step.path, whole.subarray(at)) ? someBytes(content) : null;
        if (!startsWith(whole.subarray(at), step.path)) return null;
        at += step.path.length;
        next = content;
      }
      node = this.child(next);
      if (node === null) return null;
    }
  }

  /** @param {any} reference @returns {any} */
  child(reference) {
    if (Array.isArray(reference)) {
      if (encode(reference).length >= 32) throw new ProofError("a long node inside its parent");
      return reference;
    }
    if (reference.length === 0) return null;
    if (reference.length !== 32) throw new ProofError(`a reference of ${reference.length} bytes`);
    return this.node(reference);
  }

  /** @param {Uint8Array} stateRoot @param {Uint8Array} address @returns {Account | null} */
  account(stateRoot, address) {
    const value = this.value(stateRoot, keccak(address));
    if (value === null) return null;
    const [nonce, balance, storageRoot, codeHash] = asList(decode(value), 4, "an account");
    return { nonce: asBig(nonce), balance: asBig(balance), storageRoot: asBytes(storageRoot, 32), codeHash: asBytes(codeHash, 32) };
  }

  /** @param {Uint8Array} storageRoot @param {bigint} slot @returns {bigint} */
  slot(storageRoot, slot) {
    const value = this.value(storageRoot, keccak(word(slot)));
    return value === null ? 0n : asBig(decode(value));
  }
}

/** @param {any} value @returns {Uint8Array | null} */
function someBytes(value) {
  const bytes = asBytes(value, undefined, "a trie value");
  return bytes.length === 0 ? null : bytes;
}
