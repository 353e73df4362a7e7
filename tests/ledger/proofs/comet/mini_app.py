"""The least application that CometBFT accepts: a ledger of bare headers, whose newest hash is the app hash.

A transaction of 40 bytes is a validator's key and its new power; any other one only makes a block. A consensus block
without transactions makes no ledger block, so that the app hash stays.
"""

import socket
import threading
from pathlib import Path

from ledger.chain.header import Header
from ledger.primitives import ZERO_ADDRESS, Gas, Hash32, Height, Timestamp, keccak256
from ledger.proofs.comet.wire import bytes_field, encode_varint, message_field, number_field

FLUSH, INFO, INIT_CHAIN, CHECK_TX, COMMIT, PREPARE, PROCESS, FINALIZE = 2, 3, 5, 8, 11, 16, 17, 20
ACCEPT = 1
CHANGE_LENGTH = 40


def change(key: bytes, power: int) -> bytes:
    """The transaction that gives a validator this power; 0 removes it."""
    return key + power.to_bytes(8, "big")


def make_block(number: int, parent: Hash32) -> Header:
    root = keccak256(b"state %d" % number)
    return Header(parent, ZERO_ADDRESS, root, Height(number), Gas(120_000_000), Timestamp(1_800_000_000 + number))


class MiniApp:
    """One node's application. Shape: `headers` start with the head of the solo ledger from which the chain goes on."""

    def __init__(self, path: Path, head: Header, app_version: int) -> None:
        self.headers = [head]
        self._app_version = app_version
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            while (length := _read_varint(stream.read)) is not None:
                kind, request = _fields(stream.read(length))[0]
                with self._lock:
                    body = self._answer(kind, request)
                answer = message_field(kind + 1, body)
                stream.write(encode_varint(len(answer)) + answer)
                if kind == FLUSH:
                    stream.flush()

    def _answer(self, kind: int, request: bytes) -> bytes:
        if kind == INFO:
            return number_field(3, self._app_version)
        if kind == INIT_CHAIN:
            return bytes_field(3, self.headers[-1].hash)
        if kind == PROCESS:
            return number_field(1, ACCEPT)
        if kind == PREPARE:
            return b"".join(message_field(1, tx) for field, tx in _fields(request) if field == 2)
        if kind == FINALIZE:
            return self._finalize([tx for field, tx in _fields(request) if field == 1])
        return b""

    def _finalize(self, transactions: list[bytes]) -> bytes:
        if transactions:
            parent = self.headers[-1]
            self.headers.append(make_block(parent.number + 1, parent.hash))
        results = b"".join(message_field(2, number_field(6, 21_000 + len(tx))) for tx in transactions)
        updates = b"".join(
            message_field(
                3,
                message_field(1, bytes_field(1, tx[:32])) + number_field(2, int.from_bytes(tx[32:], "big")),
            )
            for tx in transactions
            if len(tx) == CHANGE_LENGTH
        )
        return results + updates + bytes_field(5, self.headers[-1].hash)


def _read_varint(read) -> int | None:  # type: ignore[no-untyped-def]
    value, shift = 0, 0
    while byte := read(1):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    return None


def _fields(message: bytes) -> list[tuple[int, bytes]]:
    """Numbers of the fields of a message, and the bytes of those that have a length; numbers are passed over."""
    place, found = 0, []

    def read(length: int) -> bytes:
        nonlocal place
        place += length
        return message[place - length : place]

    while place < len(message):
        key = _read_varint(read)
        kind = key & 7
        if kind == 2:
            found.append((key >> 3, read(_read_varint(read))))
        elif kind == 0:
            _read_varint(read)
        else:
            read(8 if kind == 1 else 4)
    return found
