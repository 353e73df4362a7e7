"""What a transaction left behind: receipts, logs and the bloom filter over them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from ledger.chain.rlp import (
    BadRlpError,
    RlpItem,
    decode_fixed,
    decode_int,
    decode_list,
    encode_bytes,
    encode_int,
    encode_list,
)
from ledger.errors import BadInputError
from ledger.primitives import Address, Gas, Hash32, keccak256


class BadReceiptError(BadInputError):
    """Bytes that are not one canonical receipt."""

    type = "bad-receipt"


@dataclass(frozen=True, slots=True)
class Log:
    """An event: the contract that wrote it, up to four topics, and data."""

    address: Address
    topics: tuple[Hash32, ...]
    data: bytes

    def encode(self) -> bytes:
        topics = encode_list([encode_bytes(topic) for topic in self.topics])
        return encode_list([encode_bytes(self.address), topics, encode_bytes(self.data)])


@dataclass(frozen=True)
class Receipt:
    """The result of one transaction.

    Units   `cumulative_gas_used`: gas of all transactions of the block up to this one; the gas of one transaction is
            the difference to the receipt before it.
    Source  EIP-658 (status), EIP-2718 (type byte before the encoding of all but legacy transactions).
    """

    transaction_type: int
    success: bool
    cumulative_gas_used: Gas
    logs: tuple[Log, ...]

    @cached_property
    def bloom(self) -> int:
        """Bloom filter of the logs as a 2048-bit integer."""
        return logs_bloom(self.logs)

    def encode(self) -> bytes:
        body = encode_list(
            [
                b"\x01" if self.success else b"\x80",
                encode_int(self.cumulative_gas_used),
                encode_bytes(self.bloom.to_bytes(256, "big")),
                encode_list([log.encode() for log in self.logs]),
            ]
        )
        return bytes((self.transaction_type,)) + body if self.transaction_type else body


def gas_of_each(receipts: Iterable[Receipt]) -> list[Gas]:
    """Gas used by each transaction of a block, from its receipts in order."""
    return [Gas(after - before) for before, after in pairwise([0, *(r.cumulative_gas_used for r in receipts)])]


def logs_bloom(logs: Iterable[Log]) -> int:
    """Bloom filter over addresses and topics, as a 2048-bit integer; the header holds it as 256 bytes."""
    bloom = 0
    for log in logs:
        bloom |= bloom_bits(log.address)
        for topic in log.topics:
            bloom |= bloom_bits(topic)
    return bloom


@lru_cache(maxsize=4096)
def bloom_bits(item: bytes) -> int:
    """The three bits of one address or topic."""
    digest = keccak256(item)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits


def decode_receipt(data: bytes) -> Receipt:
    """Decode canonical bytes; BadReceiptError names what breaks the form, a wrong bloom included."""
    kind = data[0] if data and data[0] < 0x80 else 0
    if kind not in (0, 1, 2) or data[:1] == b"\0":
        raise BadReceiptError(f"receipt: type {data[0]}, expected a legacy receipt, 1 or 2")
    try:
        status, gas, bloom, logs = decode_list(data[1:] if kind else data, 4)
        receipt = Receipt(
            kind,
            bool(decode_int(status, "status", 2)),
            Gas(decode_int(gas, "cumulative_gas_used", 1 << 64)),
            tuple(_decode_log(item) for item in _as_list(logs, "logs")),
        )
        stated = int.from_bytes(decode_fixed(bloom, "bloom", 256), "big")
    except BadRlpError as error:
        raise BadReceiptError(f"receipt: {error.detail}") from error
    if stated != receipt.bloom:
        raise BadReceiptError("receipt: bloom is not the bloom of the logs")
    return receipt


def _decode_log(item: RlpItem) -> Log:
    fields = _as_list(item, "log")
    if len(fields) != 3:
        raise BadRlpError(f"log: list has {len(fields)} items, expected 3")
    address, topics, data = fields
    if not isinstance(data, bytes):
        raise BadRlpError("log data: found a list, expected a byte string")
    hashes = tuple(Hash32(decode_fixed(topic, "topic", 32)) for topic in _as_list(topics, "topics"))
    return Log(Address(decode_fixed(address, "log address", 20)), hashes, data)


def _as_list(item: RlpItem, field: str) -> list[RlpItem]:
    if not isinstance(item, list):
        raise BadRlpError(f"{field}: found a byte string, expected a list")
    return item
