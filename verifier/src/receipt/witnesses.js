// Who vouches for a receipt's block besides its sealers (formats.md, 8; verifier.md).
import { equal, hex } from "../bytes.js";
import { decodeSeal, sealSigner } from "../formats/seal.js";
import { KIND } from "../formats/sealers.js";
import { demand, judging } from "./causes.js";

/**
 * The trusted witnesses that sealed this very block, ascending. Seals of others say nothing: anybody can make a key.
 * @param {import("./document.js").Receipt} receipt
 * @param {import("../chain/header.js").Header} header
 * @param {string[]} trusted addresses
 * @returns {string[]}
 */
export function witnesses({ witnesses: seals, chainId }, header, trusted) {
  const found = new Set();
  for (const bytes of seals) {
    const seal = judging("witness", () => decodeSeal(bytes));
    demand("witness", seal.kind === KIND.witness && seal.height === header.height, `a seal of kind ${seal.kind} and height ${seal.height} among the witnesses`);
    const witness = sealSigner(seal, chainId);
    demand("witness", witness !== null, "a witness seal that no key could have made");
    if (!trusted.includes(witness)) continue;
    const both = `witness ${witness} vouched for block ${hex(seal.blockHash)} and the receipt's sealers for ${hex(header.hash)}`;
    demand("equivocation", equal(seal.blockHash, header.hash), `equivocation: at height ${header.height} ${both}; the receipt holds both seals: keep it as evidence`);
    found.add(witness);
  }
  return [...found].sort();
}
