"""Snapshots in tests: taken apart into members, and put together again with something else in them."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.bundle.frames import split_items
from ledger.chain.genesis import genesis_state
from ledger.chain.rlp import decode, encode
from ledger.proofs.anchor import Anchor
from ledger.snapshot.archive import ArchiveReader, ArchiveWriter
from ledger.snapshot.file import SnapshotReader
from node.snapshot.installing import Installed, SnapshotInstaller
from node.store.memory import MemoryStore
from node.store.opening import open_chain

SNAPSHOT_AT = 4
Members = dict[str, bytes]
STATE = "state/000000000000.rlp"
BLOCKS, RECEIPTS, SEALS = "blocks/000000000000.rlp", "receipts/000000000000.rlp", "seals/000000000000.bin"


@dataclass(frozen=True)
class Shot:
    """A ledger, and a snapshot of it up to block `SNAPSHOT_AT`; it has gone on by one block since."""

    path: Path
    file: Path

    @property
    def anchor(self) -> Path:
        return self.path / "anchor.txt"


def read_members(path: Path) -> Members:
    members: Members = {}
    with path.open("rb") as file:
        reader = ArchiveReader(file)
        while reader.next is not None:
            name = reader.next
            members[name] = reader.take(name)
    return members


def write_members(members: Members) -> bytes:
    data = io.BytesIO()
    writer = ArchiveWriter(data)
    for name, content in members.items():
        writer.add(name, content)
    writer.finish()
    return data.getvalue()


def with_items(members: Members, name: str, change: Callable[[list[bytes]], list[bytes]]) -> Members:
    """The same members with the RLP items of one of them changed."""
    return {**members, name: b"".join(change(list(split_items(members[name], name))))}


def with_block(members: Members, number: int, change: Callable[[list], list]) -> Members:  # type: ignore[type-arg]
    """The same members with the decoded header and transactions of one block changed."""

    def changed(items: list[bytes]) -> list[bytes]:
        return [encode(change(decode(item))) if at == number else item for at, item in enumerate(items)]  # type: ignore[arg-type]

    return with_items(members, BLOCKS, changed)


def install(data: bytes, anchor: Anchor) -> tuple[MemoryStore, Installed]:
    """Install into a store in memory. Errors: those of the installer."""
    reader = SnapshotReader(io.BytesIO(data))
    store = MemoryStore()
    open_chain(store, *genesis_state(reader.genesis))
    return store, SnapshotInstaller(reader, store, reader.genesis, anchor).run()
