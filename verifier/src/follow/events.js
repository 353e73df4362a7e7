// The logs that count, by contract name (contracts.md).
import { decode, splitTypes } from "../abi.js";
import { FormError, hex, utf8 } from "../bytes.js";
import { keccak } from "../hashes.js";
import { typeOf } from "../abi.js";

const TERMS = "(uint40,uint40,uint40,uint16,uint16,uint16,uint16,bool)";

/** @type {Record<string, string[]>} indexed arguments first are marked with * */
const DECLARED = {
  Directory: ["Installed(*bytes32 label,*address account,uint256 version,address replaced,uint64 until,uint256 question)"],
  Constitution: ["ParameterSet(*bytes32 label,uint256 old,uint256 value,uint256 question)", `TermsSet(*uint8 kind,${TERMS} terms,uint256 question)`],
  Permissions: [
    "Appointed(*address account,uint256 mask,uint64 quota,uint256 question)",
    "Dismissed(*address account,uint256 question)",
    "EntryListed(*address account,*bytes4 selector,uint64 bound,uint256 question)",
    "SealerSet(uint8 kind,*address account,uint256 question)",
    "ValidatorSet(*bytes32 key,uint64 power,*bytes32 organisation,string endpoint,uint256 question)",
    "RecoverySet(uint8 threshold,uint40 silence,address[] keys,uint256 question)",
    "TrustPeriodSet(uint40 period,uint256 question)",
    "DoubleSignSet(uint8 consequence,uint256 question)",
    "Punished(*bytes32 key,uint256 height)",
    "NodeAdmitted(*bytes20 node,uint256 question)",
    "NodeExcluded(*bytes20 node,uint256 question)",
  ],
  Membership: ["Transfer(*address sender,*address receiver,*uint256 id)"],
  Roll: ["Filled(*uint256 first,uint256 count)", "Renewed(*uint256 seat,address key,uint256 since)"],
  Evidence: [
    "Anchored(*uint256 id,*address author,*bytes32 subject,bytes32 purpose,bytes cid)",
    "StatusSet(*uint256 id,uint8 status,bytes32 authority,string reason)",
  ],
  Journal: [
    "Entry(*uint256 number,*bytes32 authority,*uint256 evidence,bytes32 currency,bytes32 purpose,uint256 reverses,uint256 lines,uint256 time)",
    "Line(*uint256 entry,*bytes32 account,*uint8 kind,bytes32 key,bytes32 currency,int256 amount,int256 balance)",
  ],
  Ballots: [
    "Opened(*uint256 id,bytes32 hash,bytes32 text,uint8 effectKind,uint40 opens,uint40 closes)",
    "Cast(*uint256 id,uint256[] accepted)",
    "Closed(*uint256 id,uint256 turnout,bool passed)",
    "Executed(*uint256 id,address target)",
  ],
  Allocation: ["Allocated(*uint256 id,uint256 selected,uint256 spent)"],
  EqualShares: [
    "Proposed(*uint256 id,*bytes32 program,uint256 step)",
    "Stands(*uint256 id,*bytes32 program,uint256 step,uint256 selected,uint256 spent,uint256 finalFrom)",
    "Finalised(*uint256 id,uint256 selected,uint256 spent)",
  ],
  Treasury: [
    "Received(*bytes32 fund,*bytes32 source,*uint256 evidence,uint256 amount,address treasurer)",
    "Decided(*bytes32 authority,*bytes32 fund,uint256 amount)",
    "Appropriated(*uint256 appropriation,*bytes32 authority,*bytes32 payee,bytes32 fund,bytes32 label,uint256 amount)",
    "Released(*uint256 appropriation,*bytes32 authority,uint256 amount)",
    "Ordered(*uint256 payment,*uint256 appropriation,*bytes32 payee,uint256 amount,bytes32 purpose,uint256 evidence,address treasurer)",
    "Changed(*uint256 payment,*uint8 state,*uint256 evidence,address treasurer)",
  ],
};

/** @typedef {{contract: string, address: string, name: string, [argument: string]: any}} Event */
/** @typedef {{name: string, arguments: {name: string, type: string, isIndexed: boolean}[]}} Declared */

/** @param {string} source @returns {[string, Declared]} topic and declaration */
function parseDeclared(source) {
  const open = source.indexOf("(");
  const name = source.slice(0, open);
  const rows = splitTypes(source.slice(open + 1, -1)).map((argument) => {
    const space = argument.lastIndexOf(" ");
    const type = argument.slice(0, space);
    return { name: argument.slice(space + 1), type: type.replace("*", ""), isIndexed: type.startsWith("*") };
  });
  const signature = `${name}(${rows.map((row) => row.type).join(",")})`;
  return [hex(keccak(utf8(signature))), { name, arguments: rows }];
}

/** @type {Record<string, Map<string, Declared>>} */
const BY_TOPIC = Object.fromEntries(Object.entries(DECLARED).map(([contract, list]) => [contract, new Map(list.map(parseDeclared))]));

/**
 * A log of a known contract; null if it is none of those that count. Throws FormError where the contract could not have written it.
 * @param {string} contract its name
 * @param {import("../chain/receipt.js").Log} log
 * @returns {Event | null}
 */
export function decodeEvent(contract, log) {
  const declared = log.topics.length > 0 ? BY_TOPIC[contract]?.get(hex(log.topics[0])) : undefined;
  if (declared === undefined) return null;
  const indexed = declared.arguments.filter((a) => a.isIndexed);
  if (log.topics.length !== indexed.length + 1) throw new FormError(`${declared.name} with ${log.topics.length} topics`);
  const rest = declared.arguments.filter((a) => !a.isIndexed);
  const values = decode(rest.map((a) => a.type), log.data);
  /** @type {Event} */
  const event = { contract, address: log.address, name: declared.name };
  indexed.forEach((a, i) => (event[a.name] = readWord(a.type, log.topics[i + 1])));
  rest.forEach((a, i) => (event[a.name] = values[i]));
  return event;
}

/** @param {string} type @param {Uint8Array} word @returns {any} */
function readWord(type, word) {
  const known = typeOf(type);
  if (known.kind !== "static") throw new Error(`${type} is not indexed as a value`);
  return known.read(word);
}
