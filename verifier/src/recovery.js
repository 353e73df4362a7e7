// Recovery by libsecp256k1 as WebAssembly: five times the speed of the plain one. For Node; the page does without.
import { recover } from "tiny-secp256k1";

/** @type {import("./curves.js").Recovery} */
export function recoverFast(digest, signature, parity) {
  try {
    return recover(digest, signature, parity, false);
  } catch {
    return null;
  }
}
