// Notices of the packages that stand in the page, which their licences ask for.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const PACKAGE = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const OWN = "This page is a part of ortaq, under the Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0).";
/** Licences that may be named in place of being repeated, if it is said where the source is. @type {Record<string, string>} */
const NAMED = { "MPL-2.0": "https://mozilla.org/MPL/2.0/" };

/** @param {string} name @param {string} file @returns {Promise<string>} */
function read(name, file) {
  return readFile(fileURLToPath(new URL(`../node_modules/${name}/${file}`, import.meta.url)), "utf8");
}

/** @param {string} name @returns {Promise<{title: string, terms: string}>} */
async function notice(name) {
  const { version, license, repository } = JSON.parse(await read(name, "package.json"));
  const source = String(repository?.url ?? repository ?? "").replace(/^git\+/, "").replace(/\.git$/, "");
  const title = `${name} ${version} (${license})`;
  if (!(license in NAMED)) return { title, terms: (await read(name, "LICENSE")).trim() };
  if (!source) throw new Error(`${name}: no address of its source`);
  return { title, terms: `Under the terms of ${license}, ${NAMED[license]}. Its source, unchanged here, is had from ${source} or as ${name} ${version} from the npm registry.` };
}

/**
 * What is said of them: packages with the same terms together.
 * @param {string[]} inputs files that the page was made of
 * @returns {Promise<string>}
 */
export async function licences(inputs) {
  const names = new Set(inputs.map((file) => PACKAGE.exec(file)?.[1]).filter((name) => name !== undefined));
  if (names.size === 0) throw new Error("no package stands in the page, which cannot be");
  const notices = await Promise.all([...names].sort().map(notice));
  const terms = [...new Set(notices.map((one) => one.terms))];
  const titles = (/** @type {string} */ text) => notices.filter((one) => one.terms === text).map((one) => one.title).join("\n");
  return [OWN, ...terms.map((text) => `${titles(text)}\n\n${text}`)].join("\n\n\n");
}
