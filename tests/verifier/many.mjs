// Answers many questions in one process: one JSON object a line in, one out. For the tests.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Audit, EXIT } from "../../verifier/src/audit.js";
import { FormError } from "../../verifier/src/bytes.js";
import { useRecovery } from "../../verifier/src/curves.js";
import { decodeAnchor } from "../../verifier/src/formats/anchor.js";
import { judge } from "../../verifier/src/receipt/verdict.js";
import { recoverFast } from "../../verifier/src/recovery.js";
import { certified } from "../../verifier/src/voting/equal_shares.js";
import { budgetOf, greedy, optionsOf } from "../../verifier/src/voting/greedy.js";
import { checkVectors } from "./vectors.mjs";

/** @type {Record<string, (question: any) => any>} */
const ANSWERS = {
  async audit({ bundle, anchor }) {
    const answer = await new Audit({ anchor: anchor ? decodeAnchor(anchor) : null }).run(createReadStream(bundle));
    return { ...answer, exit: EXIT[answer.verdict] };
  },
  receipt({ receipt, anchor, now, trusted }) {
    return judge(Buffer.from(receipt, "base64"), anchor ? decodeAnchor(anchor) : null, now, trusted);
  },
  vectors({ name, vectors }) {
    return checkVectors(name, vectors);
  },
  greedy({ costs, counts, budget }) {
    return greedy(optionsOf(costs.map((cost) => ["0x", BigInt(cost), "0x"])), counts.map(BigInt), readBudget(budget));
  },
  shares({ costs, groups, budget, step, split, lines }) {
    const options = optionsOf(costs.map((cost) => ["0x", BigInt(cost), "0x"]));
    const sets = groups.map(([mask, voters]) => ({ options: new Set([...costs.keys()].filter((i) => (BigInt(mask) >> BigInt(i)) & 1n)), voters: BigInt(voters) }));
    const votes = costs.map((_, i) => sets.reduce((sum, set) => (set.options.has(i) ? sum + set.voters : sum), 0n));
    const turnout = sets.reduce((sum, set) => sum + set.voters, 0n);
    try {
      return certified({ options, votes, budget: readBudget(budget), groups: sets, turnout }, { step: BigInt(step), split, lines: lines.map(BigInt) });
    } catch (error) {
      return { refused: error.message };
    }
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

function readBudget([rule, fund, amount, threshold, ties, exclusive, step]) {
  return budgetOf([rule, fund, BigInt(amount), BigInt(threshold), ties, exclusive.map(BigInt), BigInt(step)]);
}

useRecovery(recoverFast);
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = await ANSWERS[question.ask](question);
  console.log(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}
