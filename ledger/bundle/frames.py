"""Blocks, receipts and seals as the members of a part hold them (docs/reference/bundle.md, 3)."""

from collections.abc import Iterable, Iterator, Sequence

from ledger.bundle.errors import BundleError
from ledger.bundle.names import MAX_SEAL
from ledger.chain.receipt import Log, Receipt
from ledger.chain.rlp import (
    BadRlpError,
    RlpItem,
    decode,
    decode_fixed,
    decode_int,
    encode,
    encode_bytes,
    encode_int,
    encode_list,
)
from ledger.ports import Block
from ledger.primitives import Address, Gas, Hash32

UINT64 = 1 << 64
MANY_ITEMS, ITEM_BYTES = 20_000, 6
"""No block has more values than so many and one in so many bytes; each takes some 100 bytes of memory once decoded."""
_SHORT_LISTS = bytes(range(0xC0, 0xC4))


def encode_block(header: bytes, transactions: Sequence[bytes]) -> bytes:
    """`[header, [transaction, ...]]`; a legacy transaction is a list of its own already."""
    return encode_list([header, encode_list(raw if raw[0] >= 0xC0 else encode_bytes(raw) for raw in transactions)])


def frame_block(block: Block) -> bytes:
    return encode_block(block.header.encode(), block.transactions)


def decode_block(item: bytes, place: str) -> tuple[bytes, tuple[bytes, ...]]:
    """The header's bytes and the transactions' EIP-2718 bytes; what these say is not read.

    Errors  BundleError(`bundle.rlp`).
    """
    found = _decode(item, place)
    if isinstance(found, list) and len(found) == 2:
        header, transactions = found
        if isinstance(header, list) and isinstance(transactions, list):
            return encode(header), tuple(raw if isinstance(raw, bytes) else encode(raw) for raw in transactions)
    raise BundleError("bundle.rlp", f"{place}: expected a header and a list of transactions")


def encode_receipts(receipts: Sequence[Receipt]) -> bytes:
    """Without blooms, which follow from the logs."""
    return encode_list(
        encode_list(
            [
                encode_int(receipt.transaction_type),
                encode_int(int(receipt.success)),
                encode_int(receipt.cumulative_gas_used),
                encode_list([log.encode() for log in receipt.logs]),
            ]
        )
        for receipt in receipts
    )


def decode_receipts(item: bytes, place: str) -> tuple[Receipt, ...]:
    """Only what `encode_receipts` writes is taken: every field has one form. Errors: BundleError(`bundle.rlp`)."""
    rows = _decode(item, place)
    try:
        return tuple(_decode_receipt(row) for row in _as_list(rows, None))
    except BadRlpError as error:
        raise BundleError("bundle.rlp", f"{place}: {error.detail}") from error


def encode_seal_frame(seal: bytes) -> bytes:
    return len(seal).to_bytes(4, "big") + seal


def split_seals(data: bytes, place: str) -> list[bytes]:
    """The seals of a part. Errors: BundleError(`bundle.rlp`, `bundle.limit`)."""
    seals = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length > MAX_SEAL:
            raise BundleError("bundle.limit", f"{place}: seal of {length} bytes, expected at most {MAX_SEAL}")
        if at + 4 + length > len(data):
            raise BundleError("bundle.rlp", f"{place}: a seal is cut off")
        seals.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return seals


def split_items(data: bytes, place: str) -> Iterator[bytes]:
    """The RLP items that stand one after another, each with its prefix. Errors: BundleError(`bundle.rlp`)."""
    at = 0
    while at < len(data):
        end = _end_of_list(data, at)
        if end is None or end > len(data):
            raise BundleError("bundle.rlp", f"{place}: byte {at}: expected a whole list")
        yield data[at:end]
        at = end


def _end_of_list(data: bytes, at: int) -> int | None:
    first = data[at]
    if first < 0xC0:
        return None
    if first < 0xF8:
        return at + 1 + first - 0xC0
    width = first - 0xF7
    return at + 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big")


def _decode(item: bytes, place: str) -> RlpItem:
    limit = MANY_ITEMS + len(item) // ITEM_BYTES
    if len(item) - len(item.translate(None, _SHORT_LISTS)) > limit and _has_more_items(item, limit):
        raise BundleError("bundle.limit", f"{place}: more than {limit} values in {len(item)} bytes")
    try:
        return decode(item)
    except BadRlpError as error:
        raise BundleError("bundle.rlp", f"{place}: {error.detail}") from error


def _has_more_items(data: bytes, limit: int) -> bool:
    """Whether an RLP item has more values and lists than so many, counted without making any of them."""
    at = count = 0
    while at < len(data) and count <= limit:
        first = data[at]
        width = first - 0xB7 if 0xB8 <= first < 0xC0 else max(0, first - 0xF7)
        length = first - 0x80 if 0x80 <= first < 0xB8 else 0
        if 0xB8 <= first < 0xC0:
            length = int.from_bytes(data[at + 1 : at + 1 + width], "big")
        at += 1 + width + length
        count += 1
    return count > limit


def _decode_receipt(row: RlpItem) -> Receipt:
    kind, status, gas, logs = _as_list(row, 4)
    return Receipt(
        decode_int(kind, "receipt type", 3),
        bool(decode_int(status, "receipt status", 2)),
        Gas(decode_int(gas, "cumulative gas", UINT64)),
        tuple(_decode_log(log) for log in _as_list(logs, None)),
    )


def _decode_log(row: RlpItem) -> Log:
    address, topics, data = _as_list(row, 3)
    if not isinstance(data, bytes):
        raise BadRlpError("log data: found a list, expected a byte string")
    hashes: Iterable[bytes] = (decode_fixed(topic, "topic", 32) for topic in _as_list(topics, None))
    return Log(Address(decode_fixed(address, "log address", 20)), tuple(Hash32(topic) for topic in hashes), data)


def _as_list(item: RlpItem, count: int | None) -> list[RlpItem]:
    if not isinstance(item, list) or (count is not None and len(item) != count):
        raise BadRlpError(f"expected a list of {'items' if count is None else count}")
    return item
