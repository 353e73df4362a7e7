// Duties, self-authenticating entries and sealers. A block is judged by those after its parent: `settle` after each block.
import { big, hex, unhex } from "../bytes.js";
import { founded } from "../chain/genesis.js";
import { KIND, recoveryHash, sealersHash, solo } from "../formats/sealers.js";
import { EFFECTS, SYSTEM, slots } from "../formats/system.js";
import { sha256 } from "../hashes.js";

/**
 * @typedef {{mask: bigint, quota: bigint}} Duty
 * @typedef {{threshold: number, silence: number, keys: string[]}} Recovery
 */

const DUTY_EVENTS = ["Appointed", "Dismissed", "EntryListed", "NodeAdmitted", "NodeExcluded"];
const ENTRENCHED_EVENTS = ["EntryListed", "RecoverySet", "TrustPeriodSet", "DoubleSignSet"];
const ACT_EVENTS = ["SealerSet", "ValidatorSet", "Punished"];
const ADDRESS = (1n << 160n) - 1n;

export class Permissions {
  /** @param {import("../chain/genesis.js").Genesis} genesis */
  constructor(genesis) {
    /** @type {Map<string, Duty>} */
    this.duties = new Map();
    /** @type {Map<string, bigint>} by contract and selector: gas bound */
    this.entries = new Map();
    for (const [slot, value] of genesis.accounts.get(SYSTEM.Permissions)?.storage ?? []) this.found(slot, value);
    const sealer = founded(genesis, SYSTEM.Permissions, slots.sealer);
    this.kind = Number(sealer >> 160n);
    this.account = hex(big(sealer & ADDRESS, 20));
    /** @param {bigint} slot */
    const read = (slot) => founded(genesis, SYSTEM.Permissions, slot);
    /** @type {Map<string, bigint>} power by consensus address, whether they seal or not */
    this.validators = new Map();
    for (let i = 1n; i <= listLength(read(slots.validatorCount)); i++) {
      const address = read(slots.validatorCount + i) & ADDRESS;
      this.validators.set(hex(big(address, 20)), read(slots.validator(address) + 1n));
    }
    this.changed = read(slots.sealer + 2n);
    this.trustPeriod = read(slots.sealer + 4n);
    /** @type {Recovery | null} */
    this.recovery = foundedRecovery(read);
    this.parentDuties = new Map(this.duties);
    this.parentEntries = new Map(this.entries);
    this.parentSealers = this.sealers();
    this.parentKind = this.kind;
    this.parentRecovery = this.recovery;
  }

  /** A row of the founding's storage. @param {bigint} slot @param {bigint} value */
  found(slot, value) {
    if (slot >> 160n === 1n) {
      this.duties.set(hex(big(slot & ADDRESS, 20)), { mask: value >> 64n, quota: value & ((1n << 64n) - 1n) });
    } else if (slot >= slots.entries && slot < 2n * slots.entries) {
      this.entries.set(hex(big(slot - slots.entries, 24)), value);
    }
  }

  /** What counts for the next block is what stands now. */
  settle() {
    this.parentDuties = new Map(this.duties);
    this.parentEntries = new Map(this.entries);
    this.parentSealers = this.sealers();
    this.parentKind = this.kind;
    this.parentRecovery = this.recovery;
  }

  /** Who may seal after the newest block. @returns {import("../formats/sealers.js").Sealers} */
  sealers() {
    if (this.kind !== KIND.comet) return solo(this.account);
    return { kind: KIND.comet, members: [...this.validators].filter(([, power]) => power > 0n) };
  }

  /** The hash of those who may seal after the newest block. @returns {string} */
  sealersHash() {
    return hex(sealersHash(this.sealers()));
  }

  /** After the parent block. @param {string} account @param {bigint} mask @returns {boolean} */
  holds(account, mask) {
    return ((this.parentDuties.get(account)?.mask ?? 0n) & mask) !== 0n;
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  take(event, place) {
    const code = DUTY_EVENTS.includes(event.name) ? "permission.authority" : "sealer.authority";
    const isAct = place.isConsensusAct && place.transaction.to === SYSTEM.Permissions && ACT_EVENTS.includes(event.name);
    if (isAct || event.name === "Punished") place.findings.check(code, isAct, "a consensus act", event.name);
    else place.checkEffect(code, ENTRENCHED_EVENTS.includes(event.name) ? [EFFECTS.entrenched] : [EFFECTS.permission, EFFECTS.entrenched], event);
    const before = this.sealersHash();
    this.apply(event);
    if (this.sealersHash() !== before) this.changed = BigInt(place.height);
  }

  /** @param {import("./events.js").Event} event */
  apply(event) {
    if (event.name === "Appointed") this.duties.set(event.account, { mask: event.mask, quota: event.quota });
    else if (event.name === "Dismissed") this.duties.delete(event.account);
    else if (event.name === "EntryListed") this.list(event.account + event.selector.slice(2), event.bound);
    else if (event.name === "SealerSet") [this.kind, this.account] = [event.kind, event.account];
    else if (event.name === "ValidatorSet") this.validators.set(consensusAddress(event.key), event.power);
    else if (event.name === "Punished") this.validators.set(consensusAddress(event.key), 0n);
    else if (event.name === "TrustPeriodSet") this.trustPeriod = BigInt(event.period);
    else if (event.name === "RecoverySet") {
      this.recovery = event.threshold === 0 ? null : { threshold: event.threshold, silence: event.silence, keys: event.keys };
    }
  }

  /** @param {string} entry @param {bigint} bound */
  list(entry, bound) {
    if (bound === 0n) this.entries.delete(entry);
    else this.entries.set(entry, bound);
  }

  /** What the five slots from the sealer's on hold. @returns {[bigint, string][]} values and what they are */
  sealingWords() {
    const { recovery } = this;
    return [
      [(BigInt(this.kind) << 160n) | BigInt(this.account), "sealer"],
      [BigInt(this.sealersHash()), "sealers"],
      [this.changed, "change of sealers"],
      [recovery && BigInt(hex(recoveryHash(recovery.threshold, recovery.silence, recovery.keys))), "recovery"],
      [this.trustPeriod, "trust period"],
    ].map(([value, name]) => /** @type {[bigint, string]} */ ([value ?? 0n, name]));
  }
}

/** No list of Permissions is longer. @param {bigint} count @returns {bigint} */
function listLength(count) {
  return count < 1024n ? count : 1024n;
}

/** @param {(slot: bigint) => bigint} read @returns {Recovery | null} */
function foundedRecovery(read) {
  const [threshold, silence, count] = [0n, 1n, 2n].map((i) => read(slots.recoveryTerms + i));
  if (threshold === 0n) return null;
  const places = Array.from({ length: Number(listLength(count)) }, (_, i) => slots.recoveryTerms + 3n + BigInt(i));
  return { threshold: Number(threshold), silence: Number(silence), keys: places.map((slot) => hex(big(read(slot) & ADDRESS, 20))) };
}

/** @param {string} key Ed25519 @returns {string} */
function consensusAddress(key) {
  return hex(sha256(unhex(key)).subarray(0, 20));
}
