"""Receipt files, made from a ledger's directory or fetched from a node, and pages with a receipt inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape

from ledger.errors import BadInputError
from ledger.ports import ChainReader
from ledger.primitives import to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.code import normalise_code
from ledger.proofs.making import BallotNotFoundError, ReceiptMaker, find_seat_ballot, read_ballot
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import MAX_BYTES, decode_receipt, encode_receipt
from ledger.proofs.receipt_page import receipt_page
from ledger.views.ballot_index import find_by_code
from ledger.views.questions import load_question
from node.files import write_durably
from scripts.running.ledgers import DirectoryNeededError, is_url, ledger_directory, named_ledger, open_ledger
from scripts.terminal.addresses import read_address
from scripts.terminal.console import Output
from scripts.voting.advice import warn_of_contents
from scripts.voting.ballotfile import load_ballot_file
from scripts.voting.proof_source import fetch_by_code, fetch_of_ballot
from scripts.voting.slip import SlipRequest, make_slip
from scripts.voting.witness_seals import Witnessed, add_witnesses, vouchers


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


def make_receipt_file(
    request: ReceiptRequest,
    out: Path | None,
    ledger: str | None,
    slip: SlipRequest,
    output: Output,
    witnesses: Sequence[str] = (),
) -> None:
    """Write a receipt.

    Shape   `witnesses`: URLs of watchdogs or nodes whose feed is asked for witness seals over the receipt's block.
    Errors  AmbiguousBallotError, BallotNotFoundError, BallotCodeError, NoSealedBlockError; those of `fetch_by_code`.
    """
    slip.check()
    name = named_ledger(ledger)
    witnessed = add_witnesses(take_receipt(request, name), witnesses)
    receipt = witnessed.receipt
    file = save_receipt(receipt, out)
    made = make_slip(receipt.code, name, slip)
    made.save(slip.qr)
    facts = {"file": str(file), **made.facts, "block": receipt.seal.height, "bytes": file.stat().st_size}
    shown = [f"receipt of {receipt.code}, proved against block {receipt.seal.height}: {file}", *made.lines]
    shown += _say_witnesses(witnessed, facts)
    output.result(facts, *shown)
    output.say(warn_of_contents(receipt))
    output.say(f"check it with: ortaq verify {file} --anchor ANCHOR")


def _say_witnesses(witnessed: Witnessed, facts: dict[str, Any]) -> list[str]:
    """Lines on who vouches for the receipt's block; the same as facts."""
    receipt = witnessed.receipt
    height, rows = receipt.seal.height, [(to_hex(witness), agrees) for witness, agrees in vouchers(receipt)]
    facts["witnesses"] = [{"witness": witness, "height": height, "agrees": agrees} for witness, agrees in rows]
    facts["silent"] = witnessed.silent
    lines = [
        f"witness {witness} vouches for block {height}"
        if agrees
        else f"[bold]witness {witness} vouches for another block {height}[/bold]: two histories; verify the receipt"
        for witness, agrees in rows
    ]
    return lines + [f"no seal: {escape(why)}" for why in witnessed.silent.values()]


def make_page_file(
    path: Path, out: Path | None, anchor: Anchor | None, witnesses: Sequence[str], output: Output
) -> None:
    """Write a page that checks a receipt by itself, with the receipt inside. Errors: ReceiptError, AddressError."""
    trusted = [read_address(word, "witness") for word in witnesses]
    receipt = load_receipt(path)
    file = out or Path(f"receipt-{receipt.code}.html")
    write_durably(file, receipt_page(encode_receipt(receipt), anchor.text if anchor else "", trusted), mode=0o600)
    facts = {"file": str(file), "code": receipt.code, "bytes": file.stat().st_size}
    output.result(facts, f"page of {receipt.code}: {file}; it opens in any browser, without a network")
    output.say(warn_of_contents(receipt))


def load_receipt(path: Path) -> Receipt:
    """Read a receipt's file, no more of it than a receipt may have. Errors: ReceiptError."""
    with path.open("rb") as file:
        return decode_receipt(file.read(MAX_BYTES + 1))


def save_receipt(receipt: Receipt, out: Path | None = None) -> Path:
    """Write a receipt for its voter alone: it says how she voted. By default `receipt-<code>.json`."""
    file = out or Path(f"receipt-{receipt.code}.json")
    write_durably(file, encode_receipt(receipt), mode=0o600)
    return file


def take_receipt(request: ReceiptRequest, ledger: str) -> Receipt:
    """The receipt that was asked for, from a directory or from a node. Nothing of it is checked yet."""
    if not is_url(ledger):
        with open_ledger(ledger_directory(ledger, "receipt make")) as opened:
            return find_receipt(opened.chain, opened.founding.chain_id, request)
    if request.ballot is not None:
        return fetch_of_ballot(ledger, load_ballot_file(request.ballot))
    if request.code is not None:
        return fetch_by_code(ledger, normalise_code(request.code))
    if request.seat is None or request.question is None:
        raise _unnamed()
    raise DirectoryNeededError(f"{ledger}: a URL, but a receipt by --seat and --question needs the ledger's directory")


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
        raise _unnamed()
    question = load_question(state, request.question)
    return maker.make(question, find_seat_ballot(chain, chain_id, question, request.seat))


def _unnamed() -> AmbiguousBallotError:
    return AmbiguousBallotError("receipt: expected a ballot's code, --seat with --question, or --ballot FILE")
