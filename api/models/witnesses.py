"""Witnesses: who vouches for which height."""

from typing import Literal

from pydantic import Field

from api.models.base import AddressText, Count, Hash, Record, Time


class VouchRecord(Record):
    """A witness whose seal stands over a block or over a later one, whose hash holds the block's."""

    witness: AddressText
    height: Count = Field(description="of the block that it sealed")
    named: bool = Field(description="whether the anchor that this server shows names this witness")


class WitnessRecord(Record):
    """What one witness said last, or where it sealed another block than stands here."""

    witness: AddressText
    named: bool = Field(description="whether the anchor that this server shows names this witness")
    kind: Literal["asked", "brought", "own"] = Field(
        description="asked: this server reads its seals; brought: it brings them; own: this server's own watchdog"
    )
    source: str = Field(description="where its seals are read, empty for one that brings them")
    height: Count = Field(description="newest height that it vouches for")
    hash: Hash = Field(description="the block that it sealed there")
    own_hash: Hash = Field(description="the block that stands there on this server")
    agrees: bool
    time: Time = Field(description="the block's time, by the ledger")
    seen: Time | None = Field(description="when this server took the seal, by its own clock")


class WitnessSourceRecord(Record):
    """A place that this server asks for witness seals."""

    source: str
    problem: str = Field(description="why it gave nothing last time, else empty")


class WitnessesPage(Record):
    """Who vouches for which height."""

    witnesses: list[WitnessRecord]
    sources: list[WitnessSourceRecord]
    alarms: Count = Field(description="witnesses that sealed another block than stands here")
    silent: list[AddressText] = Field(description="witnesses that the anchor names and that nothing is known of")
    height: Count = Field(description="as of this block")
