// What the command prints.

/** @param {any} answer @param {boolean} isJson */
export function printAudit(answer, isJson) {
  if (isJson) {
    console.log(JSON.stringify(answer));
    return;
  }
  console.log(`ledger ${answer.chain_id}, blocks 0 to ${answer.last}, head ${answer.head}\n`);
  for (const [code, { checked, failed }] of Object.entries(answer.checks).sort()) {
    console.log(`  ${failed > 0 ? "FAILS" : "holds"}  ${code.padEnd(24)} ${String(checked).padStart(9)} checked${failed > 0 ? `, ${failed} failed` : ""}`);
  }
  for (const [code, why] of Object.entries(answer.not_checked)) console.log(`  not checked  ${code}: ${why}`);
  for (const finding of answer.findings) console.log(`\n${describe(finding)}`);
  if (answer.missing.length > 0) console.log(`\n${answer.missing.length} documents are missing from the bundle: ${answer.missing.join(", ")}`);
  console.log(`\n${SENTENCES[answer.verdict]}`);
}

/** @type {Record<string, string>} */
const SENTENCES = {
  holds: "Everything that was checked holds, and the anchor is of this ledger.",
  fails: "The bundle does not hold.",
  unreadable: "This is no readable bundle.",
  "not anchored": "What was checked holds, but without an anchor nothing says that this is the ledger meant.",
};

/** @param {import("./findings.js").Finding} finding @returns {string} */
function describe({ code, block, transaction, expected, found, subject }) {
  const place = [block === null ? "" : `block ${block}`, transaction === null ? "" : `transaction ${transaction}`, subject ?? ""];
  return `${code}  ${place.filter(Boolean).join(", ")}\n  expected ${expected}\n  found    ${found}`;
}

/** @param {import("./receipt/verdict.js").Answer} answer @param {boolean} isJson @param {boolean} withChoice */
export function printReceipt({ choice, ...answer }, isJson, withChoice) {
  const shown = withChoice ? { ...answer, choice } : answer;
  if (isJson) console.log(JSON.stringify(shown));
  else console.log([answer.title, ...answer.sentences, ...(withChoice && choice ? [`Choice: ${choice}`] : [])].join("\n"));
}
