"""Beginning with a snapshot: its file installed into a directory in the making, believed for its seals alone."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import Timestamp
from ledger.proofs.anchor import Anchor
from ledger.snapshot.file import FOUNDING, GENESIS, TEXT, SnapshotReader
from node.consensus.comet.configuration import CometHome
from node.folder import LedgerFolder, encode_founding, load_founding
from node.snapshot.comet_home import comet_start, write_comet_start
from node.snapshot.installing import Installed, Progressed, SnapshotInstaller
from node.store.lmdb_store import LmdbStore
from scripts.terminal.console import Output, Steps


class OldAnchorError(CannotCheckError):
    """An anchor whose time is over: who sealed then is not trusted with the blocks after it."""

    type = "anchor-too-old"


class NoConsensusError(CannotCheckError):
    """A snapshot that does not say where CometBFT stands: followers can begin with it, members cannot."""

    type = "no-consensus-in-snapshot"


def founding_of(snapshot: Path) -> dict[str, bytes]:
    """The founding's files as a snapshot has them. Errors: SnapshotError, SnapshotDiffersError."""
    with _opened(snapshot) as file:
        found = SnapshotReader(file).inception
    return {GENESIS: found.genesis, TEXT: found.text, FOUNDING: encode_founding(found.keys, found.nonce)}


def begin_with(
    snapshot: Path, draft: LedgerFolder, anchor: Anchor, home: CometHome | None, output: Output
) -> Installed:
    """Install a snapshot into a directory that holds the founding. `home`: of CometBFT, where the node is a member.

    Errors  OldAnchorError; SnapshotError, SnapshotDiffersError; NoConsensusError; HomeTakenError, ProposerError. What
            was made in CometBFT's home is taken back then; the directory the caller throws away.
    """
    founding, genesis = load_founding(draft)
    now = Timestamp(int(time.time()))
    if not founding.constitution.is_simulated and anchor.is_old(now):
        raise OldAnchorError(f"anchor: its time was over at {anchor.until}, expected one of a newer block")
    with _opened(snapshot) as file, output.progress() as steps, closing(LmdbStore(draft.store)) as store:
        reader = SnapshotReader(file)
        installer = SnapshotInstaller(reader, store, genesis, anchor)
        installed = installer.run(_counting(steps, reader.facts.last))
    if home is not None:
        if installed.consensus is None:
            raise NoConsensusError(
                f"{snapshot}: no consensus.bin, expected a snapshot that was made in the directory of a member"
            )
        write_comet_start(home, genesis.chain_id, comet_start(installed.consensus))
    return installed


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInputError(f"--snapshot: {path}: {error.strerror}, expected a file") from error
    with file:
        yield file


def _counting(steps: Steps, last: int) -> Progressed:
    """Bars for what the installer tells. How many members the state has, nobody knows before its end."""
    steps.start("blocks", last + 1)
    steps.start("index", last)

    def count(name: str, by: int) -> None:
        if name != "state":
            steps.advance(name, by)

    return count
