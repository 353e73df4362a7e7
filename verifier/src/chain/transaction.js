// Transactions: EIP-2718 types 2 and 1, and legacy ones with EIP-155 (formats.md, 7).
import { FormError, concat, hex, word } from "../bytes.js";
import { signer } from "../curves.js";
import { keccak } from "../hashes.js";
import { asBig, asBytes, asList, decode, encode } from "../rlp.js";

/**
 * @typedef {{type: number, bytes: Uint8Array, sender: string, nonce: bigint, gas: bigint, to: string | null, value: bigint,
 *   data: Uint8Array, selector: string}} Transaction
 */

export const MAX_BYTES = 131_072;
const MAX_GAS = 1n << 24n;

/** Names of the fields, signature last. @type {Record<number, string[]>} */
const FIELDS = {
  0: ["nonce", "price", "gas", "to", "value", "data", "v", "r", "s"],
  1: ["chain", "nonce", "price", "gas", "to", "value", "data", "access", "v", "r", "s"],
  2: ["chain", "nonce", "tip", "price", "gas", "to", "value", "data", "access", "v", "r", "s"],
};

/** A transaction of its EIP-2718 bytes; throws FormError. @param {Uint8Array} bytes @param {number} chainId @returns {Transaction} */
export function decodeTransaction(bytes, chainId) {
  if (bytes.length > MAX_BYTES) throw new FormError(`${bytes.length} bytes, at most ${MAX_BYTES}`);
  const type = bytes[0] >= 0xc0 ? 0 : bytes[0];
  if (type > 2 || bytes.length < 2) throw new FormError(`type ${type}`);
  const names = FIELDS[type];
  const items = asList(decode(type === 0 ? bytes : bytes.subarray(1)), names.length, "transaction");
  const f = Object.fromEntries(names.map((name, i) => [name, items[i]]));
  const to = asBytes(f.to, undefined, "to");
  if (to.length !== 0 && to.length !== 20) throw new FormError(`an address of ${to.length} bytes`);
  if (type > 0) checkAccessList(f.access);
  const gas = asBig(f.gas, 8, "gas");
  if (gas > MAX_GAS) throw new FormError(`gas limit ${gas}, at most ${MAX_GAS}`);
  if (asBig(f.price) < (type === 2 ? asBig(f.tip) : 0n)) throw new FormError("the tip exceeds the fee");
  const data = asBytes(f.data, undefined, "data");
  return {
    type, bytes, gas, data,
    sender: sender(type, items, f, chainId),
    nonce: asBig(f.nonce, 8, "nonce"),
    to: to.length ? hex(to) : null,
    value: asBig(f.value),
    selector: data.length >= 4 ? hex(data.subarray(0, 4)) : "",
  };
}

/** @param {any} list */
function checkAccessList(list) {
  for (const row of asList(list, undefined, "access list")) {
    const [address, keys] = asList(row, 2, "a row of the access list");
    asBytes(address, 20);
    for (const key of asList(keys)) asBytes(key, 32);
  }
}

/** @param {number} type @param {any[]} items @param {Record<string, any>} f @param {number} chainId @returns {string} */
function sender(type, items, f, chainId) {
  const unsigned = items.slice(0, -3);
  let parity = Number(asBig(f.v, 8, "v"));
  let message;
  if (type === 0) {
    parity -= 35 + 2 * chainId;
    message = encode([...unsigned, chainId, 0, 0]);
  } else {
    if (asBig(f.chain) !== BigInt(chainId)) throw new FormError(`chain id ${asBig(f.chain)}, expected ${chainId}`);
    message = concat(Uint8Array.of(type), encode(unsigned));
  }
  if (parity !== 0 && parity !== 1) throw new FormError(`v ${asBig(f.v)} is not of chain ${chainId}`);
  const address = signer(keccak(message), concat(word(asBig(f.r)), word(asBig(f.s))), parity);
  if (address === null) throw new FormError("a signature that is not canonical or leads to no key");
  return hex(address);
}
