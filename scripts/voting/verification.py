"""Judging a receipt by an anchor alone, wherever the receipt comes from."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape

from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import Address, Timestamp, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.code import BallotCodeError, normalise_code
from ledger.proofs.receipt import Receipt
from ledger.proofs.verdict import Standing, Verdict, check_receipt
from ledger.voting.choice import decode_choice
from scripts.running.ledgers import named_ledger
from scripts.terminal.addresses import read_address
from scripts.terminal.anchors import read_anchor_word
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE, Output
from scripts.voting.advice import advise
from scripts.voting.checking import ReportRequest
from scripts.voting.receipts import ReceiptRequest, load_receipt, take_receipt

EXITS = {
    Standing.COUNTED: EXIT_DONE,
    Standing.REPLACED: EXIT_DIFFERS,
    Standing.NOT_IN_THE_COUNT: EXIT_DIFFERS,
    Standing.CANNOT_BE_CHECKED: EXIT_CANNOT_CHECK,
}
ABSENT = ("unknown-ballot", "ballot-not-found")
NO_BALLOT = (
    "this ledger's node knows no accepted ballot with this code; that is its word and no proof: "
    "ortaq receipt make --ballot FILE proves it from your ballot's file"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a reader trusts. Shape: `now`: her time, None where she vouches for the age of the anchor herself."""

    anchor: Anchor | None
    witnesses: tuple[Address, ...] = ()
    now: Timestamp | None = None

    def judge(self, receipt: Receipt) -> Verdict:
        return check_receipt(receipt, self.anchor, now=self.now, trusted=self.witnesses)


@dataclass(frozen=True, slots=True)
class ReaderWords:
    """The same in the words of a command.

    Shape   `is_timeless`: an anchor is trusted however old it is, and a succession whatever its time.
    """

    anchor: str | None
    witnesses: Sequence[str] = ()
    is_timeless: bool = False

    def read(self) -> Reader:
        """Errors  AnchorError, AddressError."""
        now = None if self.is_timeless else Timestamp(int(time.time()))
        witnesses = tuple(read_address(word, "witness") for word in self.witnesses)
        return Reader(read_anchor_word(self.anchor), witnesses, now)


def verify_receipt_file(
    path: Path, reader: ReaderWords, show_choice: bool, output: Output, report: ReportRequest | None = None
) -> int:
    """Judge a receipt's file and print the verdict; exit code 0 counted, 1 replaced or not in the count, 3 unknown.

    Shape   `report`: also say to a server that it was checked; exit code 3 if a counted ballot could not be reported.
    Errors  ReceiptError for a file that is none, AnchorError, AddressError, ReportError.
    """
    receipt = load_receipt(path)
    return _report(receipt.code, receipt, reader.read().judge(receipt), show_choice, output, report)


def verify_code(
    text: str,
    ledger: str | None,
    reader: ReaderWords,
    show_choice: bool,
    output: Output,
    report: ReportRequest | None = None,
) -> int:
    """Take the receipt of a code from a LEDGER that is not trusted, and judge it here; exit codes as above.

    Errors  BallotCodeError, AnchorError, AddressError, NoLedgerNamedError; those of `take_receipt`.
    """
    code, trusting = normalise_code(text), reader.read()
    try:
        receipt = take_receipt(ReceiptRequest(code=code), named_ledger(ledger))
    except BadInputError as error:
        if error.type not in ABSENT:
            raise
        return _report(code, None, Verdict(Standing.CANNOT_BE_CHECKED, NO_BALLOT), show_choice, output)
    return _report(code, receipt, trusting.judge(receipt), show_choice, output, report)


def is_code(text: str) -> bool:
    """Whether a word is a ballot code and no file's name."""
    try:
        normalise_code(text)
    except BallotCodeError:
        return False
    return not Path(text).exists()


def _report(
    code: str,
    receipt: Receipt | None,
    verdict: Verdict,
    show_choice: bool,
    output: Output,
    report: ReportRequest | None = None,
) -> int:
    advice = advise(verdict, receipt)
    facts = _facts(code, receipt, verdict, advice)
    lines = [f"[bold]{verdict.standing.value}[/bold]: {escape(verdict.reason)}"]
    if receipt is not None and verdict.standing is not Standing.CANNOT_BE_CHECKED:
        lines.append(_vouched(verdict))
        lines.append(f"ballot {code}, vote {receipt.question.id}")
    lines += advice
    if show_choice and receipt is not None:
        facts["choice"] = _choice(receipt)
        lines.append(f"it says: {facts['choice']}")
    exit_code = EXITS[verdict.standing]
    if report is not None and receipt is not None:
        reported = report.send(receipt, verdict)
        facts |= reported.facts
        lines.append(reported.line)
        if exit_code == EXIT_DONE and not reported.is_kept:
            exit_code = EXIT_CANNOT_CHECK
    output.result(facts, *lines)
    return exit_code


def _facts(code: str, receipt: Receipt | None, verdict: Verdict, advice: list[str]) -> dict[str, Any]:
    return {
        "standing": verdict.standing.value,
        "final": verdict.is_final,
        "height": verdict.height,
        "reason": verdict.reason,
        "cause": verdict.cause,
        "witnesses": len(verdict.witnesses),
        "vouched": [{"witness": to_hex(witness), "height": verdict.height} for witness in verdict.witnesses],
        "code": code,
        "vote": receipt.question.id if receipt is not None else None,
        "advice": advice,
    }


def _vouched(verdict: Verdict) -> str:
    if verdict.witnesses:
        names = ", ".join(to_hex(witness) for witness in verdict.witnesses)
        return f"witnessed: {names} vouched for block {verdict.height}"
    return "in the chain that this server signed; no witness whom you trust has sealed it"


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
