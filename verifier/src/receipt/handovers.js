// From the sealers that the anchor names to those of the receipt's block (formats.md, 10).
import { big, equal, hex } from "../bytes.js";
import { decodeHeader } from "../chain/header.js";
import { decodeSeal, isOfBlock, refuseSeal, refuseSuccession } from "../formats/seal.js";
import { KIND, recoveryHash, sealersHash } from "../formats/sealers.js";
import { SYSTEM, ZERO_ADDRESS, slots } from "../formats/system.js";
import { provedSlots, require } from "./accounts.js";

/** @typedef {{sealers: Uint8Array, height: number, blockHash: Uint8Array}} Trusted the hash of the sealers in force, and the block after which they are */

/** A header that these sealers sealed. @param {import("./document.js").Sealed} sealed @param {number} chainId @returns {import("../chain/header.js").Header} */
export function sealedHeader({ header: bytes, seal: sealBytes, sealers }, chainId) {
  const header = decodeHeader(bytes);
  const seal = decodeSeal(sealBytes);
  require(isOfBlock(seal, header.height, header.hash), "a seal of another block");
  const refused = refuseSeal(seal, chainId, sealers);
  require(refused === null, `a seal that is not the sealers': ${refused}`);
  const isAct = header.feeRecipient === SYSTEM.Permissions && sealers.kind === KIND.comet;
  require(header.feeRecipient === ZERO_ADDRESS || isAct, "a block with a fee recipient");
  require(header.fixed.every(([, holds]) => holds), "a header that no block of a ledger has");
  return header;
}

/** @param {import("./document.js").Handover} handover @param {Trusted} trusted @param {number} chainId @returns {import("../chain/header.js").Header} */
function headerOf(handover, trusted, chainId) {
  const { succession } = handover;
  if (succession === null) return sealedHeader(handover, chainId);
  const header = decodeHeader(handover.header);
  const earlier = decodeHeader(succession.header);
  require(handover.sealers.kind === KIND.solo, "a succession of a network");
  if (!(earlier.height === trusted.height && equal(earlier.hash, trusted.blockHash))) {
    require(succession.seal !== null, "a succession after a block without a seal");
    sealedHeader({ header: succession.header, seal: succession.seal, sealers: handover.sealers }, chainId);
  }
  const terms = recoveryHash(succession.threshold, succession.silence, succession.keys);
  const [proved] = provedSlots(succession.permissions, SYSTEM.Permissions, [slots.sealer + 3n], earlier.stateRoot);
  require(equal(big(proved, 32), terms), "other recovery terms");
  const seal = decodeSeal(handover.seal);
  require(isOfBlock(seal, header.height, header.hash), "a seal of another block");
  const refused = refuseSuccession(seal, chainId, succession);
  require(refused === null, `a succession that does not hold: ${refused}`);
  require(header.height > earlier.height && header.time >= earlier.time + succession.silence, "a succession before the silence was over");
  require(header.feeRecipient === SYSTEM.Permissions, "a succession without its mark");
  return header;
}

/**
 * The sealers in force where a receipt's block was sealed; throws FormError.
 * @param {import("./document.js").Receipt} receipt
 * @param {import("../formats/anchor.js").Anchor} anchor
 * @param {number} height of the receipt's block
 * @returns {Uint8Array} their hash
 */
export function sealersAt({ handovers, chainId }, anchor, height) {
  /** @type {Trusted} */
  let trusted = { sealers: anchor.sealers, height: anchor.height, blockHash: anchor.blockHash };
  let before = -1;
  for (const handover of handovers) {
    const at = decodeHeader(handover.header).height;
    require(at > before && at < height, "handovers out of order");
    before = at;
    if (at <= anchor.height) continue;
    require(equal(sealersHash(handover.sealers), trusted.sealers), `a handover by others than the sealers in force (${hex(trusted.sealers)})`);
    const header = headerOf(handover, trusted, chainId);
    const [next] = provedSlots(handover.permissions, SYSTEM.Permissions, [slots.sealer + 1n], header.stateRoot);
    trusted = { sealers: big(next, 32), height: header.height, blockHash: header.hash };
  }
  return trusted.sealers;
}
