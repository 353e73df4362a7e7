"""What a consensus block carries: nothing, or one block of the ledger (docs/reference/formats.md, 14)."""

from collections.abc import Iterator, Sequence

from ledger.chain.header import EMPTY_ROOT, EMPTY_UNCLES_HASH, BadHeaderError, Header, decode_header
from ledger.chain.timing import validate_time
from ledger.errors import CheckFailedError
from ledger.ports import Block
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Timestamp

HEARTBEAT_S = 60
"""Age of the newest block, by consensus time, from which on a block is due even without transactions."""
MAX_HEADER_BYTES = 700
"""More than any header takes."""


class PayloadError(CheckFailedError):
    """The payload of a consensus block breaks a rule. `facts["rule"]` names it."""

    type = "bad-payload"


def encode_payload(block: Block | None) -> list[bytes]:
    """The transactions of a consensus block: none, or the header's RLP and the block's transactions."""
    return [] if block is None else [block.header.encode(), *block.transactions]


def decode_payload(transactions: Sequence[bytes]) -> Block | None:
    """Read the block out of a consensus block, None where it carries none. Errors: PayloadError."""
    if not transactions:
        return None
    if len(transactions[0]) > MAX_HEADER_BYTES:
        raise _broken("header", f"{len(transactions[0])} bytes", f"a header of at most {MAX_HEADER_BYTES}")
    try:
        header = decode_header(transactions[0])
    except BadHeaderError as error:
        raise PayloadError(f"payload: {error.detail}", rule="header") from error
    return Block(header, tuple(transactions[1:]))


def block_time(parent: Header, consensus_s: int) -> Timestamp:
    """The time of a block after `parent`, given the consensus block's time in whole seconds."""
    return Timestamp(max(parent.timestamp + 1, consensus_s))


def is_heartbeat_due(parent: Header, consensus_s: int) -> bool:
    return consensus_s >= parent.timestamp + HEARTBEAT_S


def validate_payload(block: Block | None, parent: Header, consensus_s: int) -> None:
    """Check all rules that need no execution: whether there may be a block, or must be, and each field it chooses.

    Errors  PayloadError, BlockTimeError.
    """
    if block is None:
        if is_heartbeat_due(parent, consensus_s):
            age = consensus_s - parent.timestamp
            raise _broken("heartbeat", f"no block {age} s after the last", f"one from {HEARTBEAT_S} s on")
        return
    if not block.transactions and not is_heartbeat_due(parent, consensus_s):
        age = consensus_s - parent.timestamp
        raise _broken("heartbeat", f"an empty block {age} s after the last", f"none before {HEARTBEAT_S} s")
    validate_time(parent.timestamp, block.header.timestamp)
    for name, found, expected in _fields(block.header, parent, consensus_s):
        if found != expected:
            raise _broken(name, _text(found), _text(expected))
    if block.header.gas_used > parent.gas_limit // 2:
        raise _broken("gas_used", str(block.header.gas_used), f"at most half the gas limit {parent.gas_limit}")


def _fields(header: Header, parent: Header, consensus_s: int) -> Iterator[tuple[str, object, object]]:
    """Each field that does not follow from execution: what it is, what it has to be."""
    yield "parent_hash", header.parent_hash, parent.hash
    yield "number", header.number, parent.number + 1
    yield "timestamp", header.timestamp, block_time(parent, consensus_s)
    yield "base_fee_per_gas", header.base_fee_per_gas, 0
    yield "gas_limit", header.gas_limit, parent.gas_limit
    yield "fee_recipient", header.fee_recipient, ZERO_ADDRESS
    yield "extra_data", header.extra_data, b""
    yield "prev_randao", header.prev_randao, ZERO_HASH
    yield "parent_beacon_block_root", header.parent_beacon_block_root, ZERO_HASH
    yield "uncles_hash", header.uncles_hash, EMPTY_UNCLES_HASH
    yield "withdrawals_root", header.withdrawals_root, EMPTY_ROOT
    yield "difficulty", header.difficulty, 0
    yield "nonce", header.nonce, bytes(8)
    yield "blob_gas_used", header.blob_gas_used, 0
    yield "excess_blob_gas", header.excess_blob_gas, 0


def _text(value: object) -> str:
    return (value.hex() or "no bytes") if isinstance(value, bytes) else str(value)


def _broken(rule: str, found: str, expected: str) -> PayloadError:
    return PayloadError(f"payload: {rule}: found {found}, expected {expected}", rule=rule)
