"""Folders of LevelDB: framed and summed as its format says. That CometBFT opens them, test_late_member.py shows."""

import struct
from pathlib import Path

import pytest

from node.snapshot.leveldb import BLOCK, FIRST, FULL, HEADER, LAST, MIDDLE, frame_records, masked_crc, write_leveldb


def unframe(data: bytes) -> tuple[list[int], bytes]:
    """Kinds and content of the pieces; each checksum is compared."""
    kinds, content, at = [], b"", 0
    while at < len(data):
        crc, length, kind = HEADER.unpack_from(data, at)
        piece = data[at + HEADER.size : at + HEADER.size + length]
        assert crc == masked_crc(bytes([kind]) + piece)
        assert at // BLOCK == (at + HEADER.size + length - 1) // BLOCK, "a piece goes over the end of a block"
        kinds.append(kind)
        content += piece
        at += HEADER.size + length
    return kinds, content


def test_masked_crc__check_value__is_that_of_crc_32c() -> None:
    crc = 0xE3069283
    assert masked_crc(b"123456789") == ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("size", "kinds"),
    [
        (0, [FULL]),
        (BLOCK - HEADER.size, [FULL]),
        (BLOCK, [FIRST, LAST]),
        (3 * BLOCK, [FIRST, MIDDLE, MIDDLE, LAST]),
    ],
)
def test_records__of_any_size__are_cut_at_blocks(size: int, kinds: list[int]) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert unframe(frame_records(data)) == (kinds, data)


def test_write__rows__stand_in_one_batch_of_the_journal(tmp_path: Path) -> None:
    write_leveldb(tmp_path / "some.db", {b"b": b"two", b"a": b"one" * 50})
    names = sorted(path.name for path in (tmp_path / "some.db").iterdir())
    assert names == ["000001.log", "CURRENT", "MANIFEST-000000"]
    assert (tmp_path / "some.db" / "CURRENT").read_text() == "MANIFEST-000000\n"
    kinds, batch = unframe((tmp_path / "some.db" / "000001.log").read_bytes())
    assert kinds == [FULL]
    assert batch == struct.pack("<QI", 1, 2) + b"\x01\x01a\x96\x01" + b"one" * 50 + b"\x01\x01b\x03two"
    with pytest.raises(FileExistsError):
        write_leveldb(tmp_path / "some.db", {})
