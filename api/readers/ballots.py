"""Ballots by code."""

from api.models.ballots import BallotLookup, BallotRecord, LookupStatus, VerifyPage
from api.readers.names import find_question, title_of
from api.snapshot import Snapshot
from ledger.proofs.code import BallotCodeError, normalise_code
from ledger.proofs.receipt import neighbours_of
from ledger.views.ballot_index import BallotPlace, find_by_code
from ledger.views.ballot_status import BallotStatus, load_ballot

MAX_CODE = 64
"""Characters of what somebody typed; a code has at most 28."""


def lookup(snapshot: Snapshot, text: str) -> BallotLookup:
    """What became of the ballots with this code. Errors: BallotCodeError."""
    code, places = find_places(snapshot, text)
    ballots = [_record(snapshot, place) for place in places]
    status = LookupStatus.REPLACED if ballots else LookupStatus.UNKNOWN
    if any(ballot.status == BallotStatus.COUNTED.value for ballot in ballots):
        status = LookupStatus.COUNTED
    return BallotLookup(code=code, status=status, ballots=ballots, height=snapshot.height)


def find_places(snapshot: Snapshot, text: str) -> tuple[str, list[BallotPlace]]:
    """A typed code in its one form, and where its ballots stand. Errors: BallotCodeError."""
    code = read_code(text)
    return code, [p for p in find_by_code(snapshot.services.chain, code) if p.height <= snapshot.height]


def read_code(text: str) -> str:
    """A typed code in its one form. Errors: BallotCodeError."""
    if len(text) > MAX_CODE:
        raise BallotCodeError(f"ballot code: {len(text)} characters, expected the form word-XXXX-XXXX-XXXX-XXXX")
    return normalise_code(text)


def verify_page(snapshot: Snapshot, text: str) -> VerifyPage:
    """The page's facts; a text that is no code is shown as a problem beside the form."""
    if not text.strip():
        return VerifyPage(code="", problem="", lookup=None, neighbours=0, height=snapshot.height)
    try:
        found = lookup(snapshot, text)
    except BallotCodeError as error:
        shown = text[:MAX_CODE]
        return VerifyPage(code=shown, problem=error.detail, lookup=None, neighbours=0, height=snapshot.height)
    forms = [find_question(snapshot, ballot.vote).form for ballot in found.ballots]
    beside = max(map(neighbours_of, forms), default=0)
    return VerifyPage(code=found.code, problem="", lookup=found, neighbours=beside, height=snapshot.height)


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
