"""A validator's key held beside CometBFT, as a remote signer: it signs what it is asked to, at a time of its own.

CometBFT takes the time of a vote from its clock; a signer may put another one in. This is how a machine's wrong clock
looks to everybody else.
"""

import json
import socket
import struct
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.consensus.comet.wire import FrameReader, encode_frame

Fields = list[tuple[int, int, bytes | int]]
"""(number, wire type, value) of a protobuf message."""
VARINT, FIXED64, BYTES = 0, 1, 2
# Numbers of requests; each answer's is the next.
PUBLIC_KEY, VOTE, PROPOSAL, PING = 1, 3, 5, 7
TIME = {VOTE: 5, PROPOSAL: 6}
SIGNATURE = {VOTE: 8, PROPOSAL: 7}
BLOCK = {VOTE: 4, PROPOSAL: 5}
LAST_STEP = 3
"""The precommit."""
RETRY_S = 0.1
READ_BYTES = 1 << 16


class ShiftedSigner:
    """Signs for one validator, `offset_s` away from its machine's time. A context: leaving it stops the thread.

    CometBFT listens on `path`; after each of its starts this dials again.
    """

    def __init__(self, key_file: Path, path: Path, offset_s: int) -> None:
        secret = b64decode(json.loads(key_file.read_text())["priv_key"]["value"])[:32]
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self._path = path
        self._offset_s = offset_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signer", daemon=True)
        self.signed = 0
        self._last = (0, 0)

    def note_signed(self, state_file: Path) -> None:
        """Write up to where it signed, as CometBFT keeps it: whoever signs next begins after that."""
        height, number = self._last
        state_file.write_text(json.dumps({"height": str(height), "round": number, "step": LAST_STEP}))

    def __enter__(self) -> "ShiftedSigner":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(RETRY_S):
            with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self._path))
                connection.settimeout(RETRY_S)
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        frames = FrameReader()
        while not self._stop.is_set():
            try:
                data = connection.recv(READ_BYTES)
            except TimeoutError:
                continue
            if not data:
                return
            for message in frames.feed(data):
                connection.sendall(encode_frame(self._answer(message)))

    def _answer(self, message: bytes) -> bytes:
        ((kind, _, body),) = read(message)
        if kind == PUBLIC_KEY:
            public = self._key.public_key().public_bytes_raw()
            return write([(kind + 1, BYTES, write([(1, BYTES, write([(1, BYTES, public)]))]))])
        if kind not in (VOTE, PROPOSAL):
            return write([(PING + 1, BYTES, b"")])
        request = {number: value for number, _, value in read(body)}
        fields = [field for field in read(request[1]) if field[0] != SIGNATURE[kind]]
        fields = [self._shifted(field) if field[0] == TIME[kind] else field for field in fields]
        signature = self._key.sign(encode_frame(_canonical(kind, fields, request[2])))
        self.signed += 1
        known = {number: value for number, _, value in fields}
        self._last = max(self._last, (known.get(2, 0), known.get(3, 0)))
        signed = write([*fields, (SIGNATURE[kind], BYTES, signature)])
        return write([(kind + 1, BYTES, write([(1, BYTES, signed)]))])

    def _shifted(self, field: tuple[int, int, bytes]) -> tuple[int, int, bytes]:
        number, wire, value = field
        parts = {n: part for n, _, part in read(value)}
        time = [(1, VARINT, parts.get(1, 0) + self._offset_s), (2, VARINT, parts.get(2, 0))]
        return number, wire, write(time)


def _canonical(kind: int, fields: Fields, chain_id: bytes) -> bytes:
    """What is signed: CanonicalVote or CanonicalProposal of CometBFT 0.38."""
    known = {number: value for number, _, value in fields}
    found: Fields = [(1, VARINT, known.get(1, 0))]
    found += [(number, FIXED64, known[number]) for number in (2, 3) if known.get(number)]
    if kind == PROPOSAL:
        found.append((4, VARINT, known.get(4, 0)))
    # A vote for nothing names no block, and has none when it is signed.
    if known.get(BLOCK[kind]) and any(value for number, _, value in read(known[BLOCK[kind]]) if number == 1):
        found.append((BLOCK[kind], BYTES, known[BLOCK[kind]]))
    found.append((TIME[kind], BYTES, known[TIME[kind]]))
    found.append((TIME[kind] + 1, BYTES, chain_id))
    return write([field for field in found if field[2] or field[1] == BYTES])


def read(message: bytes) -> Fields:
    """The fields of a message. Only the wire types that these messages have."""
    return list(_read(message))


def _read(message: bytes) -> Iterator[tuple[int, int, bytes | int]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == BYTES:
            yield tag >> 3, BYTES, message[at : at + value]
            at += value
        else:
            yield tag >> 3, VARINT, value


def write(fields: Fields) -> bytes:
    found = bytearray()
    for number, wire, value in fields:
        found += _number(number << 3 | wire)
        if wire == FIXED64:
            found += struct.pack("<q", value)
        elif wire == VARINT:
            found += _number(value)
        else:
            found += _number(len(value)) + value
    return bytes(found)


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _number(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
