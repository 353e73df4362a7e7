"""Finds logs: by the index rows where the contract is given, otherwise by the blooms of the headers."""

import heapq
import struct
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from ledger.chain.header import decode_header
from ledger.chain.receipt import Log, bloom_bits, decode_receipt
from ledger.ports import LogFilter, PlacedLog
from ledger.primitives import Address, Hash32, Height, keccak256
from node.store import rows
from node.store.packed import unpack, unpack_one
from node.store.ports import Snapshot

_Place = tuple[int, int, int, int]
"""Height, index of the transaction, index of the log in the block, index of the log in its receipt."""


def find_logs(snapshot: Snapshot, query: LogFilter) -> Iterator[PlacedLog]:
    """Logs that the filter asks for, in the order of the chain."""
    if query.address is None:
        yield from _scan_blocks(snapshot, query)
        return
    topic = query.topics[0] if query.topics else None
    topics = _topics_of(snapshot, query.address) if topic is None else [topic]
    places = [_places(snapshot, query.address, topic, query) for topic in topics]
    for (height, index), group in groupby(heapq.merge(*places), key=itemgetter(0, 1)):
        for found in _placed_logs(snapshot, height, index, group):
            if _matches(found.log, query):
                yield found


def _topics_of(snapshot: Snapshot, address: Address) -> list[bytes]:
    """First topics under which a contract has logs, found by skipping from one to the next."""
    topics: list[bytes] = []
    prefix = rows.log_prefix(address, b"")
    start, stop = prefix, prefix + b"\xff" * 49
    while True:
        row = next(snapshot.scan(start, stop), None)
        if row is None:
            return topics
        topic = row[0][len(prefix) : len(prefix) + 32]
        topics.append(topic)
        start = prefix + topic + b"\xff" * 17


def _places(snapshot: Snapshot, address: Address, topic: bytes, query: LogFilter) -> Iterator[_Place]:
    prefix = rows.log_prefix(address, topic)
    start = prefix + rows.height_bytes(max(query.first, 0))
    stop = prefix + rows.height_bytes(max(query.last + 1, 0))
    for key, value in snapshot.scan(start, stop):
        yield (*struct.unpack(">QII", key[len(prefix) :]), int.from_bytes(value, "big"))


def _placed_logs(snapshot: Snapshot, height: int, index: int, places: Iterator[_Place]) -> Iterator[PlacedLog]:
    """Logs of one transaction; its receipt is decoded once, however many of them it has."""
    header = snapshot.get(rows.header_key(height)) or b""
    transaction = unpack_one(snapshot.get(rows.transactions_key(height)) or rows.NO_ITEMS, index) or b""
    receipt = unpack_one(snapshot.get(rows.receipts_key(height)) or rows.NO_ITEMS, index) or b""
    logs = decode_receipt(receipt).logs
    transaction_hash = keccak256(transaction)
    for _, _, in_block, in_receipt in places:
        yield PlacedLog(logs[in_receipt], Height(height), Hash32(header[:32]), transaction_hash, index, in_block)


def _scan_blocks(snapshot: Snapshot, query: LogFilter) -> Iterator[PlacedLog]:
    wanted = 0
    for topic in query.topics:
        wanted |= bloom_bits(topic) if topic is not None else 0
    start, stop = rows.header_key(max(query.first, 0)), rows.header_key(max(query.last + 1, 0))
    for _, row in snapshot.scan(start, stop):
        header = decode_header(row[32:])
        bloom = int.from_bytes(header.logs_bloom, "big")
        if bloom and bloom & wanted == wanted:
            yield from _logs_of_block(snapshot, header.number, Hash32(row[:32]), query)


def _logs_of_block(snapshot: Snapshot, height: Height, block_hash: Hash32, query: LogFilter) -> Iterator[PlacedLog]:
    transactions = unpack(snapshot.get(rows.transactions_key(height)) or rows.NO_ITEMS)
    receipts = unpack(snapshot.get(rows.receipts_key(height)) or rows.NO_ITEMS)
    in_block = 0
    for index, (transaction, data) in enumerate(zip(transactions, receipts, strict=True)):
        for log in decode_receipt(data).logs:
            if _matches(log, query):
                yield PlacedLog(log, height, block_hash, keccak256(transaction), index, in_block)
            in_block += 1


def _matches(log: Log, query: LogFilter) -> bool:
    if query.address is not None and log.address != query.address:
        return False
    if len(query.topics) > len(log.topics):
        return False
    return all(wanted in (None, found) for wanted, found in zip(query.topics, log.topics, strict=False))
