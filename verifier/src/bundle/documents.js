// The JSON members (bundle.md, 2).
import { FormError, unhex } from "../bytes.js";
import { UnreadableError } from "../findings.js";
import { identity } from "../formats/founding.js";
import { list, object, parseCanonical, whole } from "../json.js";
import { parseCid } from "../follow/documents.js";

const FORMAT = "ortaq bundle 1";

/** @typedef {{founding: string, chain_id: number, last: number, head: string}} Head */
/** @typedef {{members: {name: string, length: number, sha256: string}[], missing: string[]}} Manifest */

/** Runs a reader; what it refuses is unreadable. @template T @param {string} name @param {() => T} read @returns {T} */
function readable(name, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormError) throw new UnreadableError("bundle.json", error.message, name);
    throw error;
  }
}

/** @param {Uint8Array} content @returns {Head} */
export function readHead(content) {
  return readable("bundle.json", () => {
    const value = parseCanonical(content);
    if (value !== null && typeof value === "object" && typeof value.format === "string" && value.format !== FORMAT) {
      throw new UnreadableError("bundle.version", `${value.format}, expected ${FORMAT}`, "bundle.json");
    }
    object(value, ["chain_id", "format", "founding", "head", "last"], "bundle.json");
    if (value.format !== FORMAT) throw new FormError("format is no text");
    unhex(value.founding, 32);
    unhex(value.head, 32);
    whole(value.chain_id, "chain_id");
    whole(value.last, "last", 999_999_999_999);
    return value;
  });
}

/** @param {Uint8Array} founding text @param {Uint8Array} content of founding.json */
export function readIdentity(founding, content) {
  return readable("founding.json", () => {
    const found = identity(founding, parseCanonical(content));
    if (!found.isOrdered) throw new FormError("keys that do not ascend");
    return found;
  });
}

/** @param {Uint8Array} content @returns {Manifest} */
export function readManifest(content) {
  return readable("manifest.json", () => {
    const value = object(parseCanonical(content), ["members", "missing"], "the manifest");
    for (const row of list(value.members, "members")) {
      object(row, ["length", "name", "sha256"], "a member");
      if (typeof row.name !== "string") throw new FormError("a name that is no text");
      whole(row.length, "length");
      unhex(row.sha256, 32);
    }
    list(value.missing, "missing").forEach((cid, i, all) => {
      if (typeof cid !== "string" || parseCid(cid) === null) throw new FormError("missing names no CID");
      if (i > 0 && cid <= all[i - 1]) throw new FormError("missing does not ascend");
    });
    return value;
  });
}

