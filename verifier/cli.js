#!/usr/bin/env node
// The command: checks a bundle, or a receipt, against an anchor.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { FormError } from "./src/bytes.js";
import { Audit, EXIT } from "./src/audit.js";
import { useRecovery } from "./src/curves.js";
import { readAddresses } from "./src/formats/address.js";
import { decodeAnchor } from "./src/formats/anchor.js";
import { recoverFast } from "./src/recovery.js";
import { printAudit, printReceipt } from "./src/terminal.js";
import { VERDICT_EXIT, judge } from "./src/receipt/verdict.js";

const USAGE = `Usage: node verifier/cli.js BUNDLE [--anchor ANCHOR] [--since HEIGHT:HASH] [--json]
       node verifier/cli.js receipt RECEIPT [--anchor ANCHOR] [--trust-witness 0xADDRESS] [--no-clock] [--choice] [--json]

ANCHOR is a file, or the anchor's text (ortaq1...).
Exit codes: 0 holds or counted, 1 findings, replaced or not in the count, 2 unreadable, refused or wrong arguments, 3 cannot be checked.`;
const MAX_RECEIPT = 1_048_576;

/** Arguments that are wrong. */
class UsageError extends Error {}

/** @param {string[]} list @returns {{words: string[], options: Record<string, string | boolean>}} */
function parseArguments(list) {
  const words = [];
  /** @type {Record<string, string | boolean>} */
  const options = {};
  for (let i = 0; i < list.length; i++) {
    const name = list[i].slice(2);
    if (!list[i].startsWith("--")) words.push(list[i]);
    else if (["json", "choice", "no-clock", "help"].includes(name)) options[name] = true;
    else if (["anchor", "since", "trust-witness"].includes(name) && i + 1 < list.length) options[name] = list[++i];
    else throw new UsageError(`unknown option ${list[i]}`);
  }
  return { words, options };
}

/** @param {string | boolean | undefined} given @returns {import("./src/formats/anchor.js").Anchor | null} */
function readAnchor(given) {
  if (typeof given !== "string") return null;
  try {
    return decodeAnchor(existsSync(given) ? readFileSync(given, "utf8") : given);
  } catch (error) {
    if (error instanceof FormError) throw new UsageError(`the anchor cannot be read: ${error.message}`);
    throw error;
  }
}

/** Addresses with commas between them. @param {string | boolean | undefined} given @returns {string[]} */
function readWitnesses(given) {
  if (typeof given !== "string") return [];
  try {
    return readAddresses(given);
  } catch (error) {
    if (error instanceof FormError) throw new UsageError(`--trust-witness: ${error.message}; takes 0xADDRESS, more with commas between them`);
    throw error;
  }
}

/** @param {string | boolean | undefined} given @returns {{height: number, hash: string} | null} */
function readSince(given) {
  if (typeof given !== "string") return null;
  const match = /^([0-9]{1,12}):(0x[0-9a-f]{64})$/.exec(given);
  if (match === null) throw new UsageError("--since takes HEIGHT:0xHASH");
  return { height: Number(match[1]), hash: match[2] };
}

/** @param {string[]} list @returns {Promise<number>} exit code */
async function main(list) {
  const { words, options } = parseArguments(list);
  const isReceipt = words[0] === "receipt";
  const file = words[isReceipt ? 1 : 0];
  if (options.help || file === undefined || words.length !== (isReceipt ? 2 : 1)) throw new UsageError(USAGE);
  const anchor = readAnchor(options.anchor);
  useRecovery(recoverFast);
  if (isReceipt) {
    const answer = judge(readReceiptFile(file), anchor, options["no-clock"] ? null : Math.floor(Date.now() / 1000), readWitnesses(options["trust-witness"]));
    printReceipt(answer, options.json === true, options.choice === true);
    return VERDICT_EXIT[answer.verdict];
  }
  const answer = await new Audit({ anchor, since: readSince(options.since) }).run(createReadStream(file, { highWaterMark: 1 << 20 }));
  printAudit(answer, options.json === true);
  return EXIT[answer.verdict];
}

/** @param {string} file @returns {Uint8Array} */
function readReceiptFile(file) {
  const bytes = readFileSync(file);
  if (bytes.length > MAX_RECEIPT) throw new FormError(`a receipt of ${bytes.length} bytes`);
  return bytes;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof FormError || /** @type {any} */ (error).code?.startsWith?.("E");
  if (!isExpected) throw error;
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 2;
}
