// The genesis file and the block that follows from it (formats.md, 3; bundle.md, 3).
import { FormError, hex, unhex, word } from "../bytes.js";
import { keccak } from "../hashes.js";
import { encode } from "../rlp.js";
import { BEACON_ROOTS, EMPTY_ROOT, decodeHeader, genesisHeader } from "./header.js";
import { trieRoot } from "./trie.js";

/**
 * @typedef {{nonce: bigint, balance: bigint, code: Uint8Array, storage: Map<bigint, bigint>}} GenesisAccount
 * @typedef {{chainId: number, header: import("./header.js").Header, headerBytes: Uint8Array, accounts: Map<string, GenesisAccount>,
 *   wrong: string[]}} Genesis wrong: what does not have the form asked for
 */

/** A JSON integer, or text: decimal, or hex after 0x. @param {any} value @param {string} name @returns {bigint} */
function integer(value, name) {
  if (Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === "string" && /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value)) return BigInt(value);
  throw new FormError(`genesis.json: ${name} is no number`);
}

/** @param {any} value @param {string} name @returns {Uint8Array} */
function bytes(value, name) {
  if (typeof value !== "string") throw new FormError(`genesis.json: ${name} is no hex`);
  return unhex(value.toLowerCase());
}

/** @param {any} value @param {string} name @returns {any} */
function record(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new FormError(`genesis.json: ${name} is no object`);
  return value;
}

/** @param {any} document @returns {Genesis} */
export function readGenesis(document) {
  record(document, "the file");
  const config = record(document.config, "config");
  /** @type {Map<string, GenesisAccount>} */
  const accounts = new Map();
  for (const [key, value] of Object.entries(record(document.alloc, "alloc"))) {
    const address = hex(unhex((key.startsWith("0x") ? key : "0x" + key).toLowerCase(), 20));
    if (accounts.has(address)) throw new FormError(`genesis.json: ${address} stands twice`);
    accounts.set(address, readAccount(record(value, address), address));
  }
  const extra = bytes(document.extraData ?? "0x", "extraData");
  if (extra.length > 32) throw new FormError("genesis.json: extraData of more than 32 bytes");
  const headerBytes = genesisHeader(stateRoot(accounts), integer(document.gasLimit, "gasLimit"), integer(document.timestamp, "timestamp"), extra);
  return {
    chainId: Number(integer(config.chainId, "chainId")),
    header: decodeHeader(headerBytes),
    headerBytes,
    accounts,
    wrong: [...wrongConfig(config), ...wrongFields(document, accounts)],
  };
}

/** @param {any} value @param {string} name @returns {GenesisAccount} */
function readAccount(value, name) {
  const storage = new Map();
  for (const [slot, held] of Object.entries(record(value.storage ?? {}, `storage of ${name}`))) {
    const number_ = integer(held, slot);
    if (number_ !== 0n) storage.set(integer(slot, `a slot of ${name}`), number_);
  }
  return {
    nonce: integer(value.nonce ?? 0, `nonce of ${name}`),
    balance: integer(value.balance ?? 0, `balance of ${name}`),
    code: bytes(value.code ?? "0x", `code of ${name}`),
    storage,
  };
}

/** @param {Map<string, GenesisAccount>} accounts @returns {Uint8Array} */
function stateRoot(accounts) {
  return trieRoot(
    [...accounts].map(([address, { nonce, balance, code, storage }]) => {
      const rows = [...storage].map(([slot, value]) => /** @type {[Uint8Array, Uint8Array]} */ ([keccak(word(slot)), encode(value)]));
      const root = rows.length ? trieRoot(rows) : EMPTY_ROOT;
      return [keccak(unhex(address)), encode([nonce, balance, root, keccak(code)])];
    }),
  );
}

/** Cancun from block 0, no later fork. @param {any} config @returns {string[]} */
function wrongConfig(config) {
  const wrong = [];
  for (const [name, value] of Object.entries(config)) {
    const isFork = name.endsWith("Block") || name.endsWith("Time");
    const isLater = name.endsWith("Time") && name !== "shanghaiTime" && name !== "cancunTime";
    if (isLater && value !== null) wrong.push(`the later fork ${name}`);
    else if (isFork && !isLater && value !== 0) wrong.push(`${name} ${value}`);
  }
  for (const name of ["shanghaiTime", "cancunTime", "terminalTotalDifficulty"]) if (config[name] !== 0) wrong.push(`${name} ${config[name]}`);
  if (config.blobSchedule?.cancun === undefined) wrong.push("no blob schedule of Cancun");
  return wrong;
}

/** @param {any} document @param {Map<string, GenesisAccount>} accounts @returns {string[]} */
function wrongFields(document, accounts) {
  const wrong = [];
  if (integer(document.difficulty ?? 0, "difficulty") !== 0n) wrong.push("a difficulty");
  if (integer(document.baseFeePerGas ?? 0, "baseFeePerGas") !== 0n) wrong.push("a base fee");
  if (bytes(document.extraData ?? "0x", "extraData").length !== 32) wrong.push("extra data that is no founding hash");
  const beacon = accounts.get(BEACON_ROOTS.address);
  if (beacon === undefined || hex(beacon.code) !== BEACON_ROOTS.code) wrong.push("no EIP-4788 contract");
  return wrong;
}

/** A storage word as founded. @param {Genesis} genesis @param {string} address @param {bigint} slot @returns {bigint} */
export function founded(genesis, address, slot) {
  return genesis.accounts.get(address)?.storage.get(slot) ?? 0n;
}
