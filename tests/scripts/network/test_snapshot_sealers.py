"""Snapshots of a ledger whose sealers changed: each block's seal is by those of its time, from the founding on."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.bundle.frames import encode_seal_frame, split_seals
from ledger.chain.header import Header
from ledger.primitives import Height, Timestamp
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover import Handover
from ledger.proofs.handover_making import find_handovers, make_anchor
from ledger.proofs.seal import SealKind, make_seal
from ledger.snapshot.errors import SnapshotDiffersError, SnapshotError
from ledger.snapshot.handovers import NAME, encode_handovers
from node.execution.pyevm.engine import open_reader
from scripts.network.snapshots import make_snapshot_file
from scripts.terminal.console import Output
from tests.ledger.proofs.history import SECOND, THIRD, make_history
from tests.scripts.network.snapshots import SEALS, Members, install, read_members, write_members


@dataclass(frozen=True)
class Past:
    """A snapshot, anchors of the founding and of each change, and what a forger would have."""

    members: Members
    anchors: list[Anchor]
    rotated: Height
    succeeded: Height
    headers: list[Header]
    first: PrivateKey
    chain_id: int
    handovers: tuple[Handover, ...]

    def sealed(self, number: int, key: PrivateKey) -> bytes:
        """The snapshot with another key's seal over the block that is there."""
        seals = split_seals(self.members[SEALS], SEALS)
        seal = make_seal(SealKind.SOLO, self.chain_id, Height(number), self.headers[number].hash, key)
        seals[number] = seal.encode()
        return write_members({**self.members, SEALS: b"".join(map(encode_seal_frame, seals))})


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    folder = tmp_path_factory.mktemp("sealers")
    history = make_history(folder / "ledger")
    chain, founding = history.chain, history.ledger.anchor.founding
    anchors = [make_anchor(chain, founding, height) for height in (Height(0), history.rotated, history.succeeded)]
    handovers = find_handovers(chain, Height(chain.head().number + 1))
    headers = [chain.header(Height(height)) for height in range(chain.head().number + 1)]
    history.ledger.node.close()
    make_snapshot_file(history.ledger.path, folder / "s", None, Output(quiet=True))
    kept = [header for header in headers if header is not None]
    return Past(
        read_members(folder / "s"),
        anchors,
        history.rotated,
        history.succeeded,
        kept,
        history.ledger.keys["sealer"],
        history.ledger.chain_id,
        handovers,
    )


@pytest.mark.parametrize("place", [0, 1, 2])
def test_install__sealers_that_changed_twice__are_followed_from_any_anchor(past: Past, place: int) -> None:
    _, installed = install(write_members(past.members), past.anchors[place])
    assert installed.head == past.headers[-1]


def test_install__handovers_from_before_it__are_kept_for_receipts(past: Past) -> None:
    store, installed = install(write_members(past.members), past.anchors[0])
    chain = open_reader(store, past.chain_id)
    target = Height(installed.head.number + 1)
    assert len(past.handovers) == 2
    assert find_handovers(chain, target) == past.handovers
    assert find_handovers(chain, target, past.rotated) == past.handovers[1:]
    assert find_handovers(chain, target, past.succeeded) == ()


def test_install__handovers_missing_added_or_altered__are_refused(past: Past) -> None:
    first, second = past.handovers
    altered = replace(first, block=replace(first.block, header=first.block.header[:-1] + b"\1"))
    for handovers, words in (
        ((), r"blocks: found \[\]"),
        ((first,), "blocks: found"),
        ((second,), "handover"),
        ((second, first), "handover"),
        ((first, first, second), "ascending"),
        ((altered, second), "handovers.json"),
    ):
        data = write_members({**past.members, NAME: encode_handovers(handovers)})
        with pytest.raises(SnapshotDiffersError, match=words):
            install(data, past.anchors[0])
    for content in (b"", b"{}", b"[{}]", past.members[NAME] + b"\n", past.members[NAME].replace(b":", b": ", 1)):
        with pytest.raises(SnapshotError, match=r"handovers\.json"):
            install(write_members({**past.members, NAME: content}), past.anchors[0])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_install__seal_by_a_key_that_is_retired_or_not_in_office_yet__is_refused(past: Past, place: int) -> None:
    anchor = past.anchors[place]
    for number, key in (
        (past.rotated, SECOND),
        (past.rotated + 1, past.first),
        (past.succeeded - 1, past.first),
        (past.succeeded, THIRD),
        (past.succeeded + 1, SECOND),
    ):
        with pytest.raises(SnapshotDiffersError, match=f"block {number}: "):
            install(past.sealed(number, key), anchor)


def test_install__anchor_with_other_sealers_or_another_block__is_refused(past: Past) -> None:
    good = past.anchors[1]
    for changed, words in (
        (Anchor(good.founding, good.height, good.block_hash, past.anchors[0].sealers, good.issued), "sealers after it"),
        (Anchor(good.founding, good.height, past.headers[1].hash, good.sealers, Timestamp(0)), "hash"),
    ):
        with pytest.raises(SnapshotDiffersError, match=f"block {good.height}: {words}"):
            install(write_members(past.members), changed)


def test_make__up_to_a_succession__leaves_out_the_seal_before_it(tmp_path: Path) -> None:
    history = make_history(tmp_path / "ledger")
    history.ledger.node.close()
    # The block before a succession keeps its seal here; its place in a snapshot is empty all the same.
    make_snapshot_file(history.ledger.path, tmp_path / "s", history.succeeded, Output(quiet=True))
    seals = split_seals(read_members(tmp_path / "s")[SEALS], SEALS)
    assert (seals[history.succeeded - 1], seals[history.succeeded][0]) == (b"", SealKind.SUCCESSION)
