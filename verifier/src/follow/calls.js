// Arguments of the calls that a verifier reads (contracts.md).
import { decode, selector } from "../abi.js";
import { FormError } from "../bytes.js";
import { BUDGET_TYPE, OPTIONS_TYPE, PROPOSAL_TYPE } from "../formats/question.js";

/** @type {Record<string, string[]>} */
const TYPES = {
  open: [PROPOSAL_TYPE, OPTIONS_TYPE],
  open_by_seats: [PROPOSAL_TYPE, OPTIONS_TYPE, "(uint256,uint256,uint256)[]"],
  cast: ["uint256", "bytes"],
  vote: ["uint256", "uint256", "uint256", "uint256"],
  execute: ["uint256", "address", "bytes"],
  fill: ["bytes"],
  allocate: ["uint256", OPTIONS_TYPE, BUDGET_TYPE],
  allocate_all: ["uint256", OPTIONS_TYPE, BUDGET_TYPE],
  propose: ["uint256", OPTIONS_TYPE, BUDGET_TYPE, "(uint256,uint256,uint256[])"],
  introduce: ["bytes32", "uint8", "address"],
  install: ["bytes32", "address", "uint64"],
  appropriate: ["bytes32", "bytes32", "uint256", "bytes32"],
  set_status: ["uint256", "uint8", "bytes32", "string"],
};
const BY_SELECTOR = new Map(Object.entries(TYPES).map(([name, types]) => [selector(`${name}(${types.join(",")})`), { name, types }]));

/** @typedef {{name: string, arguments: any[]}} Call */

/** The call in calldata; null if it is none of these, or could not have been taken. @param {Uint8Array} data @param {string} selector_ @returns {Call | null} */
export function decodeCall(data, selector_) {
  const found = BY_SELECTOR.get(selector_);
  if (found === undefined) return null;
  try {
    return { name: found.name, arguments: decode(found.types, data.subarray(4)) };
  } catch (error) {
    if (error instanceof FormError) return null;
    throw error;
  }
}
