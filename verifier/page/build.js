// Builds the page into one file: script and style inside, allowed by their hashes and by nothing else.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licences } from "./licences.js";

const MAX_BYTES = 250_000;
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {string} name @param {"script" | "style"} kind @returns {Promise<{text: string, inputs: string[]}>} text, and the files that it was made of */
async function bundle(name, kind) {
  const result = await build({
    entryPoints: [here(name)], bundle: true, minify: true, write: false, format: "iife", target: "es2022", charset: "ascii", legalComments: "none", metafile: true,
  });
  const text = result.outputFiles[0].text.trim();
  if (kind === "script" && /<\/script|<!--/i.test(text)) throw new Error("the script would end before its end");
  return { text, inputs: Object.keys(result.metafile.inputs) };
}

/** @param {string} text @returns {string} */
function sourceHash(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** @param {string} text @returns {string} */
function escapeHtml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const [script, style, template] = await Promise.all([bundle("page.js", "script"), bundle("style.css", "style"), readFile(here("template.html"), "utf8")]);
/** @type {Record<string, string>} */
const values = {
  script: script.text, style: style.text, "script-hash": sourceHash(script.text), "style-hash": sourceHash(style.text),
  licences: escapeHtml(await licences(script.inputs)),
};
const page = template.replace(/\{\{([a-z-]+)\}\}/g, (_, name) => values[name]);
const size = Buffer.byteLength(page);
if (size > MAX_BYTES) throw new Error(`${size} bytes, at most ${MAX_BYTES}`);
await writeFile(here("../receipt.html"), page);
console.log(`verifier/receipt.html: ${size} bytes`);
