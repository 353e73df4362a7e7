"""Following one peer: its newest block compared with what was vouched for, its blocks taken to the judge."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ledger.bundle.parts import SealedBlock
from ledger.chain.header import Header
from ledger.errors import CannotCheckError
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.misconduct import SignedBlock
from node.watchdog.alarms import AlarmBook, Code
from node.watchdog.folder import WatchFolder
from node.watchdog.judge import Judge, Vouched
from node.watchdog.refusals import BlockRefusedError, EarlyBlockError, PathError
from node.watchdog.sealing import MISSES, with_successors
from scripts.records.feed import PeerMisbehavesError
from scripts.running.sources import NodeUnreachableError
from scripts.watching.disputes import judge_fork, make_misconduct
from scripts.watching.peers import Peer, Tip

PART_BLOCKS = 64
PART_BYTES = 1 << 25
"""What is read from a peer before it is executed, at most: executing takes longer than a peer may take to answer."""
WAITING_S = 5.0
"""How often a peer is asked what waits there."""
AGAIN_S = 10.0
"""How soon a peer whose block was refused is asked for it again."""
PEER_CODES = (
    Code.BAD_SEAL,
    Code.STATE_ROOT,
    Code.INVALID_BLOCK,
    Code.EXECUTOR_DISAGREEMENT,
    Code.WRONG_LEDGER,
    Code.EARLY_BLOCK,
    Code.WITHHOLDING,
)
"""Alarms about a peer that are over once it shows the block that was vouched for."""


@dataclass(slots=True)
class Common:
    """What all followers share. Shape: `lock` guards the judge's taking of blocks."""

    judge: Judge
    anchor: Anchor
    alarms: AlarmBook
    folder: WatchFolder
    floor: Height
    """Height that was vouched for when this run began."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    on_vouched: Callable[[Vouched], None] = lambda _: None


@dataclass(slots=True)
class PeerState:
    """What is known of a peer; the monitor reads it. Units: seconds of the monotonic clock."""

    name: str
    tip: Tip | None = None
    agreed: int = 0
    asked_at: float | None = None
    behind_since: float | None = None
    unsealed_since: float | None = None
    waiting_since: float | None = None
    waiting_above: int = 0


class Follower:
    """Follows one peer, in one thread."""

    def __init__(self, peer: Peer, common: Common, now: Callable[[], float] = time.monotonic) -> None:
        self.peer = peer
        self.state = PeerState(peer.name)
        self._common = common
        self._now = now
        self._waiting_at = 0.0
        self._left_alone: tuple[Hash32, Hash32, float] | None = None

    def step(self) -> None:
        """Ask once, and act on the answer. Whatever the peer does ends in an alarm, never in an error."""
        alarms, name = self._common.alarms, self.peer.name
        self.state.asked_at = self._now()
        try:
            self._step()
        except NodeUnreachableError as error:
            alarms.find(Code.PEER_UNREACHABLE, name, error.detail)
            return
        except PeerMisbehavesError as error:
            alarms.find(Code.PEER_MISBEHAVES, name, error.detail)
            return
        except CannotCheckError as error:
            if error.type != "peer-lacks":
                raise
            alarms.find(Code.WITHHOLDING, name, f"announced and not given: {error.detail}")
            return
        finally:
            self.state.asked_at = None
        alarms.end(Code.PEER_UNREACHABLE, name)
        alarms.end(Code.PEER_MISBEHAVES, name)

    def _step(self) -> None:
        tip = self.peer.tip()
        if tip.founding != self._common.anchor.founding:
            detail = f"is of ledger {to_hex(tip.founding)}, expected {to_hex(self._common.anchor.founding)}"
            self._common.alarms.find(Code.WRONG_LEDGER, self.peer.name, detail)
            return
        self.state.unsealed_since = None if tip.is_sealed else self.state.unsealed_since or self._now()
        self.state.tip = tip
        head = self._common.judge.head
        if self._is_left_alone(head, tip):
            return
        last = tip.height if tip.is_sealed else tip.height - 1
        if last > head.number:
            self._advance(last, tip)
        elif tip.is_sealed:
            self._compare(tip)
        if self._now() - self._waiting_at > WAITING_S:
            self._ask_waiting()

    def _ask_waiting(self) -> None:
        """Note since when transactions wait there above one and the same block."""
        state, head = self.state, self._common.judge.head.number
        self._waiting_at = self._now()
        if not self.peer.waiting():
            state.waiting_since = None
        elif state.waiting_since is None or state.waiting_above != head:
            state.waiting_since, state.waiting_above = self._waiting_at, head

    def _compare(self, tip: Tip) -> None:
        """The peer's newest block stands in the chain that was vouched for, or the two chains part somewhere."""
        own = self._common.judge.chain.header(tip.height)
        if own is not None and own.hash == tip.block_hash:
            self._agree(tip.height)
        else:
            self._dispute(tip.height)

    def _advance(self, last: int, tip: Tip) -> None:
        """Take the peer's next blocks, a part at a time."""
        judge = self._common.judge
        while judge.head.number < last:
            if judge.path.is_needed(judge.head) and not self._find_path(last):
                return
            first = judge.head.number + 1
            if not self._settle():
                self._leave_alone(tip)
                return
            part = self._read_part(first, min(last, first + PART_BLOCKS - 1))
            for sealed, successor in with_successors(part, last):
                if not self._take(sealed, successor):
                    self._leave_alone(tip)
                    return

    def _settle(self) -> bool:
        """Take over the seal that the peer keeps of our newest block, as it has a later one; False for a bad one."""
        judge = self._common.judge
        if not judge.is_unsettled:
            return True
        sealed = self.peer.block(judge.head.number)
        try:
            with self._common.lock:
                judge.settle(sealed)
        except BlockRefusedError as error:
            self._refuse(sealed, error)
            return False
        return True

    def _read_part(self, first: int, last: int) -> list[SealedBlock]:
        part, size = [], 0
        for sealed in self.peer.blocks(first, last):
            self.state.asked_at = self._now()
            part.append(sealed)
            size += sum(map(len, sealed.block.transactions))
            if size > PART_BYTES:
                break
        self.state.asked_at = None
        return part

    def _find_path(self, last: int) -> bool:
        """Name the blocks up to the anchor's, or to the one that was vouched for before the store was lost."""
        judge = self._common.judge
        head, waypoint = judge.head, judge.path.waypoint
        if last < waypoint.height:
            detail = f"is at block {last}, expected {waypoint}"
            self._common.alarms.find(Code.WITHHOLDING, self.peer.name, detail)
            return False
        parent, hashes = head.hash, []
        for sealed in self.peer.blocks(head.number + 1, waypoint.height):
            self.state.asked_at = self._now()
            header = sealed.block.header
            if header.parent_hash != parent:
                break
            parent = header.hash
            hashes.append(parent)
        try:
            with self._common.lock:
                if judge.path.is_needed(judge.head):
                    judge.path.set(judge.head, hashes)
        except PathError as error:
            code = Code.HISTORY_REWRITTEN if waypoint.is_vouched else Code.WRONG_LEDGER
            self._common.alarms.find(code, self.peer.name, error.detail, height=waypoint.height)
            return False
        return True

    def _take(self, sealed: SealedBlock, successor: SealedBlock | None) -> bool:
        """Have the judge take one block; False where the peer's chain ends for us."""
        common, header = self._common, sealed.block.header
        try:
            with common.lock:
                head = common.judge.head
                is_next = header.number > head.number and header.parent_hash == head.hash
                vouched = common.judge.take(sealed, successor) if is_next else None
        except EarlyBlockError as error:
            common.alarms.find(Code.EARLY_BLOCK, self.peer.name, error.detail, height=header.number)
            return False
        except BlockRefusedError as error:
            self._refuse(sealed, error)
            return False
        if vouched is not None:
            self._on_vouched(vouched)
            self._agree(header.number)
            return True
        return self._meet(header, head)

    def _meet(self, header: Header, head: Header) -> bool:
        """A block that another peer gave meanwhile, or one of another chain."""
        own = self._common.judge.chain.header(header.number)
        if own is not None and own.hash == header.hash:
            self._agree(header.number)
            return True
        self._dispute(min(header.number, head.number))
        return False

    def _refuse(self, sealed: SealedBlock, error: BlockRefusedError) -> None:
        common, header = self._common, error.header
        saved = ""
        if error.is_sealed:
            block = SignedBlock(header.encode(), sealed.seal, sealed.block.transactions)
            founding, code = common.anchor.founding, error.code.value
            evidence = make_misconduct(common.judge.chain, founding, code, error.detail, (block,))
            saved = common.folder.save_misconduct(evidence, f"{header.number}-{header.hash.hex()[:16]}")
        common.alarms.find(error.code, self.peer.name, error.detail, height=header.number, evidence=saved)

    def _dispute(self, height: int) -> None:
        """The peer shows another block at `height` than the one that was vouched for."""
        fork = judge_fork(self.peer, self._common.judge, self._common.anchor, height)
        alarms, at = self._common.alarms, fork.height
        if fork.evidence is None:
            alarms.find(Code.BAD_SEAL, self.peer.name, fork.detail, height=at)
        else:
            code = Code(fork.evidence.code)
            saved = self._common.folder.save_misconduct(fork.evidence, f"{at}-{code}-{fork.block_hash.hex()[:16]}")
            alarms.find(code, f"block {at}", fork.detail, height=at, evidence=saved)
            if at <= max(self.state.agreed, self._common.floor):
                detail = f"no longer shows block {at} as it was vouched for: {fork.detail}"
                alarms.find(Code.HISTORY_REWRITTEN, self.peer.name, detail, height=at, evidence=saved)
        if self.state.tip is not None:
            self._leave_alone(self.state.tip)

    def _agree(self, height: int) -> None:
        self.state.agreed = max(self.state.agreed, height)
        if height == self._common.judge.head.number:
            for code in PEER_CODES:
                self._common.alarms.end(code, self.peer.name)

    def _on_vouched(self, vouched: Vouched) -> None:
        alarms, height = self._common.alarms, vouched.header.number
        if height > self._common.anchor.height:
            for change in vouched.changes:
                alarms.find(change.code, change.subject, change.detail, height=height)
        for address, missed in vouched.missed.items():
            if missed >= MISSES:
                detail = f"no vote in the last {missed} blocks' commits"
                alarms.find(Code.VALIDATOR_MISSING, to_hex(address), detail, height=height)
            elif missed == 0:
                alarms.end(Code.VALIDATOR_MISSING, to_hex(address))
        self._common.on_vouched(vouched)
        if vouched.receipts_differ:
            raise PeerMisbehavesError(f"{self.peer.name}: block {height}: found other receipts than the block has")

    def _leave_alone(self, tip: Tip) -> None:
        """Do not ask for the same refused block each second."""
        self._left_alone = tip.block_hash, self._common.judge.head.hash, self._now() + AGAIN_S

    def _is_left_alone(self, head: Header, tip: Tip) -> bool:
        known = self._left_alone
        return known is not None and known[:2] == (tip.block_hash, head.hash) and self._now() < known[2]
