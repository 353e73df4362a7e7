"""Receipt files, made from a ledger's directory."""

from dataclasses import dataclass
from pathlib import Path

from ledger.errors import BadInputError
from ledger.ports import ChainReader
from ledger.proofs.making import BallotNotFoundError, ReceiptMaker, find_seat_ballot, read_ballot
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import encode_receipt
from ledger.views.ballot_index import find_by_code
from ledger.views.questions import load_question
from node.files import write_durably
from scripts.running.ledgers import ledger_directory, open_ledger
from scripts.terminal.console import Output
from scripts.voting.ballotfile import load_ballot_file


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
