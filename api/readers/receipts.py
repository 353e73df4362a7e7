"""Receipts, made for whoever asks: proofs of where a ballot stands."""

from api.readers.ballots import find_places
from api.readers.names import find_question
from api.snapshot import Snapshot
from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import Height
from ledger.proofs.making import NoSealedBlockError, ReceiptMaker, is_provable, provable_height, read_ballot
from ledger.proofs.receipt import Receipt
from ledger.proofs.witnessed import WitnessedBlocks, is_alike
from ledger.voting.ballot import Ballot, SignedBallot
from ledger.voting.question import Question

MAX_TRIES = 3
"""Of how many witnessed blocks it is looked at whether the ballot stands there as it does now."""


class UnknownBallotError(BadInputError):
    """A code of no accepted ballot."""

    type = "unknown-ballot"


class AmbiguousCodeError(BadInputError):
    """Somebody made several ballots that have one code."""

    type = "ambiguous-code"


def receipt_of_code(snapshot: Snapshot, text: str, witnessed: WitnessedBlocks) -> Receipt:
    """Prove where the ballot with this code stands.

    Errors  BallotCodeError, UnknownBallotError, AmbiguousCodeError, NoSealedBlockError.
    """
    code, places = find_places(snapshot, text)
    if not places:
        raise UnknownBallotError(f"ballot {code}: no block up to {snapshot.height} holds one that counted")
    if len(places) > 1:
        raise AmbiguousCodeError(f"ballot {code}: {len(places)} ballots have this code, expected one")
    (place,) = places
    services = snapshot.services
    question = find_question(snapshot, place.question)
    signed = read_ballot(services.chain, services.founding.chain_id, question, place)
    if place.height > provable_height(services.chain):
        raise NoSealedBlockError(f"ballot {code}: block {place.height} waits for its seal, expected a sealed one")
    return _prove(snapshot, question, signed, witnessed)


def receipt_of_ballot(
    snapshot: Snapshot,
    vote: int,
    seat: int,
    sequence: int,
    choice: bytes,
    signature: bytes,
    witnessed: WitnessedBlocks,
) -> Receipt:
    """Prove where a ballot stands that need not be in the count. Errors: UnknownQuestionError, NoSealedBlockError."""
    question = find_question(snapshot, vote)
    signed = SignedBallot(Ballot(question.hash, seat, sequence, choice), signature)
    return _prove(snapshot, question, signed, witnessed)


def _prove(snapshot: Snapshot, question: Question, signed: SignedBallot, witnessed: WitnessedBlocks) -> Receipt:
    """Against the newest sealed block, or one shortly before it that witnesses sealed and that says the same."""
    newest = provable_height(snapshot.services.chain)
    for height in witnessed.heights(newest)[:MAX_TRIES]:
        if _says_the_same(snapshot, height, newest, question, signed.ballot.seat):
            return _maker(snapshot, height).make(question, signed, witnessed.at(height))
    return _maker(snapshot, newest).make(question, signed)


def _says_the_same(snapshot: Snapshot, height: Height, newest: Height, question: Question, seat: int) -> bool:
    chain = snapshot.services.chain
    if height == newest:
        return True
    try:
        return is_provable(chain, height) and is_alike(chain.state(height), chain.state(newest), question, seat)
    except CannotCheckError:
        # The state of that time is not kept here.
        return False


def _maker(snapshot: Snapshot, height: Height) -> ReceiptMaker:
    """One for all receipts against a block. The seal may come later than the head."""
    chain = snapshot.services.chain
    chain_id = snapshot.services.founding.chain_id
    return snapshot.answers.once(("receipts", height), lambda: ReceiptMaker(chain, chain_id, height))
