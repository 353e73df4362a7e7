"""Whether a voter's statement that she checked her ballot holds: asked before it is kept, and by whoever recounts."""

from ledger.errors import BadInputError
from ledger.ports import ChainReader, StateView
from ledger.primitives import to_hex
from ledger.proofs.making import read_ballot
from ledger.secp256k1 import SignatureError
from ledger.views.ballot_index import find_ballot
from ledger.views.ballot_status import load_lane
from ledger.voting.ballot import ballot_digest, domain_separator, recover_voter
from ledger.voting.checked import SignedChecked, checked_domain, recover_checker
from ledger.voting.question import Question


class StatementRefusedError(BadInputError):
    """A statement that does not hold. `facts["reason"]`: question, ballot, seat, replaced or signature."""

    type = "statement-refused"


def validate_checked(
    chain: ChainReader, state: StateView, chain_id: int, question: Question, signed: SignedChecked
) -> int:
    """Check that the key which cast the seat's counting ballot signed, and about this very ballot.

    Shape   the key is that of the seat in the roll when the ballot was accepted. Result: the ballot's sequence.
    Errors  StatementRefusedError.
    """
    said = signed.statement
    if said.question != question.hash:
        raise _refused("question", f"{to_hex(said.question)}, expected {to_hex(question.hash)} of vote {question.id}")
    place = find_ballot(chain, said.ballot)
    if place is None or place.question != question.id or place.height > state.header.number:
        raise _refused("ballot", f"{to_hex(said.ballot)}, expected one that was accepted in vote {question.id}")
    ballot = read_ballot(chain, chain_id, question, place)
    domain = domain_separator(chain_id, question.contract)
    if ballot_digest(domain, ballot.ballot) != said.ballot:
        # The index knows the beginning of a digest alone.
        raise _refused("ballot", f"{to_hex(said.ballot)}, expected one that was accepted in vote {question.id}")
    if ballot.ballot.seat != said.seat:
        raise _refused("seat", f"{said.seat}, expected the seat of the ballot")
    counting = load_lane(state, question, said.seat).sequence
    if counting != ballot.ballot.sequence:
        raise _refused("replaced", f"ballot {ballot.ballot.sequence} of seat {said.seat}, expected number {counting}")
    _check_signature(chain_id, question, signed, recover_voter(domain, ballot))
    return ballot.ballot.sequence


def _check_signature(chain_id: int, question: Question, signed: SignedChecked, voter: bytes) -> None:
    try:
        signer = recover_checker(checked_domain(chain_id, question.contract), signed)
    except SignatureError as error:
        raise _refused("signature", error.detail) from error
    if signer != voter:
        raise _refused("signature", f"by {to_hex(signer)}, expected the key that cast the ballot")


def _refused(reason: str, detail: str) -> StatementRefusedError:
    return StatementRefusedError(f"{reason}: {detail}", reason=reason)
