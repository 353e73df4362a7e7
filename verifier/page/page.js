// The page of the receipt verifier: reads what is put in, shows the verdict. No storage, no network but a fetch asked for.
import { FormError, utf8 } from "../src/bytes.js";
import { readAddresses } from "../src/formats/address.js";
import { decodeAnchor } from "../src/formats/anchor.js";
import { judge } from "../src/receipt/verdict.js";

const MAX_RECEIPT = 1_048_576;
const FETCH_TIMEOUT_MS = 15_000;
/** @type {Record<string, string>} */
const CLASSES = { counted: "counted", replaced: "replaced", "not in the count": "missing", "cannot be checked": "unknown", refused: "unknown" };

/** @template {HTMLElement} T @param {string} id @returns {T} */
function element(id) {
  return /** @type {T} */ (document.getElementById(id));
}

/** @type {HTMLTextAreaElement} */
const anchorBox = element("anchor");
/** @type {HTMLTextAreaElement} */
const receiptBox = element("receipt");
/** @type {HTMLTextAreaElement} */
const witnessBox = element("witnesses");
let choice = "";

/** The anchor in the box; null if there is none. @returns {import("../src/formats/anchor.js").Anchor | null} */
function readAnchor() {
  const text = anchorBox.value.trim();
  return text === "" ? null : decodeAnchor(text);
}

/** The six words that can be compared by telephone. */
function showPhrase() {
  const line = element("phrase");
  line.hidden = true;
  try {
    const anchor = readAnchor();
    if (anchor === null) return;
    line.textContent = `Six words to compare with somebody: ${anchor.phrase}.`;
  } catch (error) {
    line.textContent = `This anchor cannot be read: ${/** @type {Error} */ (error).message}.`;
  }
  line.hidden = false;
}

/** Whether the witnesses in the box can be read, before it matters. */
function showWitnessProblem() {
  const line = element("witnesses-problem");
  line.hidden = true;
  try {
    readAddresses(witnessBox.value);
  } catch (error) {
    line.textContent = `These witnesses cannot be read: ${/** @type {Error} */ (error).message}.`;
    line.hidden = false;
  }
}

/** @param {string} title @param {string[]} sentences @param {string} style */
function show(title, sentences, style) {
  const verdict = element("verdict");
  verdict.className = style;
  verdict.hidden = false;
  element("title").textContent = title;
  const paragraphs = sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence }));
  element("sentences").replaceChildren(...paragraphs);
  element("choice").hidden = true;
  element("choice").textContent = "";
  element("show").hidden = choice === "";
}

/** What the reader typed, or null after saying that it cannot be read. @template T @param {string} what @param {() => T} read @returns {{value: T} | null} */
function reading(what, read) {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    show("Cannot be checked", [`Why: ${what} cannot be read: ${error.message}.`], CLASSES["cannot be checked"]);
    return null;
  }
}

function check() {
  choice = "";
  const anchor = reading("the anchor", readAnchor);
  const trusted = anchor && reading("a witness whom you trust", () => readAddresses(witnessBox.value));
  if (anchor && trusted) {
    const answer = judge(utf8(receiptBox.value.trim()), anchor.value, Math.floor(Date.now() / 1000), trusted.value);
    choice = answer.choice ?? "";
    show(answer.title, answer.sentences, CLASSES[answer.verdict]);
  }
  element("verdict").scrollIntoView({ block: "nearest" });
}

/** @param {File | undefined} file @param {HTMLTextAreaElement} box */
async function load(file, box) {
  if (file === undefined) return;
  if (file.size > MAX_RECEIPT) show("Cannot be checked", [`Why: a file of ${file.size} bytes is no receipt.`], CLASSES["cannot be checked"]);
  else box.value = await file.text();
  showPhrase();
}

/** @param {HTMLTextAreaElement} box @param {string} input */
function takeFiles(box, input) {
  /** @type {HTMLInputElement} */
  const chooser = element(input);
  chooser.addEventListener("change", () => load(chooser.files?.[0], box));
  const section = /** @type {HTMLElement} */ (box.parentElement);
  section.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("over");
  });
  section.addEventListener("dragleave", () => box.classList.remove("over"));
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    void load(event.dataTransfer?.files[0], box);
  });
}

/** A response's text, of bounded length. @param {string} address @returns {Promise<string>} */
async function download(address) {
  const options = { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) };
  const response = await fetch(address, /** @type {RequestInit} */ (options));
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length > MAX_RECEIPT) throw new Error("the answer is too long for a receipt");
  }
  return text;
}

async function fetchReceipt() {
  /** @type {HTMLInputElement} */
  const address = element("address");
  try {
    receiptBox.value = await download(address.value.trim());
    check();
  } catch (error) {
    choice = "";
    show("Cannot be checked", [`Why: the receipt could not be fetched: ${/** @type {Error} */ (error).message}.`], CLASSES["cannot be checked"]);
  }
}

/** What stands after # in the address: anchor=...&receipt=..., or a receipt alone. */
function readAddress() {
  const fragment = location.hash.slice(1);
  if (fragment === "") return;
  const given = new URLSearchParams(fragment);
  anchorBox.value = given.get("anchor") ?? anchorBox.value;
  try {
    receiptBox.value = given.get("receipt") ?? (given.has("anchor") ? receiptBox.value : decodeURIComponent(fragment));
  } catch {
    receiptBox.value = fragment;
  }
  showPhrase();
  if (anchorBox.value !== "" && receiptBox.value !== "") check();
}

element("check").addEventListener("click", check);
element("fetch").addEventListener("click", fetchReceipt);
element("show").addEventListener("click", () => {
  element("choice").textContent = `You chose: ${choice}.`;
  element("choice").hidden = false;
});
anchorBox.addEventListener("input", showPhrase);
witnessBox.addEventListener("input", showWitnessProblem);
if (witnessBox.value !== "") /** @type {HTMLDetailsElement} */ (element("more-witnesses")).open = true;
takeFiles(anchorBox, "anchor-file");
takeFiles(receiptBox, "receipt-file");
window.addEventListener("hashchange", readAddress);
readAddress();
