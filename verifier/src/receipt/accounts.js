// Account proofs of a receipt: every stated value is the trie's, no node is left over.
import { FormError, equal, unhex } from "../bytes.js";
import { Nodes } from "../chain/proof.js";

/** @param {boolean} holds @param {string} why @returns {asserts holds} */
export function require(holds, why) {
  if (!holds) throw new FormError(why);
}

/**
 * The values of exactly these slots of an account, proved against a state root; throws FormError.
 * @param {import("./document.js").AccountProof} proof
 * @param {string} address
 * @param {bigint[]} slots
 * @param {Uint8Array} stateRoot
 * @returns {bigint[]}
 */
export function provedSlots(proof, address, slots, stateRoot) {
  require(proof.address === address, `a proof of ${proof.address}, expected ${address}`);
  const nodes = new Nodes(proof.nodes);
  const account = nodes.account(stateRoot, unhex(address));
  require(account !== null, `no account ${address}`);
  const isStated = account.nonce === proof.nonce && account.balance === proof.balance && equal(account.codeHash, proof.codeHash);
  require(isStated && equal(account.storageRoot, proof.storageRoot), "an account that the proof does not lead to");
  require(nodes.unused().length === 0 && nodes.byHash.size === proof.nodes.length, "nodes that lead nowhere");
  require(proof.storage.length === slots.length, `${proof.storage.length} storage proofs, expected ${slots.length}`);
  return proof.storage.map(({ slot, value, nodes: storageNodes }, i) => {
    require(slot === slots[i], "a proof of another slot");
    const path = new Nodes(storageNodes);
    require(path.slot(account.storageRoot, slot) === value, "a value that the proof does not lead to");
    require(path.unused().length === 0 && path.byHash.size === storageNodes.length, "nodes that lead nowhere");
    return value;
  });
}
