"""A watchdog, wired: one follower for each peer, one judge, one book of alarms."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ledger.chain.genesis import Genesis
from ledger.errors import CannotCheckError, LedgerError
from ledger.primitives import Address, Timestamp, to_hex
from ledger.proofs.anchor import Anchor
from node.evidence.local import LocalEvidenceStore
from node.folder import Founding
from node.watchdog.alarms import AlarmBook, Code, Severity
from node.watchdog.executors import open_executors, validate_executors
from node.watchdog.folder import WatchFolder, WrongFoundingError
from node.watchdog.judge import Judge
from node.watchdog.reports import ReportCalendar, ReportRule
from node.watchdog.signer import WitnessSigner
from scripts.watching.following import Common, Follower
from scripts.watching.monitor import Monitor
from scripts.watching.patrol import Patrol
from scripts.watching.peers import BadPeerError, Peer
from scripts.watching.publishing import Publisher

INTERVAL_S = 2.0
TICK_S = 0.5
LOG = logging.getLogger("ortaq.watch")


class OldAnchorError(CannotCheckError):
    """An anchor whose time is over, and no block that was vouched for while it was good."""

    type = "anchor-too-old"


class NoPeerError(CannotCheckError):
    """No peer answers with the ledger's founding, so there is nothing to follow yet."""

    type = "no-peer"


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What the command line said. Units: `interval_s` between two questions to a peer."""

    anchor: Anchor
    peers: tuple[str, ...]
    folder: Path
    executors: tuple[str, ...] = ("pyevm",)
    interval_s: float = INTERVAL_S
    publishes: bool = False
    reports: tuple[ReportRule, ...] = ()
    passphrase: str | None = field(default=None, repr=False)


@dataclass
class Watch:
    """A watchdog that is open. Its threads run between `start` and `stop`."""

    founding: Founding
    common: Common
    followers: list[Follower]
    monitor: Monitor
    patrol: Patrol
    check_reports: Callable[[], None]
    address: Address
    executors: tuple[str, ...]
    interval_s: float
    publisher: Publisher | None = None
    began: float = field(default_factory=time.time)
    _stop: threading.Event = field(default_factory=threading.Event)
    _new: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Follow all peers, until `stop`."""
        self.common.on_vouched = lambda _: self._new.set()
        # What could not be had the last time is asked for at once.
        self._new.set()
        jobs: list[tuple[str, Callable[[], None]]] = [
            ("patrol", partial(self._repeat, partial(self.patrol.step, self._new), 0)),
            ("monitor", partial(self._repeat, self.monitor.tick, TICK_S)),
            ("reports", partial(self._repeat, self.check_reports, TICK_S)),
        ]
        jobs += [
            (follower.peer.name, partial(self._repeat, follower.step, self.interval_s)) for follower in self.followers
        ]
        if self.publisher is not None:
            jobs.append(("publisher", partial(self._repeat, self.publisher.step, self.interval_s)))
        for name, job in jobs:
            thread = threading.Thread(target=job, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End all threads: what waits for a peer gives up, what is being judged is done first."""
        self._stop.set()
        self._new.set()
        for follower in self.followers:
            follower.peer.close()
        if self.publisher is not None:
            self.publisher.close()
        for thread in self._threads:
            thread.join()

    def check_once(self) -> None:
        """Ask every peer once, up to its newest block, and for every document."""
        for follower in self.followers:
            follower.step()
        # Who came first has not been compared with what later ones showed.
        for follower in self.followers:
            follower.step()
            tip, head = follower.state.tip, self.common.judge.head.number
            if tip is not None and tip.height < head:
                detail = f"is at block {tip.height}, others have shown {head}"
                self.common.alarms.find(Code.WITHHOLDING, follower.peer.name, detail, height=head)
        self.monitor.tick()
        self.check_reports()
        self.patrol.check_all()

    @property
    def status(self) -> dict[str, Any]:
        """What a page or a script shows, JSON-compatible."""
        judge = self.common.judge
        head = judge.head
        peers = [
            {
                "peer": follower.peer.name,
                "height": None if follower.state.tip is None else follower.state.tip.height,
                "agreed": follower.state.agreed,
            }
            for follower in self.followers
        ]
        return {
            "ledger": self.founding.constitution.title,
            "founding": to_hex(self.founding.hash),
            "chain_id": self.founding.chain_id,
            "vouched": {"height": head.number, "hash": to_hex(head.hash), "state_root": to_hex(head.state_root)},
            "sealers": {
                "kind": judge.sealers.kind.name.lower(),
                "members": [[to_hex(address), power] for address, power in judge.sealers.members],
            },
            "witness": to_hex(self.address),
            "executors": list(self.executors),
            "peers": peers,
            "alarms": [alarm.record for alarm in self.common.alarms.active],
            "past": [alarm.record for alarm in self.common.alarms.past],
        }

    @property
    def has_trouble(self) -> bool:
        return any(alarm.code.severity is not Severity.NOTICE for alarm in self.common.alarms.active)

    def _repeat(self, work: Callable[[], None], every_s: float) -> None:
        name = threading.current_thread().name
        while not self._stop.is_set():
            try:
                work()
            except LedgerError as error:
                self._note_fault(name, f"{error.type}: {error.detail}")
            except Exception as error:  # a watchdog that dies in silence is worse than one that errs aloud
                # Peers are closed under those who read from them when all ends.
                if not self._stop.is_set():
                    LOG.exception("%s failed", name)
                self._note_fault(name, f"{type(error).__name__}: {error}")
            else:
                self.common.alarms.end(Code.WATCH_FAULT, name)
            self._stop.wait(every_s)

    def _note_fault(self, name: str, detail: str) -> None:
        if not self._stop.is_set():
            self.common.alarms.find(Code.WATCH_FAULT, name, detail)
            self._stop.wait(5 * self.interval_s)


@contextmanager
def open_watch(options: WatchOptions, alarms: AlarmBook) -> Iterator[Watch]:
    """Open a watchdog's directory, or begin one with what a peer gives and the anchor confirms.

    Errors  NoPeerError, OldAnchorError, WrongLedgerError, UnknownExecutorError, KeyFileError, HighWaterError, those of
            stores; BlockRefusedError where the store is not the chain that was vouched for.
    """
    folder = WatchFolder(options.folder)
    validate_executors(options.executors)
    peers = _open_peers(options.peers)
    try:
        founding, genesis = _adopt(folder, peers, options.anchor, alarms)
        wall = None if founding.constitution.is_simulated else time.time
        key = folder.open_key(options.passphrase)
        signer = WitnessSigner(key, founding.chain_id, folder.high_water)
        is_old = wall is not None and options.anchor.is_old(Timestamp(int(wall())))
        if is_old and signer.height <= options.anchor.height:
            raise OldAnchorError("anchor: its time is over, expected a newer one; nothing was vouched for here since")
        alarms.listen(folder.note)
        with open_executors(options.executors, options.folder, genesis) as executors:
            judge = Judge(executors, founding.chain_id, options.anchor, signer, wall)
            common = Common(judge, options.anchor, alarms, folder, judge.head.number)
            followers = [Follower(peer, common) for peer in peers]
            monitor = Monitor(judge, alarms, [follower.state for follower in followers], wall)
            patrol = Patrol(judge, alarms, peers, LocalEvidenceStore(folder.ledger.evidence))
            calendar = ReportCalendar(options.reports, judge.chain, alarms)
            watch = Watch(
                founding,
                common,
                followers,
                monitor,
                patrol,
                lambda: calendar.check(None if wall is None else int(wall())),
                signer.address,
                options.executors,
                options.interval_s,
                Publisher(judge, peers) if options.publishes else None,
            )
            try:
                yield watch
            finally:
                watch.stop()
    finally:
        for peer in peers:
            peer.close()


def _open_peers(urls: Sequence[str]) -> list[Peer]:
    peers = [Peer(url) for url in urls]
    if not peers or len({peer.name for peer in peers}) != len(peers):
        raise BadPeerError(f"peers: {', '.join(peer.name for peer in peers) or 'none'}, expected each once")
    return peers


def _adopt(folder: WatchFolder, peers: Sequence[Peer], anchor: Anchor, alarms: AlarmBook) -> tuple[Founding, Genesis]:
    """The founding, from the directory or from the first peer that gives the anchor's."""
    reasons = []
    for peer in peers:
        try:
            return folder.adopt(peer, anchor)
        except WrongFoundingError as error:
            alarms.find(Code.WRONG_LEDGER, peer.name, error.detail)
            reasons.append(f"{peer.name}: {error.detail}")
        except CannotCheckError as error:
            reasons.append(error.detail)
    raise NoPeerError(f"peers: none gave the founding of {to_hex(anchor.founding)}: {'; '.join(reasons)}")
