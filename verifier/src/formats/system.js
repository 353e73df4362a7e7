// System contracts (formats.md, 2) and what the slots of the records mean (formats.md, 6; bundle.md, 4).
import { big, concat, hex, unhex, word } from "../bytes.js";
import { keccak } from "../hashes.js";

/** Numbers of the names as founded. @type {Record<string, number>} */
export const NUMBERS = {
  Directory: 0x01,
  Constitution: 0x02,
  Permissions: 0x03,
  Membership: 0x04,
  Roll: 0x05,
  Evidence: 0x06,
  Journal: 0x07,
  Ballots: 0x11,
  Allocation: 0x12,
  EqualShares: 0x13,
  Treasury: 0x14,
  LongBallots: 0x15,
};

/** @param {number} n @returns {string} */
function systemAddress(n) {
  return "0x6f72746171" + "00".repeat(14) + hex(big(n, 1)).slice(2);
}

/** Address by name, as founded. @type {Record<string, string>} */
export const SYSTEM = Object.fromEntries(Object.entries(NUMBERS).map(([name, n]) => [name, systemAddress(n)]));

export const DUTIES = { registrar: 1n, relay: 2n, returningOfficer: 4n, treasurer: 8n, deployer: 16n };
export const EFFECTS = { referendum: 0, parameter: 1, entrenched: 2, budget: 3, permission: 4 };
export const PARAMETERS = ["roll.minimum", "opening.signatures", "equal_shares.challenge"];
export const ZERO_ADDRESS = "0x" + "00".repeat(20);
export const ZERO_WORD = "0x" + "00".repeat(32);

/** A name as bytes32: ASCII, zeros behind. @param {string} name @returns {string} */
export function nameWord(name) {
  return hex(Uint8Array.from(name, (c) => c.charCodeAt(0))).padEnd(66, "0");
}

/** The text of a bytes32 name. @param {string} value @returns {string} */
export function wordName(value) {
  return String.fromCharCode(...unhex(value).filter((byte) => byte !== 0));
}

/** The slot of `m[key]` in a mapping at a slot. @param {bigint | number} slot @param {bigint | number | Uint8Array} key @returns {bigint} */
export function mapSlot(slot, key) {
  return BigInt(hex(keccak(concat(word(slot), word(key)))));
}

/** Contract (20 bytes) and number (12 bytes): an authority, or the key of an account. @param {string} contract @param {bigint} n */
export function numbered(contract, n) {
  return contract + n.toString(16).padStart(24, "0");
}

export const slots = {
  /** @param {string} account */
  version: (account) => (1n << 64n) + BigInt(account),
  sealer: 1n << 64n,
  recoveryTerms: (1n << 64n) + 6n,
  validatorCount: (1n << 64n) + 42n,
  /** The key of a validator by its consensus address; its power follows. @param {bigint} address */
  validator: (address) => mapSlot((1n << 64n) + 243n, address),
  duties: 1n << 160n,
  entries: 1n << 192n,
  /** @param {bigint} id */
  questionHash: (id) => (1n << 64n) + id,
  /** @param {bigint} id */
  questionWord: (id) => (1n << 65n) + id,
  /** @param {bigint} id @param {number} i */
  tally: (id, i) => (1n << 66n) + 128n * id + BigInt(i),
  /** @param {bigint} id */
  outcome: (id) => mapSlot(1n << 97n, id),
  /** @param {bigint} seat */
  rollEntry: (seat) => (1n << 64n) + seat,
};
