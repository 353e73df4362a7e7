"""`ortaq node snapshot`: blocks and state of a directory in one file, for nodes that begin with it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from io import BufferedRandom
from pathlib import Path

from ledger.bundle.documents import Facts
from ledger.bundle.parts import SealedBlock
from ledger.chain.genesis import Genesis
from ledger.chain.header import Header
from ledger.chain.trie import NodeSource
from ledger.errors import BadInputError
from ledger.ports import ChainReader
from ledger.primitives import Height, to_hex
from ledger.proofs.handover_making import find_handovers
from ledger.snapshot.file import Inception, write_snapshot
from ledger.snapshot.state import iterate_rows
from node.evidence import open_evidence_store
from node.execution.pyevm.engine import open_reader
from node.files import sync_folder
from node.folder import LedgerFolder, load_founding
from node.store.lmdb_store import LmdbStore
from node.store.opening import StoredNodes
from scripts.founding.settings import load_settings
from scripts.network.executed_states import executed_states
from scripts.network.signed_headers import find_signed_header
from scripts.records.bundles import NoOutputFileError
from scripts.records.chain_source import ChainGapError, FolderSource
from scripts.records.settling import settled_blocks, settled_facts
from scripts.running.ledgers import OpenLedger
from scripts.terminal.console import Output, Steps

ENDING = ".part"


class SnapshotHeightError(BadInputError):
    """A height that no snapshot can be made of."""

    type = "bad-snapshot-height"


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot that was written. Shape: `has_consensus`: whether a member of a network can begin with it."""

    facts: Facts
    size: int
    sha256: bytes
    has_consensus: bool


def make_snapshot_file(path: Path, out: Path, height: int | None, output: Output) -> None:
    """Make one, and say what was written. Errors: those of `make_snapshot`."""
    with output.progress() as steps:
        made = make_snapshot(path, out, height, steps)
    facts = {
        "file": str(out),
        "founding": to_hex(made.facts.founding),
        "chain_id": made.facts.chain_id,
        "last": made.facts.last,
        "head": to_hex(made.facts.head),
        "bytes": made.size,
        "sha256": made.sha256.hex(),
        "consensus": made.has_consensus,
    }
    shown = f"{out}: blocks 0 to {made.facts.last} and the state after them, {made.size:,} bytes"
    output.result(facts, f"{shown}\nsha256 {made.sha256.hex()}")
    if not made.has_consensus:
        output.say("followers can begin with it; members of a network cannot: it does not say where CometBFT stands")


def make_snapshot(path: Path, out: Path, height: int | None, steps: Steps) -> Made:
    """Write a snapshot beside `out` and rename it when it is whole. A node may run on the directory meanwhile.

    Shape   `height`: of its last block, by default the newest whose seal is settled.
    Errors  NoOutputFileError; SnapshotHeightError; ChainGapError; those of `open_ledger`, `executed_states` and
            `find_signed_header`.
    """
    if out.is_dir() or not out.parent.is_dir():
        raise NoOutputFileError(f"{out}: expected a file in a folder that exists")
    folder, settings = LedgerFolder(path), load_settings(path)
    founding, genesis = load_founding(folder)
    store = LmdbStore(folder.store, read_only=True)
    place = out.with_name(out.name + ENDING)
    try:
        chain = open_reader(store, founding.chain_id)
        source = FolderSource(OpenLedger(folder, settings, founding, chain, open_evidence_store(folder.evidence, None)))
        facts = _facts_at(settled_facts(source), chain, height)
        consensus = find_signed_header(path, chain, founding.chain_id, facts.last)
        with (
            _stated(chain, store, genesis, facts.last, out.parent, steps) as (nodes, stated),
            place.open("w+b") as file,
        ):
            rows = iterate_rows(nodes, _header(chain, facts.last).state_root)
            handovers = find_handovers(stated, Height(facts.last + 1))
            blocks = _counted(settled_blocks(source.blocks(0, facts.last)), facts.last, steps)
            inception = Inception(source.genesis(), founding.text, founding.keys, founding.nonce)
            write_snapshot(file, facts, inception, blocks, rows, handovers, consensus)
            size, digest = _finish(file)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    finally:
        store.close()
    place.replace(out)
    sync_folder(out.parent)
    return Made(facts, size, digest, consensus is not None)


def _facts_at(newest: Facts, chain: ChainReader, height: int | None) -> Facts:
    if height is None:
        return newest
    header = chain.header(Height(height)) if 0 < height <= newest.last else None
    if header is None:
        raise SnapshotHeightError(f"--height: {height}, expected 1 to {newest.last}, the newest with a settled seal")
    if chain.seal(Height(height)) is None:
        raise SnapshotHeightError(f"--height: block {height} has no seal: a succession stands for it; expected another")
    return Facts(newest.founding, newest.chain_id, header.number, header.hash)


@contextmanager
def _stated(
    chain: ChainReader, store: LmdbStore, genesis: Genesis, last: Height, beside: Path, steps: Steps
) -> Iterator[tuple[NodeSource, ChainReader]]:
    """The states: those that the node keeps, else made anew, as where geth executes."""
    nodes = StoredNodes(store)
    if nodes.node(_header(chain, last).state_root) is not None:
        yield nodes, chain
        return
    with executed_states(chain, genesis, last, beside, steps) as made:
        yield made


def _header(chain: ChainReader, height: Height) -> Header:
    header = chain.header(height)
    if header is None:
        raise ChainGapError(f"block {height}: not in the store", height=height)
    return header


def _counted(blocks: Iterable[SealedBlock], last: int, steps: Steps) -> Iterator[SealedBlock]:
    steps.start("blocks", last + 1)
    for block in blocks:
        yield block
        steps.advance("blocks")


def _finish(file: BufferedRandom) -> tuple[int, bytes]:
    """Make a written file durable; its size and SHA-256."""
    file.flush()
    os.fsync(file.fileno())
    size = file.tell()
    file.seek(0)
    return size, file_digest(file, "sha256").digest()
