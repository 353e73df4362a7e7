// A verdict in words that a voter understands. The choice is never among them.

/** @param {number} seconds @returns {string} UTC */
function moment(seconds) {
  return new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** @param {import("./verdict.js").Judged} judged @returns {{title: string, sentences: string[]}} */
export function sentences(judged) {
  if (judged.cause !== null) return uncheckable(judged);
  const seen = `Block ${judged.height} of ${moment(judged.time ?? 0)} shows it.`;
  const code = `Ballot code: ${judged.code}. Compare it with the one that you noted when you voted.`;
  const who = judged.witnesses > 0
    ? `Witnesses whom you trust have sealed that block, ${judged.height}, too: ${judged.vouched.join(", ")}.`
    : "No witness whom you trust has sealed that block: this is the chain that the ledger's own sealers signed.";
  return { title: title(judged), sentences: [...advice(judged), seen, code, who] };
}

/** @param {import("./verdict.js").Judged} judged @returns {string} */
function title({ verdict, isFinal, height }) {
  if (verdict === "counted") return isFinal ? "Counted, final" : `Counted, as of block ${height}`;
  return verdict === "replaced" ? "Replaced by a later ballot of yours" : "Not in the count";
}

/** @param {import("./verdict.js").Judged} judged @returns {string[]} */
function advice({ verdict, isFinal, closes }) {
  const end = moment(closes ?? 0);
  if (verdict === "counted") {
    return isFinal
      ? ["The vote is closed and your ballot is in the count as you cast it. Nothing can change it."]
      : [`Your ballot is in the count as you cast it. You can replace it until ${end}; take a new receipt after that.`];
  }
  if (verdict === "replaced") {
    return ["A later ballot, signed with your key, counts instead.", "If that was you, there is nothing to do. If not, somebody else has your key: tell the registrar now" + (isFinal ? "." : ", and vote again.")];
  }
  return [
    "Your seat's place holds an earlier ballot, none, or another choice.",
    isFinal
      ? "The vote is closed. If a relay gave you a promise, and the block that it names has passed, that promise is your evidence: take it to the returning officer and publish it. It does not say how you voted."
      : `What to do now: if you have just voted, wait a minute and take a new receipt. Else send the same ballot again before ${end}, through another relay or by yourself; it counts once, whoever carries it.`,
  ];
}

/** @param {import("./verdict.js").Judged} judged @returns {{title: string, sentences: string[]}} */
function uncheckable({ verdict, cause, reason }) {
  const advice = cause === "equivocation"
    ? "Somebody was shown another history of this ledger than you: do not rely on this receipt. Keep it, show it to your witnesses, and publish it without your ballot: its header, its seal and the witness's seal are the evidence."
    : "This is no accusation and no all-clear. Take the anchor from a second source, take a new receipt, and check again. If the reason names other sealers, ask for the newest anchor.";
  return { title: "Cannot be checked", sentences: [`Why: ${verdict === "refused" ? "this is no receipt: " : ""}${reason}.`, advice] };
}
