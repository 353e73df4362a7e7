"""Altered snapshots: each is refused with what was found, and no byte anywhere leads to another state."""

import functools
import io
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.bundle.frames import encode_seal_frame, split_seals
from ledger.bundle.tar import make_header
from ledger.chain.rlp import decode, encode, encode_payload
from ledger.errors import LedgerError
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.snapshot.archive import MAX_MEMBER
from ledger.snapshot.errors import SnapshotDiffersError, SnapshotError
from ledger.snapshot.file import SnapshotReader
from node.store import rows
from node.store.memory import MemoryStore
from tests.scripts.network.snapshots import (
    BLOCKS,
    RECEIPTS,
    SEALS,
    SNAPSHOT_AT,
    STATE,
    Members,
    Shot,
    install,
    read_members,
    with_block,
    with_items,
    write_members,
)


@pytest.fixture(scope="module")
def members(made: Shot) -> Members:
    return read_members(made.file)


@pytest.fixture(scope="module")
def anchor(made: Shot) -> Anchor:
    return decode_anchor(made.anchor.read_text())


def contents(store: MemoryStore) -> dict[bytes, bytes]:
    snapshot = store.snapshot()
    return dict(snapshot.scan(b"", b"\xff" * 64))


def refuse(data: bytes, anchor: Anchor, kind: type[LedgerError], words: str) -> None:
    with pytest.raises(kind, match=words):
        install(data, anchor)


def replace_item(at: int, change: Callable[[Any], Any]) -> Callable[[list[bytes]], list[bytes]]:
    """A change of one decoded item of a member."""

    def changed(items: list[bytes]) -> list[bytes]:
        place = at % len(items)
        return [encode(change(decode(item))) if n == place else item for n, item in enumerate(items)]

    return changed


def slot_place(members: Members) -> int:
    """Where the first slot stands among the state's rows, after its account."""
    items: list[bytes] = []
    with_items(members, STATE, lambda found: items.extend(found) or found)  # type: ignore[func-returns-value]
    return next(n for n, item in enumerate(items) if len(decode(item)) == 2)


def test_members__put_together_again__are_the_file(made: Shot, members: Members, anchor: Anchor) -> None:
    assert write_members(members) == made.file.read_bytes()
    _, installed = install(made.file.read_bytes(), anchor)
    assert installed.head.number == SNAPSHOT_AT
    assert installed.consensus is None


STATE_CHANGES: dict[str, tuple[Callable[[int], Callable[[list[bytes]], list[bytes]]], type[LedgerError], str]] = {
    "slot altered": (
        lambda at: replace_item(
            at, lambda row: [row[0], (int.from_bytes(row[1], "big") + 1).to_bytes(32, "big").lstrip(b"\0")]
        ),
        SnapshotDiffersError,
        "state: root: found 0x",
    ),
    "slot of zero": (
        lambda at: replace_item(at, lambda row: [row[0], b""]),
        SnapshotError,
        "zero, twice or out of order",
    ),
    "slot missing": (lambda at: lambda rows: rows[:at] + rows[at + 1 :], SnapshotDiffersError, "state: root"),
    "slot twice": (lambda at: lambda rows: rows[: at + 1] + rows[at:], SnapshotError, "zero, twice or out of order"),
    "slots out of order": (
        lambda at: lambda rows: [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]],
        SnapshotError,
        "zero, twice or out of order",
    ),
    "slot before any account": (lambda at: lambda rows: rows[at:], SnapshotError, "before any account"),
    "slot added": (
        lambda at: lambda rows: [*rows[:at], encode([bytes(31) + b"\1", b"\1"]), *rows[at:]],
        SnapshotDiffersError,
        "state: root",
    ),
    "account altered": (
        lambda at: replace_item(at - 1, lambda row: [row[0], row[1], b"\1", row[3]]),
        SnapshotDiffersError,
        "state: root",
    ),
    "code altered": (
        lambda at: replace_item(at - 1, lambda row: [*row[:3], row[3] + b"\0"]),
        SnapshotDiffersError,
        "state: root",
    ),
    "account twice": (
        lambda at: lambda rows: [rows[at - 1], *rows],
        SnapshotError,
        "twice or out of order, expected ascending",
    ),
    "row of three": (lambda at: replace_item(at, lambda row: [*row, b"\1"]), SnapshotError, "list"),
    "row not canonical": (
        lambda at: lambda rows: [*rows[:at], b"\xf8" + rows[at], *rows[at + 1 :]],
        SnapshotError,
        STATE,
    ),
    "no rows": (lambda _: lambda _rows: [], SnapshotDiffersError, "state: root"),
}


@pytest.mark.parametrize("name", STATE_CHANGES)
def test_install__state_that_was_changed__is_refused(members: Members, anchor: Anchor, name: str) -> None:
    change, kind, words = STATE_CHANGES[name]
    refuse(write_members(with_items(members, STATE, change(slot_place(members)))), anchor, kind, words)


def test_install__header_with_another_state_root__is_refused(members: Members, anchor: Anchor) -> None:
    for number in range(SNAPSHOT_AT + 1):
        changed = with_block(members, number, lambda block: [[*block[0][:3], bytes(32), *block[0][4:]], block[1]])
        refuse(write_members(changed), anchor, SnapshotDiffersError, f"block {number}")


def test_install__transactions_or_receipts_changed__is_refused(members: Members, anchor: Anchor) -> None:
    fewer = with_block(members, 2, lambda block: [block[0], block[1][:-1]])
    refuse(write_members(fewer), anchor, SnapshotDiffersError, "block 2: transactions root")
    failed = with_items(members, RECEIPTS, replace_item(2, lambda rows_: [[row[0], b"", *row[2:]] for row in rows_]))
    refuse(write_members(failed), anchor, SnapshotDiffersError, "block 2: receipts root")


def test_install__blocks_missing_or_added__is_refused(members: Members, anchor: Anchor) -> None:
    def without(count: int) -> Members:
        kept = {name: with_items(members, name, lambda items: items[:-count])[name] for name in (BLOCKS, RECEIPTS)}
        seals = b"".join(encode_seal_frame(seal) for seal in split_seals(members[SEALS], SEALS)[:-count])
        return {**members, **kept, SEALS: seals}

    refuse(write_members(without(1)), anchor, SnapshotDiffersError, "snapshot: blocks: found 4, expected 5")
    lost = {name: content for name, content in members.items() if name not in (BLOCKS, RECEIPTS, SEALS)}
    refuse(write_members(lost), anchor, SnapshotDiffersError, "snapshot: blocks: found 0, expected 5")
    uneven = {**members, SEALS: without(1)[SEALS]}
    refuse(write_members(uneven), anchor, SnapshotError, "5 blocks, receipts of 5, seals of 4")


def test_install__seal_of_another_block_or_key_or_none__is_refused(members: Members, anchor: Anchor) -> None:
    seals = split_seals(members[SEALS], SEALS)

    def with_last(seal: bytes) -> bytes:
        return write_members({**members, SEALS: b"".join(map(encode_seal_frame, [*seals[:-1], seal]))})

    refuse(with_last(seals[-2]), anchor, SnapshotDiffersError, "block 4: seal: of height 3, expected 4")
    refuse(with_last(b""), anchor, SnapshotDiffersError, "block 4: seal: none")
    other = bytearray(seals[-1])
    other[-20] ^= 1
    refuse(with_last(bytes(other)), anchor, SnapshotDiffersError, "block 4: ")
    head = seals[-1][:41]
    refuse(with_last(b"\x02" + head[1:] + bytes(300)), anchor, SnapshotDiffersError, "COMMIT, expected SOLO")


def test_install__facts_of_another_block_or_version__is_refused(members: Members, anchor: Anchor) -> None:
    facts = members["snapshot.json"]

    def with_facts(old: bytes, new: bytes) -> bytes:
        assert old in facts
        return write_members({**members, "snapshot.json": facts.replace(old, new)})

    refuse(
        with_facts(b"snapshot 1", b"snapshot 2"),
        anchor,
        SnapshotError,
        "'ortaq snapshot 2', expected 'ortaq snapshot 1'",
    )
    refuse(with_facts(b'"last":4', b'"last":3'), anchor, SnapshotDiffersError, "snapshot.json: last: found 3")
    refuse(with_facts(b'"last":4', b'"last":5'), anchor, SnapshotDiffersError, "blocks: found 5, expected 6")
    refuse(with_facts(b'"head":"0x', b'"head":"0X'), anchor, SnapshotError, "head")
    digits = facts.partition(b'"head":"0x')[2][:64]
    refuse(with_facts(digits, bytes(reversed(digits))), anchor, SnapshotDiffersError, "snapshot.json: head")
    refuse(with_facts(b'"chain_id":', b'"chain_id":1'), anchor, LedgerError, "chain")


def test_install__founding_of_another_text__is_refused(members: Members, anchor: Anchor) -> None:
    text = {**members, "founding.toml": members["founding.toml"] + b"\n"}
    refuse(write_members(text), anchor, SnapshotDiffersError, "snapshot.json: founding")


def test_install__members_in_another_order_or_unknown__is_refused(members: Members, anchor: Anchor) -> None:
    turned = dict(reversed(list(members.items())))
    refuse(write_members(turned), anchor, SnapshotError, "expected snapshot.json")
    refuse(write_members({**members, "more.txt": b"x"}), anchor, SnapshotError, "found more.txt, expected its end")
    refuse(write_members({**members, "consensus.bin": b"x"}), anchor, SnapshotError, "validators do not decide")
    later = {("state/000000000001.rlp" if name == STATE else name): data for name, data in members.items()}
    refuse(write_members(later), anchor, SnapshotDiffersError, "state: root")


def test_install__cut_off_anywhere__is_refused(made: Shot, anchor: Anchor) -> None:
    whole = made.file.read_bytes()
    for length in (0, 1, 511, 512, 5_000, len(whole) // 2, len(whole) - 1_024, len(whole) - 1):
        refuse(whole[:length], anchor, SnapshotError, "cut off|expected 512 zero bytes")
    refuse(whole + b"\0", anchor, SnapshotError, "the end of the file")


class Counting(io.BytesIO):
    """Remembers the most that was asked for at once."""

    most = 0

    def read(self, count: int | None = -1, /) -> bytes:
        self.most = max(self.most, count or 0)
        return super().read(count)


def test_read__lengths_that_lie__are_refused_before_anything_is_read(members: Members, anchor: Anchor) -> None:
    facts = members["snapshot.json"]
    start = make_header("snapshot.json", len(facts)) + facts + bytes(-len(facts) % 512)
    for length, words in (
        (MAX_MEMBER + 1, "expected at most"),
        ((1 << 26) + 1, "expected at most"),
        (MAX_MEMBER, "cut off"),
    ):
        stream = Counting(start + make_header("genesis.json", length))
        with pytest.raises(SnapshotError, match=words):
            SnapshotReader(stream)
        assert stream.most <= MAX_MEMBER
    deep = b"\xf8" + bytes([200]) + b"\xc1" * 200
    refuse(write_members({**members, STATE: deep}), anchor, SnapshotError, STATE)
    huge = b"\xfb" + struct.pack(">I", 1 << 31) + b"\x01"
    refuse(write_members({**members, STATE: huge}), anchor, SnapshotError, "expected a whole list")


def test_read__many_values_in_few_bytes__are_refused_before_they_are_made(members: Members, anchor: Anchor) -> None:
    """Each empty list would take more than a hundred bytes of memory for one of the file."""
    size = 1 << 18
    dense, two = encode_payload(b"\xc0" * size), encode_payload(b"\xc0\xc0")
    one = {**members, SEALS: encode_seal_frame(b"")}
    for changed, words in (
        ({**one, BLOCKS: two, RECEIPTS: dense}, "receipts of block 0: more than 63691 values in 262148 bytes"),
        ({**one, BLOCKS: dense, RECEIPTS: b"\xc0"}, "block 0: more than 63691 values"),
        ({**members, RECEIPTS: b"\xc0" * size}, "receipts of 1001"),
        ({**members, STATE: dense}, "row of 262148 bytes, expected at most 65536"),
        ({**members, STATE: b"\xc0" * size}, STATE),
    ):
        data = write_members(changed)
        tracemalloc.start()
        try:
            refuse(data, anchor, SnapshotError, words)
            assert tracemalloc.get_traced_memory()[1] < 20 * size
        finally:
            tracemalloc.stop()


@functools.cache
def _whole(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123  cached by its name
        return file.read()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_install__any_byte_changed__never_gives_another_state(made: Shot, anchor: Anchor, data: st.DataObject) -> None:
    whole = _whole(str(made.file))
    # The founding's files are the most of it, so a member is drawn first; its header stands before it.
    members = read_members(made.file)
    content = members[data.draw(st.sampled_from(sorted(members)))]
    place = whole.index(content) - 512 + data.draw(st.integers(0, len(content) + 511))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        store, installed = install(bytes(changed), anchor)
    except LedgerError:
        return
    expected, before = install(whole, anchor)
    assert installed.head == before.head
    found = contents(store)
    assert {key: row for key, row in found.items() if key[:1] != rows.seal_key(0)[:1]} == {
        key: row for key, row in contents(expected).items() if key[:1] != rows.seal_key(0)[:1]
    }
