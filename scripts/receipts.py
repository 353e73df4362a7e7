"""Receipt files: made from a ledger's directory, and judged by an anchor alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import BadInputError, CannotCheckError
from ledger.ports import ChainReader
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.proofs.making import BallotNotFoundError, ReceiptMaker, find_seat_ballot, read_ballot
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.verdict import Standing, Verdict, check_receipt
from ledger.views.ballot_index import find_by_code
from ledger.views.questions import load_question
from ledger.voting.choice import decode_choice
from node.files import write_durably
from scripts.ballotfile import load_ballot_file
from scripts.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE, Output
from scripts.ledgers import ledger_directory, open_ledger

EXITS = {
    Standing.COUNTED: EXIT_DONE,
    Standing.REPLACED: EXIT_DIFFERS,
    Standing.NOT_IN_THE_COUNT: EXIT_DIFFERS,
    Standing.CANNOT_BE_CHECKED: EXIT_CANNOT_CHECK,
}
MAX_ANCHOR_BYTES = 64 * 1024


class AmbiguousBallotError(BadInputError):
    """A request for a receipt that names no single ballot."""

    type = "ambiguous-ballot"


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """Which ballot: by its code, by seat and question, or by its file, which also proves that it does not count."""

    code: str | None = None
    seat: int | None = None
    question: int | None = None
    ballot: Path | None = None


def make_receipt_file(request: ReceiptRequest, out: Path | None, ledger: str | None, output: Output) -> None:
    """Write a receipt. Errors: AmbiguousBallotError, BallotNotFoundError, BallotCodeError, NoSealedBlockError."""
    path = ledger_directory(ledger, "receipt make (no API gives proofs yet)")
    with open_ledger(path) as opened:
        receipt = find_receipt(opened.chain, opened.founding.chain_id, request)
    file = save_receipt(receipt, out)
    data = file.stat().st_size
    facts = {"file": str(file), "code": receipt.code, "block": receipt.seal.height, "bytes": data}
    output.result(facts, f"receipt of {receipt.code}, proved against block {receipt.seal.height}: {file}")
    output.say(f"check it with: ortaq verify {file} --anchor ANCHOR")


def save_receipt(receipt: Receipt, out: Path | None = None) -> Path:
    """Write a receipt for its voter alone: it says how she voted. By default `receipt-<code>.json`."""
    file = out or Path(f"receipt-{receipt.code}.json")
    write_durably(file, encode_receipt(receipt), mode=0o600)
    return file


def find_receipt(chain: ChainReader, chain_id: int, request: ReceiptRequest) -> Receipt:
    """Make the receipt that was asked for, against the newest sealed block."""
    maker = ReceiptMaker(chain, chain_id)
    state = chain.state()
    if request.ballot is not None:
        file = load_ballot_file(request.ballot)
        return maker.make(load_question(state, file.vote), file.signed)
    if request.code is not None:
        places = find_by_code(chain, request.code)
        if not places:
            raise BallotNotFoundError(f"ballot {request.code}: no block of this ledger holds one that counted")
        if len(places) > 1:
            shown = ", ".join(f"seat {place.seat} in vote {place.question}" for place in places)
            raise AmbiguousBallotError(
                f"ballot {request.code}: {shown}, expected one; name it by --seat and --question"
            )
        question = load_question(state, places[0].question)
        return maker.make(question, read_ballot(chain, chain_id, question, places[0]))
    if request.seat is None or request.question is None:
        raise AmbiguousBallotError("receipt: expected a ballot's code, --seat with --question, or --ballot FILE")
    question = load_question(state, request.question)
    return maker.make(question, find_seat_ballot(chain, chain_id, question, request.seat))


def verify_receipt_file(path: Path, anchor: str | None, show_choice: bool, output: Output) -> int:
    """Judge a receipt and print the verdict; the exit code is 0 counted, 1 replaced or not in the count, 3 unknown.

    Errors  ReceiptError for a file that is none, AnchorError.
    """
    receipt = decode_receipt(path.read_bytes())
    verdict = check_receipt(receipt, read_anchor_word(anchor))
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
