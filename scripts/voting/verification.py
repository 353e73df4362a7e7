"""Judging a receipt's file by an anchor alone: nothing here knows a node, a network or a ledger's directory."""

import time
from pathlib import Path
from typing import Any

from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import Timestamp
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt
from ledger.proofs.verdict import Standing, Verdict, check_receipt
from ledger.voting.choice import decode_choice
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE, Output

EXITS = {
    Standing.COUNTED: EXIT_DONE,
    Standing.REPLACED: EXIT_DIFFERS,
    Standing.NOT_IN_THE_COUNT: EXIT_DIFFERS,
    Standing.CANNOT_BE_CHECKED: EXIT_CANNOT_CHECK,
}
MAX_ANCHOR_BYTES = 64 * 1024


def verify_receipt_file(
    path: Path, anchor: str | None, show_choice: bool, output: Output, *, is_timeless: bool = False
) -> int:
    """Judge a receipt and print the verdict; the exit code is 0 counted, 1 replaced or not in the count, 3 unknown.

    Shape   `is_timeless`: an anchor is trusted however old it is, and a succession whatever its time.
    Errors  ReceiptError for a file that is none, AnchorError.
    """
    receipt = decode_receipt(path.read_bytes())
    now = None if is_timeless else Timestamp(int(time.time()))
    verdict = check_receipt(receipt, read_anchor_word(anchor), now=now)
    facts = _facts(receipt, verdict)
    lines = [f"[bold]{verdict.standing.value}[/bold]: {verdict.reason}"]
    if verdict.standing is not Standing.CANNOT_BE_CHECKED:
        lines.append(_vouched(verdict))
        lines.append(f"ballot {receipt.code}, vote {receipt.question.id}")
    if show_choice:
        facts["choice"] = _choice(receipt)
        lines.append(f"it says: {facts['choice']}")
    output.result(facts, *lines)
    return EXITS[verdict.standing]


def read_anchor_word(text: str | None) -> Anchor | None:
    """An anchor from its text or from a file that holds it; None without one. Errors: AnchorError."""
    if not text:
        return None
    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:
        # A name too long for a file is the anchor itself.
        is_file = False
    return decode_anchor(path.read_bytes()[:MAX_ANCHOR_BYTES].decode("ascii", "replace") if is_file else text)


def _facts(receipt: Receipt, verdict: Verdict) -> dict[str, Any]:
    return {
        "standing": verdict.standing.value,
        "final": verdict.is_final,
        "height": verdict.height,
        "reason": verdict.reason,
        "witnesses": verdict.witnesses,
        "code": receipt.code,
        "vote": receipt.question.id,
    }


def _vouched(verdict: Verdict) -> str:
    if verdict.witnesses:
        return f"witnessed by {verdict.witnesses} of those that the anchor names"
    return "in the chain that this server signed; no witness has sealed it"


def _choice(receipt: Receipt) -> str:
    """What the ballot says, by numbers of options. Errors: CannotCheckError for a choice that the form forbids."""
    try:
        choice = decode_choice(receipt.question.form, receipt.ballot.ballot.choice)
    except BadInputError as error:
        raise CannotCheckError(f"choice: {error.detail}") from error
    if choice.points:
        pairs = zip(choice.options, choice.points, strict=True)
        return ", ".join(f"option {option}: {points} points" for option, points in pairs)
    return ", ".join(f"option {option}" for option in choice.options) or "blank"
