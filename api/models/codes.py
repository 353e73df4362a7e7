"""The public list of accepted ballots."""

from pydantic import Field

from api.models.base import Count, Record


class BallotCodes(Record):
    """Codes of a vote's accepted ballots, in alphabetical order, which tells nothing of when they came."""

    vote: Count
    title: str
    turnout: Count = Field(description="seats whose ballot counts; replaced ballots are in the list, too")
    codes: list[str]
    next: str | None = Field(description="address of the next part, null at the end")
    height: Count = Field(description="as of this block")
