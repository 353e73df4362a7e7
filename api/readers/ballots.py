"""Ballots by code."""

from api.models.ballots import BallotLookup, BallotRecord, LookupStatus, VerifyPage
from api.readers.names import find_question, title_of
from api.snapshot import Snapshot
from ledger.proofs.code import BallotCodeError, normalise_code
from ledger.views.ballot_index import BallotPlace, find_by_code
from ledger.views.ballot_status import BallotStatus, load_ballot

MAX_CODE = 64
"""Characters of what somebody typed; a code has at most 28."""


def lookup(snapshot: Snapshot, text: str) -> BallotLookup:
    """What became of the ballots with this code. Errors: BallotCodeError."""
    if len(text) > MAX_CODE:
        raise BallotCodeError(f"ballot code: {len(text)} characters, expected the form word-XXXX-XXXX-XXXX-XXXX")
    code = normalise_code(text)
    places = find_by_code(snapshot.services.chain, code)
    ballots = [_record(snapshot, place) for place in places if place.height <= snapshot.height]
    status = LookupStatus.REPLACED if ballots else LookupStatus.UNKNOWN
    if any(ballot.status == BallotStatus.COUNTED.value for ballot in ballots):
        status = LookupStatus.COUNTED
    return BallotLookup(code=code, status=status, ballots=ballots, height=snapshot.height)


def verify_page(snapshot: Snapshot, text: str) -> VerifyPage:
    """The page's facts; a text that is no code is shown as a problem beside the form."""
    if not text.strip():
        return VerifyPage(code="", problem="", lookup=None, height=snapshot.height)
    try:
        found = lookup(snapshot, text)
    except BallotCodeError as error:
        return VerifyPage(code=text[:MAX_CODE], problem=error.detail, lookup=None, height=snapshot.height)
    return VerifyPage(code=found.code, problem="", lookup=found, height=snapshot.height)


def _record(snapshot: Snapshot, place: BallotPlace) -> BallotRecord:
    question = find_question(snapshot, place.question)
    view = load_ballot(snapshot.state, question, place)
    return BallotRecord(
        vote=view.question,
        title=title_of(snapshot, question),
        status=view.status.value,
        final=view.is_final,
        block=view.height,
    )
