"""Blocks, seals and transactions."""

from typing import Literal

from pydantic import Field

from api.models.base import AddressText, Count, Hash, Hex, Record, Time
from api.models.witnesses import VouchRecord


class SealRecord(Record):
    """Who vouches for a block."""

    state: Literal["founding", "sealed", "missing", "wrong"]
    signer: AddressText | None
    reason: str = Field(description="why a seal is wrong, else empty")


class HeadRecord(Record):
    """The newest block."""

    height: Count
    hash: Hash
    time: Time
    seal: SealRecord


class FeedHead(Record):
    """What a follower needs to know first."""

    height: Count
    hash: Hash
    chain_id: int
    founding: Hash
    seal: Hex | None = Field(description="bytes of the seal (docs/reference/formats.md, 8), null while there is none")


class TransactionRecord(Record):
    """A transaction of a block; `contract` and `entry` are empty for a call of no contract of the ledger."""

    index: Count
    hash: Hash
    sender: AddressText
    to: AddressText | None
    contract: str
    entry: str
    success: bool
    gas_used: Count
    bytes: Count


class BlockLine(Record):
    """A block in a list."""

    height: Count
    hash: Hash
    time: Time
    transactions: Count
    gas_used: Count
    sealed: bool


class BlockRecord(Record):
    """A block."""

    height: Count
    hash: Hash
    parent: Hash
    time: Time
    state_root: Hash
    transactions_root: Hash
    receipts_root: Hash
    gas_used: Count
    gas_limit: Count
    extra_data: Hex
    seal: SealRecord
    vouched: list[VouchRecord] = Field(description="witnesses that sealed this block or a later one")
    denied: list[AddressText] = Field(description="witnesses that sealed another block at this height")
    transactions: list[TransactionRecord]
    head: Count = Field(description="height of the newest block")
