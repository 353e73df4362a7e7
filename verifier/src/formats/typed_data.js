// EIP-712: the domain of a Ballots contract, and what is signed in it (formats.md, 5; contracts.md, Ballots and Roll).
import { concat, unhex, utf8, word } from "../bytes.js";
import { keccak } from "../hashes.js";

const DOMAIN = keccak(utf8("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"));
const BALLOT = keccak(utf8("Ballot(bytes32 question,uint32 seat,uint16 sequence,bytes choice)"));
const OPENING = keccak(utf8("Opening(bytes32 proposal,uint32 seat)"));
const NAME = keccak(utf8("ortaq"));
const VERSION = keccak(utf8("1"));
const PREFIX = Uint8Array.of(0x19, 0x01);

/** @param {number} chainId @param {string} contract @returns {Uint8Array} */
export function domain(chainId, contract) {
  return keccak(concat(DOMAIN, NAME, VERSION, word(chainId), word(unhex(contract, 20))));
}

/** @param {Uint8Array} separator @param {...Uint8Array} parts @returns {Uint8Array} */
function digest(separator, ...parts) {
  return keccak(concat(PREFIX, separator, keccak(concat(...parts))));
}

/**
 * @param {Uint8Array} separator
 * @param {Uint8Array} question
 * @param {number} seat
 * @param {number} sequence
 * @param {Uint8Array} choice
 * @returns {Uint8Array}
 */
export function ballotDigest(separator, question, seat, sequence, choice) {
  return digest(separator, BALLOT, question, word(seat), word(sequence), keccak(choice));
}

/** @param {Uint8Array} separator @param {Uint8Array} proposal @param {number} seat @returns {Uint8Array} */
export function openingDigest(separator, proposal, seat) {
  return digest(separator, OPENING, proposal, word(seat));
}
