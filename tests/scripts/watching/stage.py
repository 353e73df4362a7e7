"""A stage for watchdogs: a small ledger, nodes that show it truly or otherwise, and a watchdog over them."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from api.app import create_app
from ledger.chain.header import Header
from ledger.ports import Block, ChainReader, EvidenceStore
from ledger.primitives import Hash32, Height
from ledger.proofs.seal import SealKind, make_seal
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.store.chain_reader import StoredChain
from node.watchdog.alarms import Alarm, AlarmBook, Code
from scripts.founding.settings import load_settings
from scripts.running.ledgers import make_services
from scripts.watching.watch import Watch, WatchOptions, open_watch
from tests.scripts.records.serving import serve_app
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

SEEN_S = 5.0
"""How soon after it can be seen an alarm must be there."""


@dataclass
class ShownChain:
    """A chain as a node shows it: the real one, but for some blocks, up to `top`, and without one."""

    real: StoredChain
    blocks: dict[int, tuple[Block, bytes]] = field(default_factory=dict)
    top: int | None = None
    withheld: int | None = None

    def head(self) -> Header:
        height = self.real.head().number if self.top is None else self.top
        found = self.header(Height(height))
        assert found is not None
        return found

    def header(self, height: Height) -> Header | None:
        return self.blocks[height][0].header if height in self.blocks else self.real.header(height)

    def block(self, height: Height) -> Block | None:
        if height == self.withheld:
            return None
        return self.blocks[height][0] if height in self.blocks else self.real.block(height)

    def seal(self, height: Height) -> bytes | None:
        return self.blocks[height][1] if height in self.blocks else self.real.seal(height)

    def receipts(self, height: Height) -> Any:
        return self.real.receipts(Height(min(height, self.real.head().number)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@dataclass
class Stage:
    """The ledger and its nodes. Shape: `question` is open; each `vote` makes one block."""

    ledger: SmallLedger
    stack: ExitStack
    question: Question
    seats: int = 0

    @property
    def chain(self) -> StoredChain:
        return self.ledger.node.chain

    @property
    def sealer(self) -> PrivateKey:
        return self.ledger.keys["sealer"]

    def vote(self) -> Height:
        ballot = self.ledger.sign(self.question, self.seats, choice_of(BallotKind.APPROVAL))
        self.seats += 1
        return self.ledger.cast(self.question, [ballot])

    def revote(self, seat: int, sequence: int = 2) -> Height:
        """One more block: a seat's ballot again, under the next number."""
        ballot = self.ledger.sign(self.question, seat, choice_of(BallotKind.APPROVAL), sequence)
        return self.ledger.cast(self.question, [ballot])

    def show(self, chain: ChainReader | None = None, evidence: EvidenceStore | None = None, *, waiting: int = 0) -> str:
        """A node's URL. Shape: `waiting`: transactions for which it makes no block."""
        node = self.ledger.node
        services = make_services(
            node.founding,
            self.ledger.anchor,
            chain or node.chain,  # type: ignore[arg-type]
            evidence or node.evidence,
            load_settings(self.ledger.path),
            None,
            node.clock,
            genesis=self.ledger.folder.genesis.read_bytes(),
            waiting=lambda: waiting,
        )
        return self.stack.enter_context(serve_app(create_app(services)))

    def show_unwitnessed(self) -> str:
        """A node whose anchor names no witness."""
        mine, self.ledger.anchor = self.ledger.anchor, replace(self.ledger.anchor, witnesses=())
        try:
            return self.show()
        finally:
            self.ledger.anchor = mine

    def twin(self, folder: Path) -> "Stage":
        """The same ledger once more, with the same keys, to go another way."""
        self.ledger.node.close()
        shutil.copytree(self.ledger.path, folder)
        self.ledger = reopen(self.ledger.path, self.stack)
        return Stage(reopen(folder, self.stack), self.stack, self.question, self.seats)

    def forge(self, key: PrivateKey | None = None, block: Block | None = None, **fields: Any) -> tuple[Block, bytes]:
        """A child of the head with other header fields, sealed by the sequencer's key or another one."""
        head = self.chain.head()
        block = block or self.chain.block(head.number)
        assert block is not None
        changed = replace(
            block.header,
            **{"parent_hash": head.hash, "number": head.number + 1, "timestamp": head.timestamp + 1, **fields},
        )
        seal = make_seal(SealKind.SOLO, self.ledger.chain_id, changed.number, changed.hash, key or self.sealer)
        return Block(changed, block.transactions), seal.encode()

    def options(self, folder: Path, *peers: str, **more: Any) -> WatchOptions:
        return WatchOptions(self.ledger.anchor, peers, folder, **more)


def reopen(path: Path, stack: ExitStack) -> SmallLedger:
    ledger = SmallLedger(path)
    stack.callback(ledger.node.close)
    return ledger


def build(path: Path) -> Path:
    """A ledger with members, one open question and two ballots."""
    ledger = SmallLedger(found_small(path)).fill()
    question = ledger.open_question()
    for seat in range(2):
        ledger.cast(question, [ledger.sign(question, seat, choice_of(BallotKind.APPROVAL))])
    ledger.node.close()
    return path


@contextmanager
def watching(options: WatchOptions) -> Iterator[Watch]:
    """A watchdog that runs."""
    with open_watch(options, AlarmBook(time.time)) as watch:
        watch.start()
        yield watch


def wait_for(ready: Callable[[], Any], timeout_s: float = SEEN_S) -> Any:
    """What `ready` gives, once it gives something; fails after the time in which an alarm must be there."""
    until = time.monotonic() + timeout_s
    while not (found := ready()):
        assert time.monotonic() < until, "not within its time"
        time.sleep(0.02)
    return found


def alarm(watch: Watch, code: Code, timeout_s: float = SEEN_S) -> Alarm:
    """The alarm of a code, waited for."""
    alarms = watch.common.alarms
    found = wait_for(lambda: [one for one in (*alarms.active, *alarms.past) if one.code is code], timeout_s)
    return found[0]


def vouched(watch: Watch, height: int, timeout_s: float = SEEN_S) -> Hash32:
    """The hash of the newest block, once the watchdog has come so far."""
    wait_for(lambda: watch.common.judge.head.number >= height, timeout_s)
    header = watch.common.judge.chain.header(Height(height))
    assert header is not None
    return header.hash
