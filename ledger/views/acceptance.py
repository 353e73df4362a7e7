"""Whether a signed ballot would count in the next block: the contract's rule, asked before anything is sent."""

from ledger.errors import BadInputError
from ledger.ports import StateView
from ledger.primitives import Address, Hash32, Timestamp
from ledger.reading import read
from ledger.secp256k1 import SignatureError
from ledger.system import SystemContract
from ledger.views.ballot_status import load_lane
from ledger.voting.ballot import MAX_SEQUENCE, SEQUENCE_WINDOW, SignedBallot, domain_separator, recover_voter
from ledger.voting.choice import decode_choice
from ledger.voting.form import ChoiceError
from ledger.voting.question import Question

KEY_BITS = 160


class BallotRefusedError(BadInputError):
    """A ballot that does not count. `facts["reason"]`: question, window, sequence, choice, seat, since or signature."""

    type = "ballot-refused"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"ballot refused: {detail}", reason=reason)


def validate_ballot(state: StateView, chain_id: int, question: Question, signed: SignedBallot, now: Timestamp) -> None:
    """Check a ballot against the state; `now` is the ledger's time, at least that of the state.

    Errors  BallotRefusedError names the first rule that does not hold.
    Source  docs/reference/formats.md, 5; contracts/voting/Ballots.vy enforces the same.
    """
    if signed.ballot.question != question.hash:
        raise BallotRefusedError("question", f"for another question than {question.id}")
    _check_window(question, now)
    _check_sequence(state, question, signed)
    try:
        decode_choice(question.form, signed.ballot.choice)
    except ChoiceError as error:
        raise BallotRefusedError("choice", error.detail) from error
    _check_key(state, chain_id, question, signed)


def _check_window(question: Question, now: Timestamp) -> None:
    if now < question.opens:
        raise BallotRefusedError("window", f"the question opens at {question.opens}, it is {now}")
    if now >= question.closes:
        raise BallotRefusedError("window", f"the question closed at {question.closes}, it is {now}")


def _check_sequence(state: StateView, question: Question, signed: SignedBallot) -> None:
    stored = load_lane(state, question, signed.ballot.seat).sequence
    last = min(stored + SEQUENCE_WINDOW, MAX_SEQUENCE)
    if not stored < signed.ballot.sequence <= last:
        raise BallotRefusedError("sequence", f"sequence {signed.ballot.sequence}, expected {stored + 1} to {last}")


def _check_key(state: StateView, chain_id: int, question: Question, signed: SignedBallot) -> None:
    seat = signed.ballot.seat
    (entry,) = read(state, SystemContract.ROLL, "entry", seat)
    since, key = entry >> KEY_BITS, (entry & (1 << KEY_BITS) - 1).to_bytes(20, "big")
    if entry == 0:
        raise BallotRefusedError("seat", f"seat {seat} is not on the roll")
    if since > question.record:
        raise BallotRefusedError(
            "since", f"seat {seat} has its key since {since}, expected at the latest {question.record}"
        )
    try:
        signer = recover_voter(_domain(chain_id, question.contract), signed)
    except SignatureError as error:
        raise BallotRefusedError("signature", error.detail) from error
    if signer != key:
        raise BallotRefusedError("signature", f"not signed by the key of seat {seat} for this ledger and question")


def _domain(chain_id: int, contract: Address) -> Hash32:
    return domain_separator(chain_id, contract)
