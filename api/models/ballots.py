"""Ballots: looked up by code, and sent."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from api.models.base import Count, Hash, Hex, Record


class BallotRecord(Record):
    """A ballot that was accepted. How it was cast is not said here, nor by whom."""

    vote: Count
    title: str
    status: Literal["counted", "replaced"]
    final: bool = Field(description="the vote is over: nothing can replace it any more")
    block: Count = Field(description="the block that it stands in")


class LookupStatus(StrEnum):
    """What is known under a code."""

    COUNTED = "counted"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


class BallotLookup(Record):
    """What is known under a code; more than one ballot only where somebody made two with one code."""

    code: str
    status: LookupStatus
    ballots: list[BallotRecord]
    height: Count = Field(description="as of this block")


class BallotMessage(Record):
    """A signed ballot (docs/reference/formats.md, 5)."""

    model_config = ConfigDict(strict=True)

    vote: int = Field(ge=1, lt=2**48)
    seat: int = Field(ge=0, lt=2**32)
    sequence: int = Field(ge=1, le=255)
    choice: str = Field(pattern="^0x([0-9a-f]{2}){1,255}$", description="canonical bytes of the choice")
    signature: str = Field(pattern="^0x[0-9a-f]{128}$", description="EIP-2098, 64 bytes")


class BallotAnswer(Record):
    """A ballot in a durable sealed block."""

    code: str
    digest: Hash
    vote: Count
    block: Count
    acknowledged: Literal[True] = True


class PromiseAnswer(Record):
    """A ballot that waits, with the relay's signed word (docs/reference/formats.md, 11)."""

    code: str
    digest: Hash
    vote: Count
    acknowledged: Literal[False] = False
    include_by: Count = Field(description="the last height by which it will stand in a block")
    promise: Hex = Field(description="65 bytes: r, s, parity")


class VerifyPage(Record):
    """The verify page: without a code, only its form."""

    code: str
    problem: str = Field(description="why the text is no ballot code, else empty")
    lookup: BallotLookup | None
    neighbours: Count = Field(description="seats beside the ballot's whose choices its proof cannot leave out")
    height: Count = Field(description="as of this block")
