// A block's header (bundle.md, 3).
import { FormError, big, equal, hex, unhex } from "../bytes.js";
import { keccak } from "../hashes.js";
import { asBig, asBytes, asList, asNumber, decode, encode } from "../rlp.js";

/**
 * @typedef {{hash: Uint8Array, parent: Uint8Array, stateRoot: Uint8Array, transactionsRoot: Uint8Array, receiptsRoot: Uint8Array,
 *   bloom: Uint8Array, height: number, feeRecipient: string, gasLimit: bigint, gasUsed: bigint, time: number, extra: Uint8Array, fixed: [string, boolean][]}} Header
 */

export const EMPTY_ROOT = keccak(Uint8Array.of(0x80));
const NO_UNCLES = keccak(Uint8Array.of(0xc0));
const FIELDS = 20;

/** @param {Uint8Array} bytes @returns {boolean} */
function isZero(bytes) {
  return bytes.every((byte) => byte === 0);
}

/** A header of its canonical RLP; throws FormError on any other. @param {Uint8Array} bytes @returns {Header} */
export function decodeHeader(bytes) {
  const f = asList(decode(bytes), FIELDS, "header");
  /** @type {(i: number, length: number, name: string) => Uint8Array} */
  const take = (i, length, name) => asBytes(f[i], length, name);
  const extra = asBytes(f[12], undefined, "extra data");
  if (extra.length > 32) throw new FormError(`extra data of ${extra.length} bytes`);
  const zeros = { difficulty: asBig(f[7]), "base fee": asBig(f[15]), "blob gas used": asBig(f[17], 8), "excess blob gas": asBig(f[18], 8) };
  return {
    hash: keccak(bytes),
    parent: take(0, 32, "parent hash"),
    stateRoot: take(3, 32, "state root"),
    transactionsRoot: take(4, 32, "transactions root"),
    receiptsRoot: take(5, 32, "receipts root"),
    bloom: take(6, 256, "bloom"),
    height: asNumber(f[8], "number"),
    feeRecipient: hex(take(2, 20, "fee recipient")),
    gasLimit: asBig(f[9], 8, "gas limit"),
    gasUsed: asBig(f[10], 8, "gas used"),
    time: asNumber(f[11], "timestamp"),
    extra,
    fixed: [
      ["uncles hash", equal(take(1, 32, "uncles hash"), NO_UNCLES)],
      ["previous randao", isZero(take(13, 32, "previous randao"))],
      ["nonce", isZero(take(14, 8, "nonce"))],
      ["withdrawals root", equal(take(16, 32, "withdrawals root"), EMPTY_ROOT)],
      ["parent beacon root", isZero(take(19, 32, "parent beacon root"))],
      ...Object.entries(zeros).map(([name, value]) => /** @type {[string, boolean]} */ ([name, value === 0n])),
    ],
  };
}

/** The header of block 0. @param {Uint8Array} stateRoot @param {bigint} gasLimit @param {bigint} time @param {Uint8Array} extra */
export function genesisHeader(stateRoot, gasLimit, time, extra) {
  const zero = (/** @type {number} */ length) => new Uint8Array(length);
  return encode([
    zero(32), NO_UNCLES, zero(20), stateRoot, EMPTY_ROOT, EMPTY_ROOT, zero(256), 0, 0, gasLimit, 0, time, extra, zero(32), zero(8),
    0, EMPTY_ROOT, 0, 0, zero(32),
  ]);
}

/** @param {string} text @returns {Header} */
export function decodeHeaderHex(text) {
  return decodeHeader(unhex(text));
}

/** The EIP-4788 contract: address and code. */
export const BEACON_ROOTS = {
  address: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  code: "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500",
};

/** A number as a key of the ordered tries. @param {number} index @returns {Uint8Array} */
export function indexKey(index) {
  return encode(index === 0 ? new Uint8Array() : big(index, Math.ceil(index.toString(16).length / 2)));
}
