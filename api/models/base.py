"""What all records have in common."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Hex = Annotated[str, Field(pattern="^0x[0-9a-f]*$", description="bytes in lower-case hex")]
Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$", description="32 bytes in lower-case hex")]
AddressText = Annotated[str, Field(pattern="^0x[0-9a-f]{40}$", description="20 bytes in lower-case hex")]
Time = Annotated[str, Field(description="UTC in ISO 8601; the ledger's own time", examples=["2026-11-22T13:00:00Z"])]
Amount = Annotated[int, Field(description="money in minor units of `currency`, of which `exponent` are decimals")]
Count = Annotated[int, Field(ge=0)]

T = TypeVar("T")


class Record(BaseModel):
    """A fact or a group of them, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MoneyRecord(Record):
    """A record with amounts in it."""

    currency: str = Field(description="ISO 4217 code", examples=["PLN"])
    exponent: int = Field(ge=0, le=4, description="decimal digits of the minor unit")


class Listing(Record, Generic[T]):
    """A part of a list that grows.

    `next`: the address of the older part, null at the end.
    """

    total: Count
    items: list[T]
    next: str | None
    height: Count = Field(description="as of this block")


class Problem(BaseModel):
    """RFC 9457 problem details; further members carry the facts of the problem."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="a stable code, the same on the command line", examples=["unknown-question"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="one sentence that names the field, the value and what was expected")
