"""The public list of a vote's accepted ballots, a part of it at a time."""

from itertools import islice

from api.models.codes import BallotCodes
from api.readers.ballots import read_code
from api.readers.counts import find_count
from api.readers.names import find_question, title_of
from api.snapshot import Snapshot
from ledger.views.ballot_list import ListMissingError, list_codes

DEFAULT_CODES = 200


def code_list(snapshot: Snapshot, vote: int, after: str, limit: int, path: str) -> BallotCodes:
    """Codes behind `after`. Errors: UnknownQuestionError, BallotCodeError, ListMissingError."""
    question = find_question(snapshot, vote)
    turnout = find_count(snapshot, question)[0].turnout
    behind = read_code(after) if after else ""
    found = list(islice(list_codes(snapshot.services.chain, vote, snapshot.height, behind), limit + 1))
    codes = found[:limit]
    if turnout and not codes and not behind:
        raise ListMissingError(f"vote {vote}: {turnout} ballots count, but this node's index has no list of them")
    suffix = "" if limit == DEFAULT_CODES else f"&limit={limit}"
    return BallotCodes(
        vote=vote,
        title=title_of(snapshot, question),
        turnout=turnout,
        codes=codes,
        next=f"{path}?after={codes[-1]}{suffix}" if len(found) > limit else None,
        height=snapshot.height,
    )
