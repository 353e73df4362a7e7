// Which contracts are the ledger's: those of the founding, and those that ballots installed.
import { founded } from "../chain/genesis.js";
import { EFFECTS, NUMBERS, SYSTEM, slots, wordName } from "../formats/system.js";

export class Directory {
  /** @param {import("../chain/genesis.js").Genesis} genesis */
  constructor(genesis) {
    /** @type {Map<string, {name: string, slot: bigint}>} slot: what its version slot holds */
    this.contracts = new Map();
    for (const [name, address] of Object.entries(SYSTEM)) {
      this.contracts.set(address, { name, slot: founded(genesis, SYSTEM.Directory, slots.version(address)) });
    }
  }

  /** @param {string} address @returns {string | undefined} */
  nameOf(address) {
    return this.contracts.get(address)?.name;
  }

  /** @param {string} name @returns {string[]} versions, the oldest first */
  versionsOf(name) {
    return [...this.contracts].filter(([, contract]) => contract.name === name).map(([address]) => address);
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  take(event, place) {
    place.checkEffect("permission.authority", [EFFECTS.entrenched], event);
    const name = wordName(event.label);
    if (!(name in NUMBERS)) return;
    const replaced = this.contracts.get(event.replaced);
    if (replaced !== undefined) replaced.slot = ((replaced.slot >> 64n) << 64n) | event.until;
    const slot = (BigInt(NUMBERS[name]) << 192n) | (event.version << 128n) | (BigInt(place.time) << 64n);
    this.contracts.set(event.account, { name, slot });
  }
}
