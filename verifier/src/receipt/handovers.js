// From the sealers that the anchor names to those of the receipt's block (formats.md, 10).
import { big, equal, hex } from "../bytes.js";
import { decodeHeader } from "../chain/header.js";
import { decodeSeal, isOfBlock, refuseSeal, refuseSuccession } from "../formats/seal.js";
import { KIND, recoveryHash, sealersHash } from "../formats/sealers.js";
import { SYSTEM, ZERO_ADDRESS, slots } from "../formats/system.js";
import { provedSlots, require } from "./accounts.js";
import { demand, judging } from "./causes.js";

/** @typedef {{sealers: Uint8Array, height: number, blockHash: Uint8Array}} Trusted the hash of the sealers in force, and the block after which they are */

/** How far a reader's clock may be behind a block's time, in seconds. */
const AHEAD_S = 15;

/** A header as every block of a ledger has it. @param {Uint8Array} bytes @returns {import("../chain/header.js").Header} */
export function ledgerHeader(bytes) {
  const header = decodeHeader(bytes);
  require(header.fixed.every(([, holds]) => holds), "a header that no block of a ledger has");
  return header;
}

/** A header that these sealers sealed. @param {import("./document.js").Sealed} sealed @param {number} chainId @returns {import("../chain/header.js").Header} */
function sealedHeader(sealed, chainId) {
  const header = ledgerHeader(sealed.header);
  requireSeal(header, sealed, chainId);
  return header;
}

/** These sealers sealed the header. @param {import("../chain/header.js").Header} header @param {{seal: Uint8Array, sealers: import("./document.js").Sealers}} by @param {number} chainId */
export function requireSeal(header, { seal: sealBytes, sealers }, chainId) {
  const seal = decodeSeal(sealBytes);
  require(isOfBlock(seal, header.height, header.hash), "a seal of another block");
  const refused = refuseSeal(seal, chainId, sealers);
  require(refused === null, `a seal that is not the sealers': ${refused}`);
  const isAct = header.feeRecipient === SYSTEM.Permissions && sealers.kind === KIND.comet;
  require(header.feeRecipient === ZERO_ADDRESS || isAct, "a block with a fee recipient");
}

/** @param {import("./document.js").Handover} handover @param {Trusted} trusted @param {number} chainId @param {number | null} now @returns {import("../chain/header.js").Header} */
function headerOf(handover, trusted, chainId, now) {
  const { succession } = handover;
  if (succession === null) return sealedHeader(handover, chainId);
  const header = ledgerHeader(handover.header);
  const earlier = ledgerHeader(succession.header);
  require(now === null || header.time <= now + AHEAD_S, "a succession of a time to come");
  require(handover.sealers.kind === KIND.solo, "a succession of a network");
  require(earlier.height >= trusted.height && earlier.height < header.height, "recovery terms of another time");
  if (!equal(earlier.hash, trusted.blockHash)) {
    require(succession.seal !== null && earlier.height > trusted.height, "a succession after a block that the sealers do not vouch for");
    sealedHeader({ header: succession.header, seal: succession.seal, sealers: handover.sealers }, chainId);
  }
  const terms = recoveryHash(succession.threshold, succession.silence, succession.keys);
  const [proved] = provedSlots(succession.permissions, SYSTEM.Permissions, [slots.sealer + 3n], earlier.stateRoot);
  require(equal(big(proved, 32), terms), "other recovery terms");
  const seal = decodeSeal(handover.seal);
  require(isOfBlock(seal, header.height, header.hash), "a seal of another block");
  const refused = refuseSuccession(seal, chainId, succession);
  require(refused === null, `a succession that does not hold: ${refused}`);
  require(header.time >= earlier.time + succession.silence, "a succession before the silence was over");
  require(header.feeRecipient === SYSTEM.Permissions, "a succession without its mark");
  return header;
}

/**
 * The sealers in force where a receipt's block was sealed; throws UncheckableError.
 * @param {import("./document.js").Receipt} receipt
 * @param {import("../formats/anchor.js").Anchor} anchor
 * @param {number} height of the receipt's block
 * @param {number | null} now the reader's time
 * @returns {Uint8Array} their hash
 */
export function sealersAt(receipt, anchor, height, now) {
  const trusted = judging("handover", () => follow(receipt, anchor, now));
  demand("handover", height > trusted.height, `a block not after the handover at ${trusted.height}`);
  return trusted.sealers;
}

/** @param {import("./document.js").Receipt} receipt @param {import("../formats/anchor.js").Anchor} anchor @param {number | null} now @returns {Trusted} */
function follow({ handovers, chainId }, anchor, now) {
  /** @type {Trusted} */
  let trusted = { sealers: anchor.sealers, height: anchor.height, blockHash: anchor.blockHash };
  let before = -1;
  for (const handover of handovers) {
    const at = ledgerHeader(handover.header).height;
    require(at > before, "handovers out of order");
    before = at;
    if (at <= anchor.height) continue;
    require(equal(sealersHash(handover.sealers), trusted.sealers), `a handover by others than the sealers in force (${hex(trusted.sealers)})`);
    const header = headerOf(handover, trusted, chainId, now);
    const [next] = provedSlots(handover.permissions, SYSTEM.Permissions, [slots.sealer + 1n], header.stateRoot);
    trusted = { sealers: big(next, 32), height: header.height, blockHash: header.hash };
  }
  return trusted;
}
