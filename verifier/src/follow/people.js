// Shares that never move, and the seats of the roll.
import { hex, unhex } from "../bytes.js";
import { ZERO_ADDRESS } from "../formats/system.js";

const KEY = 20;

export class Membership {
  constructor() {
    /** @type {Map<bigint, string>} owner by id, of the shares that stand */
    this.owners = new Map();
    this.issued = 0n;
  }

  /** How many stand. @returns {number} */
  get active() {
    return this.owners.size;
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place */
  take({ sender, receiver, id }, place) {
    const isIssue = sender === ZERO_ADDRESS && receiver !== ZERO_ADDRESS && id === this.issued + 1n;
    const isEnd = receiver === ZERO_ADDRESS && sender !== ZERO_ADDRESS && this.owners.get(id) === sender;
    place.findings.check("share.moved", isIssue || isEnd, "issued once from 1 on, or ended once", `share ${id} from ${sender} to ${receiver}`, id);
    if (isIssue) {
      this.owners.set(id, receiver);
      this.issued = id;
    } else this.owners.delete(id);
  }
}

export class Roll {
  constructor() {
    /** @type {{since: number, key: string}[]} by seat; a key that was not followed is empty */
    this.seats = [];
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {Membership} membership */
  take(event, place, membership) {
    if (event.name === "Renewed") this.seats[Number(event.seat)] = { since: Number(event.since), key: event.key };
    else this.fill(event, place, membership);
  }

  /** @param {import("./events.js").Event} event @param {import("./place.js").Place} place @param {Membership} membership */
  fill(event, place, membership) {
    const { findings, time } = place;
    const keys = place.call(event.address, "fill")?.arguments[0];
    const count = Number(event.count);
    if (keys === undefined) findings.skip("roll.count", "seats were filled by another contract: their keys are not in calldata");
    else findings.check("roll.count", keys.length === KEY * count, `${count} keys`, `${keys.length} bytes`);
    findings.check("roll.count", event.first === BigInt(this.seats.length), this.seats.length, event.first);
    for (let i = 0; i < count; i++) {
      const key = keys === undefined ? "" : hex(keys.subarray(KEY * i, KEY * (i + 1)));
      if (key === ZERO_ADDRESS) findings.check("roll.count", false, "a key", key, this.seats.length);
      this.seats.push({ since: time, key });
    }
    findings.check("roll.count", this.seats.length <= membership.active, `at most ${membership.active}`, this.seats.length);
  }

  /** Whether a seat may vote on a question. @param {number} seat @param {number} record @returns {boolean} */
  isEligible(seat, record) {
    const entry = this.seats[seat];
    return entry !== undefined && entry.key !== ZERO_ADDRESS && entry.since <= record;
  }

  /** @param {number} seat @returns {Uint8Array | null} null if not followed */
  key(seat) {
    return this.seats[seat]?.key ? unhex(this.seats[seat].key) : null;
  }
}
