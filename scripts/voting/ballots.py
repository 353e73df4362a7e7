"""Ballots on the command line: made, sent, and their receipts taken."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from rich.markup import escape

from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.views.acceptance import validate_ballot
from ledger.views.ballot_index import find_ballot
from ledger.views.ballot_status import load_lane
from ledger.views.questions import load_question
from ledger.voting.ballot import Ballot, domain_separator, sign_ballot
from ledger.voting.batch import cut_batches, encode_single
from ledger.voting.form import BallotKind, Form
from node.keys import describe_key, load_key
from scripts.running.ledgers import is_url, ledger_directory, named_ledger, open_ledger
from scripts.running.office import Office, open_office, throw_away_key
from scripts.running.sources import Source, open_source
from scripts.terminal.choices import read_choice
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DONE, Output
from scripts.terminal.passphrases import known_passphrase
from scripts.voting.advice import warn_of_contents
from scripts.voting.ballotfile import BallotFile, load_ballot_file, save_ballot
from scripts.voting.promises import read_promise, save_promise
from scripts.voting.proof_source import fetch_of_ballot
from scripts.voting.receipts import save_receipt
from scripts.voting.slip import Slip, SlipRequest, make_slip

ACKNOWLEDGE_S = 60.0
POLL_S = 1.0


class OtherLedgerError(BadInputError):
    """A ballot that was signed for another ledger, contract or question."""

    type = "other-ledger"


class StillWaitingError(CannotCheckError):
    """A ballot that a relay has promised to carry, and that is in no block yet."""

    type = "ballot-waits"


@dataclass(frozen=True, slots=True)
class BallotRequest:
    """Shape   `choice`: as people type it; `sequence`: None takes the next one where the ledger's directory says it."""

    question: int
    seat: int
    key: Path
    choice: str
    sequence: int | None


def make_ballot_file(
    request: BallotRequest, out: Path | None, ledger: str | None, passphrase_file: Path | None, output: Output
) -> Path:
    """Sign a ballot and write its file. Errors: ChoiceError, KeyFileError, UnknownQuestionError."""
    ballot = sign_request(request, ledger, passphrase_file)
    file = out or Path(f"ballot-{ballot.code}.json")
    save_ballot(file, ballot)
    facts = {"file": str(file), "code": ballot.code, "digest": to_hex(ballot.digest), **ballot.message()}
    output.result(facts, f"ballot {ballot.code}: {file}")
    return file


def sign_request(request: BallotRequest, ledger: str | None, passphrase_file: Path | None) -> BallotFile:
    """Make the ballot that was asked for, signed by the seat's key."""
    with open_source(ledger) as source:
        record = source.get(f"votes/{request.question}")
        chain_id = int(source.get("ledger")["chain_id"])
    form = form_of(record["form"])
    ids = [option["id"] for option in record["result"]["options"]]
    if form.kind is BallotKind.YES_NO and not any(ids):
        ids = ["yes", "no", "abstain"]
    choice = read_choice(request.choice, form, ids)
    sequence = request.sequence if request.sequence is not None else _next_sequence(request, ledger)
    question, at = _bytes(record["hash"]), Address(_bytes(record["contract"]))
    ballot = Ballot(Hash32(question), request.seat, sequence, choice)
    signed = sign_ballot(domain_separator(chain_id, at), ballot, open_seat_key(request.key, passphrase_file))
    return BallotFile(chain_id, at, request.question, signed)


def form_of(record: dict[str, Any]) -> Form:
    """A form as the API states it."""
    names = ("options", "min_length", "max_length", "min_points", "max_points", "min_sum", "max_sum")
    kind = BallotKind[str(record["kind"]).upper().replace("-", "_")]
    return Form(kind, *(int(record[name]) for name in names))


def _next_sequence(request: BallotRequest, ledger: str | None) -> int:
    """One more than the ledger holds for the seat; over a URL, which does not tell how a seat voted, the first."""
    name = named_ledger(ledger)
    if is_url(name):
        return 1
    with open_ledger(ledger_directory(ledger, "ballot make")) as opened:
        state = opened.chain.state()
        return load_lane(state, load_question(state, request.question), request.seat).sequence + 1


def open_seat_key(path: Path, passphrase_file: Path | None) -> PrivateKey:
    """A voter's key; the passphrase is asked for where the file needs one. Errors: KeyFileError."""
    if not describe_key(path).encrypted:
        return load_key(path)
    return load_key(path, known_passphrase(passphrase_file, str(path)))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a citizen takes away. Shape: `receipt`: where to write it, None for a name of its own."""

    receipt: Path | None = None
    slip: SlipRequest = field(default_factory=SlipRequest)


def send_ballot_file(
    file: Path, leaving: Leaving, ledger: str | None, passphrase_file: Path | None, output: Output
) -> int:
    """Carry a ballot to the ledger and take its receipt.

    Errors  BallotRefusedError with the rule that does not hold; OtherLedgerError; CallRefusedError.
    """
    leaving.slip.check()
    ballot = load_ballot_file(file)
    name = named_ledger(ledger)
    slip = make_slip(ballot.code, name, leaving.slip)
    if is_url(name):
        with open_source(ledger) as source:
            answer = _send_to_relay(source, ballot)
        if not answer["acknowledged"]:
            return _keep_promise(answer, ballot, slip, output)
        receipt = _receipt_of(name, ballot, output)
        height = answer["block"]
    else:
        with open_office(ledger_directory(ledger, "ballot send"), passphrase_file) as office:
            height, receipt = _send_to_chain(office, ballot)
    written = save_receipt(receipt, leaving.receipt) if receipt is not None else None
    slip.save(leaving.slip.qr)
    facts = {**slip.facts, "vote": ballot.vote, "block": height, "acknowledged": True}
    lines = [f"acknowledged: {ballot.code} stands in block {height}"]
    if written is not None:
        lines.append(f"receipt   {written}")
    output.result({**facts, "receipt": str(written) if written else None}, *lines, *slip.lines)
    if receipt is not None:
        output.say(warn_of_contents(receipt))
    return EXIT_DONE


def _send_to_chain(office: Office, ballot: BallotFile) -> tuple[int, Receipt]:
    """Send the ballot in a transaction of its own, from a key that nobody knows."""
    chain, chain_id = office.chain, office.founding.chain_id
    question = load_question(chain.state(), ballot.vote)
    if (ballot.chain_id, ballot.contract) != (chain_id, question.contract):
        raise OtherLedgerError(
            f"ballot: signed for chain {ballot.chain_id} and contract {to_hex(ballot.contract)}, this ledger has "
            f"{chain_id} and {to_hex(question.contract)}"
        )
    if ballot.signed.ballot.question != question.hash:
        raise OtherLedgerError(f"ballot: signed for another question than vote {ballot.vote} of this ledger")
    place = find_ballot(chain, ballot.digest)
    if place is None:
        office.advance_to(question.opens)
        state = chain.state()
        now = office.now()
        validate_ballot(state, chain_id, question, ballot.signed, now)
        data = encode_single(question.form, ballot.vote, ballot.signed)
        gas = next(cut_batches(question.form, [ballot.signed.ballot.seat])).gas
        office.send_raw(throw_away_key(), question.contract, data, "Ballots", gas)
        office.finish()
        place = find_ballot(chain, ballot.digest)
    if place is None:
        raise StillWaitingError(f"ballot {ballot.code}: its transaction is in a block, but the index does not show it")
    return place.height, ReceiptMaker(chain, chain_id).make(question, ballot.signed)


def _send_to_relay(source: Source, ballot: BallotFile) -> dict[str, Any]:
    """Hand the ballot to a node's relay, and wait until it stands in a block; the relay's last answer."""
    chain_id = int(source.get("ledger")["chain_id"])
    if chain_id != ballot.chain_id:
        raise OtherLedgerError(f"ballot: signed for chain {ballot.chain_id}, this ledger has {chain_id}")
    answer: dict[str, Any] = source.post("ballots", ballot.message())
    deadline = time.monotonic() + ACKNOWLEDGE_S
    while not answer["acknowledged"] and time.monotonic() < deadline:
        time.sleep(POLL_S)
        known = source.get(f"ballots/{ballot.code}")["ballots"]
        if known:
            answer = {**answer, "acknowledged": True, "block": known[0]["block"]}
    return answer


def _keep_promise(answer: dict[str, Any], ballot: BallotFile, slip: Slip, output: Output) -> int:
    """What is left to a citizen whose ballot stands in no block yet. Errors: ForeignProofError."""
    promise = read_promise(answer, ballot)
    file = save_promise(promise, ballot.code)
    facts = {**slip.facts, "vote": ballot.vote, "acknowledged": False, "receipt": None, "promise": str(file)}
    output.result(
        {**facts, "include_by": promise.include_by, "relay": to_hex(promise.relay())},
        f"not acknowledged yet: {ballot.code}",
        f"promise   {file}: the relay signed that it will stand in a block by {promise.include_by}",
        *slip.lines,
    )
    return EXIT_CANNOT_CHECK


def _receipt_of(url: str, ballot: BallotFile, output: Output) -> Receipt | None:
    """The receipt of a ballot that a node acknowledged; None, with a word about it, where the node gives none."""
    try:
        return fetch_of_ballot(url, ballot)
    except LedgerError as error:
        output.say(f"no receipt yet: {escape(error.detail)}")
        output.say(f"take it later with: ortaq receipt make {url} {ballot.code}")
        return None


def cast_ballot(
    request: BallotRequest, leaving: Leaving, ledger: str | None, passphrase_file: Path | None, output: Output
) -> int:
    """Make a ballot, keep its file and send it."""
    leaving.slip.check()
    ballot = sign_request(request, ledger, passphrase_file)
    file = Path(f"ballot-{ballot.code}.json")
    save_ballot(file, ballot)
    output.say(f"ballot kept in {file}")
    return send_ballot_file(file, leaving, ledger, passphrase_file, output)
