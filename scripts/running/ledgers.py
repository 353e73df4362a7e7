"""LEDGER: a directory, or the URL of a node; opened for reading here."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.services import ApiSettings, FoundingFacts, Services
from ledger.bundle.documents import encode_founding
from ledger.errors import BadInputError
from ledger.ports import BallotRelay, ChainReader, CheckedStore, Clock, EvidenceStore, WitnessSource
from ledger.proofs.anchor import Anchor, decode_anchor
from node.clock import SimulatedClock, WallClock
from node.evidence import DiskStore, open_evidence_store
from node.folder import Founding, LedgerFolder, NoLedgerError, load_founding
from node.statements import StatementStore
from node.store.chain_reader import StoredChain
from node.store.lmdb_store import LmdbStore
from scripts.founding.settings import Settings, load_settings
from scripts.running.kinds import make_reader

RUNNING_NAME = "node.json"


class NoLedgerNamedError(BadInputError):
    """A command without a ledger to work on."""

    type = "no-ledger-named"


class DirectoryNeededError(BadInputError):
    """Something that needs the ledger's directory: keys, or proofs that no API of this release gives."""

    type = "directory-needed"


def is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def named_ledger(text: str | None) -> str:
    """The LEDGER of a command. Errors: NoLedgerNamedError."""
    if not text:
        raise NoLedgerNamedError("no ledger was named, expected --ledger DIR|URL or the variable ORTAQ_LEDGER")
    return text


def ledger_directory(text: str | None, what: str) -> Path:
    """The directory of a LEDGER that must be one. Errors: NoLedgerNamedError, DirectoryNeededError, NoLedgerError."""
    name = named_ledger(text)
    if is_url(name):
        raise DirectoryNeededError(f"{name}: a URL, but {what} needs the ledger's directory")
    path = Path(name)
    if not LedgerFolder(path).exists():
        raise NoLedgerError(f"{path}: no genesis.json, expected a ledger's directory; `ortaq init` makes one")
    return path


def kubo_address(settings: Settings) -> str | None:
    return settings.kubo if settings.evidence == "kubo" else None


def read_anchor(folder: LedgerFolder) -> Anchor | None:
    """The anchor that stands in a directory. Errors: AnchorError."""
    path = folder.anchor
    return decode_anchor(path.read_text(encoding="ascii", errors="replace")) if path.is_file() else None


@dataclass(frozen=True, slots=True)
class OpenLedger:
    """A directory's ledger, open for reading; a node may write to it meanwhile."""

    folder: LedgerFolder
    settings: Settings
    founding: Founding
    chain: StoredChain
    evidence: DiskStore

    @property
    def anchor(self) -> Anchor | None:
        """The anchor in the directory. It is for showing: whoever checks brings an anchor of their own."""
        return read_anchor(self.folder)

    def services(
        self,
        relay: BallotRelay | None = None,
        clock: Clock | None = None,
        witnesses: WitnessSource | None = None,
    ) -> Services:
        """What the API reads from."""
        return make_services(
            self.founding,
            self.anchor,
            self.chain,
            self.evidence,
            self.settings,
            relay,
            clock,
            genesis=self.folder.genesis.read_bytes(),
            witnesses=witnesses,
            checked=StatementStore(self.folder.statements),
        )


@contextmanager
def open_ledger(path: Path, **flags: Any) -> Iterator[OpenLedger]:
    """Open a directory for reading, beside a node or without one.

    Shape   `flags`: settings given on the command line.
    Errors  NoLedgerError, WrongLedgerError, StoreDamagedError, NoStoreError, FileFormatError for its settings.
    """
    folder = LedgerFolder(path)
    settings = load_settings(path, **flags)
    founding, _ = load_founding(folder)
    store = LmdbStore(folder.store, read_only=True)
    try:
        evidence = open_evidence_store(folder.evidence, kubo_address(settings))
        chain = make_reader(path, settings, store, founding.chain_id)
        yield OpenLedger(folder, settings, founding, chain, evidence)
    finally:
        store.close()


def make_services(
    founding: Founding,
    anchor: Anchor | None,
    chain: ChainReader,
    evidence: EvidenceStore,
    settings: Settings,
    relay: BallotRelay | None,
    clock: Clock | None,
    *,
    genesis: bytes = b"",
    waiting: Callable[[], int] | None = None,
    witnesses: WitnessSource | None = None,
    checked: CheckedStore | None = None,
) -> Services:
    """Wire the API to a ledger.

    Shape   `genesis`: its file, for the feed; `waiting`: transactions that wait for a block; `witnesses`: who
            knows what witnesses said; `checked`: where voters' statements are kept.
    """
    facts = FoundingFacts(
        founding.hash,
        founding.chain_id,
        founding.constitution,
        "" if anchor is None else anchor.text,
        genesis,
        founding.text,
        encode_founding(founding.keys, founding.nonce),
    )
    if clock is None:
        simulated = founding.constitution.is_simulated
        clock = SimulatedClock(chain.head().timestamp) if simulated else WallClock()
    limits = ApiSettings(settings.body_limit_bytes, settings.acknowledge_s)
    return Services(chain, evidence, facts, clock, relay, limits, waiting, witnesses, checked)


@dataclass(frozen=True, slots=True)
class RunningNode:
    """What a running node says of itself in its directory."""

    pid: int
    url: str


def running_node(path: Path) -> RunningNode | None:
    """The node that runs on a directory, None where none does (or one that was killed left its note)."""
    try:
        record = json.loads((path / RUNNING_NAME).read_bytes())
        node = RunningNode(int(record["pid"]), str(record["url"]))
        os.kill(node.pid, 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return node
