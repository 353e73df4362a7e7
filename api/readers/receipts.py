"""Receipts, made for whoever asks: proofs of where a ballot stands."""

from api.readers.ballots import find_places
from api.readers.names import find_question
from api.snapshot import Snapshot
from ledger.errors import BadInputError
from ledger.proofs.making import NoSealedBlockError, ReceiptMaker, provable_height, read_ballot
from ledger.proofs.receipt import Receipt
from ledger.voting.ballot import Ballot, SignedBallot


class UnknownBallotError(BadInputError):
    """A code of no accepted ballot."""

    type = "unknown-ballot"


class AmbiguousCodeError(BadInputError):
    """Somebody made several ballots that have one code."""

    type = "ambiguous-code"


def receipt_of_code(snapshot: Snapshot, text: str) -> Receipt:
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
    return _maker(snapshot).make(question, signed)


def receipt_of_ballot(
    snapshot: Snapshot, vote: int, seat: int, sequence: int, choice: bytes, signature: bytes
) -> Receipt:
    """Prove where a ballot stands that need not be in the count. Errors: UnknownQuestionError, NoSealedBlockError."""
    question = find_question(snapshot, vote)
    return _maker(snapshot).make(question, SignedBallot(Ballot(question.hash, seat, sequence, choice), signature))


def _maker(snapshot: Snapshot) -> ReceiptMaker:
    """One for all receipts against a block. The seal may come later than the head."""
    chain = snapshot.services.chain
    height = provable_height(chain)
    chain_id = snapshot.services.founding.chain_id
    return snapshot.answers.once(("receipts", height), lambda: ReceiptMaker(chain, chain_id, height))
