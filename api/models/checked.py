"""Voters' statements that they checked their ballots."""

from pydantic import ConfigDict, Field

from api.models.base import AddressText, Count, Hash, Hex, Record


class CheckedMessage(Record):
    """A voter's signed statement (docs/reference/formats.md, 15)."""

    model_config = ConfigDict(strict=True)

    seat: int = Field(ge=0, lt=2**32)
    ballot: str = Field(pattern="^0x[0-9a-f]{64}$", description="digest of the ballot that she found in the count")
    signature: str = Field(pattern="^0x[0-9a-f]{128}$", description="EIP-2098, 64 bytes")


class CheckedAnswer(Record):
    """A statement that is kept; the same again gives the same answer."""

    vote: Count
    seat: Count
    code: str = Field(description="of the ballot")


class CheckedStatement(Record):
    """One voter's statement, as she signed it."""

    seat: Count
    ballot: Hash = Field(description="digest of the ballot")
    code: str
    signature: Hex
    counts: bool = Field(description="whether this is the ballot that counts for the seat now")


class CheckedPage(Record):
    """Which ballots were reported as checked by their voters, with what they signed, so that anybody can recount."""

    vote: Count
    title: str
    question: Hash
    chain_id: int
    contract: AddressText
    keeps: bool = Field(description="whether this server keeps such statements")
    turnout: Count = Field(description="seats whose ballot counts")
    checked: Count | None = Field(description="of these, how many were reported; null where this server cannot say")
    statements: list[CheckedStatement]
    next: str | None = Field(description="address of the next part, null at the end")
    height: Count = Field(description="as of this block")
