"""A new LevelDB folder with a few rows: what CometBFT opens when it starts. Writing only, and only once.

Rows stand in the journal, as after a crash before they were sorted into tables; whoever opens the folder does that.
Source: LevelDB's notes on its log format and its implementation; goleveldb reads them.
"""

import os
import struct
from collections.abc import Mapping
from pathlib import Path

from ledger.proofs.comet.wire import encode_varint
from node.files import sync_folder, write_durably

BLOCK = 32_768
HEADER = struct.Struct("<IHB")
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
COMPARATOR = b"leveldb.BytewiseComparator"
JOURNAL, MANIFEST = "000001.log", "MANIFEST-000000"
_PUT = b"\x01"
_POLYNOMIAL = 0x82F63B78


def write_leveldb(folder: Path, rows: Mapping[bytes, bytes]) -> None:
    """Make a folder that holds these rows, durably. Errors: FileExistsError where there is one."""
    folder.mkdir(mode=0o700)
    batch = struct.pack("<QI", 1, len(rows))
    for key in sorted(rows):
        batch += _PUT + _sized(key) + _sized(rows[key])
    write_durably(folder / JOURNAL, frame_records(batch), mode=0o600)
    write_durably(folder / MANIFEST, frame_records(_version()), mode=0o600)
    write_durably(folder / "CURRENT", f"{MANIFEST}\n".encode(), mode=0o600)
    sync_folder(folder.parent)
    os.utime(folder)


def frame_records(data: bytes) -> bytes:
    """One record as a log has it: cut where its blocks end, each piece with a checksum."""
    framed, at, left = b"", 0, BLOCK
    while True:
        piece = data[at : at + left - HEADER.size]
        is_first, is_last = at == 0, at + len(piece) == len(data)
        kind = {(True, True): FULL, (True, False): FIRST, (False, False): MIDDLE, (False, True): LAST}[
            is_first, is_last
        ]
        framed += HEADER.pack(masked_crc(bytes([kind]) + piece), len(piece), kind) + piece
        at += len(piece)
        if is_last:
            return framed


def masked_crc(data: bytes) -> int:
    """CRC-32C, turned and shifted, so that a checksum over checksums stays one."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return (crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8 & 0xFFFFFFFF


def _version() -> bytes:
    """The first record of a manifest: comparator, journal 1, next file 2, no sequence number used yet."""
    return b"\x01" + _sized(COMPARATOR) + b"\x02\x01" + b"\x03\x02" + b"\x04\x00"


def _sized(data: bytes) -> bytes:
    return encode_varint(len(data)) + data


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)  # noqa: PLW2901
        table.append(byte)
    return table


_TABLE = _table()
