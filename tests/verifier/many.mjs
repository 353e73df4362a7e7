// Answers many questions in one process: one JSON object a line in, one out. For the tests.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Audit, EXIT } from "../../verifier/src/audit.js";
import { FormError } from "../../verifier/src/bytes.js";
import { useRecovery } from "../../verifier/src/curves.js";
import { decodeAnchor } from "../../verifier/src/formats/anchor.js";
import { judge } from "../../verifier/src/receipt/verdict.js";
import { recoverFast } from "../../verifier/src/recovery.js";
import { checkVectors } from "./vectors.mjs";

/** @type {Record<string, (question: any) => any>} */
const ANSWERS = {
  async audit({ bundle, anchor }) {
    const answer = await new Audit({ anchor: anchor ? decodeAnchor(anchor) : null }).run(createReadStream(bundle));
    return { ...answer, exit: EXIT[answer.verdict] };
  },
  receipt({ receipt, anchor, now }) {
    return judge(Buffer.from(receipt, "base64"), decodeAnchor(anchor), now);
  },
  vectors({ name, vectors }) {
    return checkVectors(name, vectors);
  },
  refuse({ anchor }) {
    try {
      return decodeAnchor(anchor);
    } catch (error) {
      if (error instanceof FormError) return { refused: error.message };
      throw error;
    }
  },
};

useRecovery(recoverFast);
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = await ANSWERS[question.ask](question);
  console.log(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}
