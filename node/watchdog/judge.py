"""The judge: takes blocks one after another, believes none, and vouches for those that it could repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.bundle.parts import SealedBlock
from ledger.chain.admission import Admission
from ledger.chain.consensus_act import ActAdmission, ActContext, Succession, read_act, validate_consensus_act
from ledger.chain.header import Header
from ledger.chain.timing import BlockTimeError, is_too_early, validate_time
from ledger.chain.transaction import decode_transaction
from ledger.errors import BadInputError, CannotCheckError, CheckFailedError, LedgerError
from ledger.ports import Block, BlockAdmission, Executed, StateView
from ledger.primitives import Address, Hash32, Height, Timestamp, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.seal import BY_MANY, Seal, SealerSet, decode_seal
from ledger.system import SystemContract
from ledger.views.seals import load_recovery, load_sealers
from node.execution.rules import InvalidBlockError
from node.permissions import StatePermissions
from node.watchdog.alarms import Code
from node.watchdog.changes import Change, find_changes, touches
from node.watchdog.executors import Executor
from node.watchdog.sealing import Attendance, SealerSource, check_block_seal, check_successor
from node.watchdog.signer import WitnessSigner

SEAL_ROW = b"watch/seal"
"""Height u64 and seal of the newest block, in one step with it: the seal's own row comes a moment later."""


class BlockRefusedError(CheckFailedError):
    """A block that the watchdog does not vouch for. `code` is the alarm's; `is_sealed`: who may seal sealed it."""

    type = "block-refused"

    def __init__(self, code: Code, detail: str, header: Header, *, is_sealed: bool) -> None:
        super().__init__(detail, code=code.value, height=header.number, hash=to_hex(header.hash))
        self.code = code
        self.header = header
        self.is_sealed = is_sealed


class EarlyBlockError(CheckFailedError):
    """A block from the future: it waits until the clock comes near."""

    type = "early-block"


class PathError(CheckFailedError):
    """Blocks that do not lead to the one that the anchor names, or that was vouched for."""

    type = "wrong-path"


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A block that is known before its parents are. Shape: `is_vouched`: by this watchdog, else by the anchor."""

    height: Height
    block_hash: Hash32
    is_vouched: bool = False

    def __str__(self) -> str:
        by = "was vouched for" if self.is_vouched else "the anchor names"
        return f"block {self.height} {to_hex(self.block_hash)}, which {by}"


@dataclass(frozen=True, slots=True)
class Vouched:
    """A block that was repeated with the same result, and is durable.

    Shape   `changes`: what people should hear of; `missed`: blocks missed in a row by validator, under a commit;
            `receipts_differ`: the peer sent other receipts with it than it has.
    """

    header: Header
    seal: Seal
    changes: tuple[Change, ...] = ()
    missed: dict[Address, int] = field(default_factory=dict)
    receipts_differ: bool = False


class Judge:
    """Holds the chain that this watchdog vouches for. One thread at a time takes blocks; readers are free.

    Shape   `clock`: the wall's seconds, None under a simulated clock.
    Errors  BlockRefusedError on opening, where the store is not the chain that was vouched for.
    """

    def __init__(
        self,
        executors: Sequence[Executor],
        chain_id: int,
        anchor: Anchor,
        signer: WitnessSigner,
        clock: Callable[[], float] | None,
    ) -> None:
        self._executors = list(executors)
        self.chain = executors[0].chain
        self._engine = executors[0].engine
        self._chain_id = chain_id
        self._anchor = anchor
        self._signer = signer
        self._clock = clock
        self._attendance = Attendance()
        self._path: dict[Height, Hash32] = {}
        self._recover()
        self._source = SealerSource(self._engine.state())

    @property
    def head(self) -> Header:
        """The newest block that was vouched for."""
        return self._engine.head()

    @property
    def waypoint(self) -> Waypoint:
        """The highest block that is known without its parents: the anchor's, or the newest vouched for."""
        if self._signer.height > self._anchor.height:
            return Waypoint(self._signer.height, self._signer.block_hash, is_vouched=True)
        return Waypoint(self._anchor.height, self._anchor.block_hash)

    @property
    def needs_path(self) -> bool:
        """Whether blocks can be taken only after `set_path`: a new directory, or one whose store was lost."""
        return self.head.number < self.waypoint.height and not self._path

    def set_path(self, hashes: Sequence[Hash32]) -> None:
        """Name the blocks above the head up to the waypoint; each must be the parent of the next: the caller checked.

        Errors  PathError where they do not end in the waypoint, or pass by the anchor.
        """
        first = self.head.number + 1
        path = {Height(height): block_hash for height, block_hash in enumerate(hashes, first)}
        if path.get(self.waypoint.height) != self.waypoint.block_hash or len(path) != self.waypoint.height + 1 - first:
            raise PathError(f"blocks {first} to {self.waypoint.height}: do not lead to {self.waypoint}")
        if self._anchor.height >= first and path[self._anchor.height] != self._anchor.block_hash:
            raise PathError(f"blocks {first} to {self.waypoint.height}: do not pass by the anchor's block")
        self._path = path

    @property
    def sealers(self) -> SealerSet:
        """Who may seal the next block."""
        return self._source.sealers

    def take(self, sealed: SealedBlock, successor: SealedBlock | None = None) -> Vouched:
        """Check the next block in every way, make it durable, vouch for it.

        Shape   `successor`: the block after it, where it has no seal and a succession stands for it.
        Errors  EarlyBlockError; BlockRefusedError names the rule; StaleBlockError where it is no child of the head.
        """
        header, parent = sealed.block.header, self._engine.state()
        self._check_path(header)
        seal = self._check_seal(sealed, parent, self.sealers, successor)
        admission = self._check_rules(sealed.block, parent)
        executed = self._execute(sealed.block, admission)
        self._check_sealers_at_anchor(executed)
        row = {SEAL_ROW: header.number.to_bytes(8, "big") + sealed.seal}
        for executor, result in zip(self._executors, executed, strict=True):
            executor.engine.make_head(result, row)
            if sealed.seal:
                executor.engine.put_seal(header.number, sealed.seal)
        if header.number >= self._anchor.height:
            self._signer.remember(header.number, header.hash)
        receipts = executed[0].receipts
        changes = (*find_changes(receipts), *self._follow_sealers(executed[0]))
        missed = self._attendance.take(seal, self._chain_id)
        return Vouched(header, seal, changes, missed, receipts != sealed.receipts)

    @property
    def is_unsettled(self) -> bool:
        """Whether other nodes may keep another seal of the newest block: which one, they say with the next block."""
        kept = self.chain.seal(self.head.number)
        return kept is not None and decode_seal(kept).kind in BY_MANY

    def settle(self, sealed: SealedBlock) -> bool:
        """Take over the seal that a peer keeps of the newest block, now that it has the next one.

        Result  False where nothing changes: the same seal, another block, a seal that one key made.
        Errors  BlockRefusedError for a seal that does not hold.
        """
        head = self.head
        if not self.is_unsettled or sealed.block.header.hash != head.hash:
            return False
        if sealed.seal == self.chain.seal(head.number):
            return False
        try:
            parent = self.chain.state(Height(head.number - 1))
            sealers = load_sealers(parent)
        except CannotCheckError:
            # A store that began with a snapshot of this very block has no state before it, and a settled seal.
            return False
        self._check_seal(sealed, parent, sealers)
        for executor in self._executors:
            executor.engine.put_seal(head.number, sealed.seal)
        return True

    def witness(self, height: Height | None = None) -> Seal | None:
        """The witness seal over a block, by default the newest; None above it and for the founding."""
        head = self.head
        number = head.number if height is None else height
        header = self.chain.header(Height(number))
        if header is None or not 0 < number <= head.number or self._signer.height > head.number:
            return None
        return self._signer.seal_ancestor(header.number, header.hash)

    def _check_path(self, header: Header) -> None:
        """Below the waypoint, only the blocks that lead to it: who sealed long ago may have lost the keys since."""
        if header.number > self.waypoint.height:
            return
        if self._path.get(header.number) != header.hash:
            code = Code.HISTORY_REWRITTEN if self.waypoint.is_vouched else Code.WRONG_LEDGER
            detail = f"block {header.number}: {to_hex(header.hash)} does not lead to {self.waypoint}"
            raise BlockRefusedError(code, detail, header, is_sealed=False)

    def _check_seal(
        self, sealed: SealedBlock, parent: StateView, sealers: SealerSet, successor: SealedBlock | None = None
    ) -> Seal:
        header = sealed.block.header
        try:
            if successor is not None and not sealed.seal:
                return check_successor(successor, header, self._chain_id, parent, sealers)
            return check_block_seal(sealed.seal, header, self._chain_id, parent, sealers)
        except LedgerError as error:
            detail = f"block {header.number}: {error.detail}"
            raise BlockRefusedError(Code.BAD_SEAL, detail, header, is_sealed=False) from error

    def _check_rules(self, block: Block, parent: StateView) -> BlockAdmission:
        """Rules that need no execution; the rule of admission for the rest (formats.md, 7)."""
        header = block.header
        now = None if self._clock is None else Timestamp(int(self._clock()))
        if now is not None and is_too_early(header.timestamp, now):
            raise EarlyBlockError(
                f"block {header.number}: time {header.timestamp}, expected at most 15 s after {now}",
                height=header.number,
            )
        try:
            validate_time(parent.header.timestamp, header.timestamp)
            _check_free_fields(header, parent.header)
            transactions = [decode_transaction(raw, self._chain_id) for raw in block.transactions]
            act = read_act(header, transactions, self._chain_id)
            if act is None:
                return Admission(StatePermissions(parent))
            if isinstance(act, Succession):
                # Of a punishment's evidence the validators' commit speaks: CometBFT shows it to them alone.
                times = (parent.header.timestamp, header.timestamp)
                validate_consensus_act(act, ActContext(self.sealers.kind, load_recovery(parent), *times))
            return ActAdmission(act, self._chain_id)
        except (BadInputError, BlockTimeError, CheckFailedError) as error:
            raise _invalid(header, error.detail) from error

    def _execute(self, block: Block, admission: BlockAdmission) -> list[Executed]:
        """Execute with every executor; each begins with the rule of admission as it was.

        Errors  BlockRefusedError.
        """
        results: list[Executed] = []
        failures: dict[str, InvalidBlockError] = {}
        for executor in self._executors:
            try:
                results.append(executor.engine.execute(block, self._anew(block, admission)))
            except InvalidBlockError as error:
                failures[executor.name] = error
        header = block.header
        if failures and results:
            said = "; ".join(f"{name}: {error.detail}" for name, error in failures.items())
            detail = f"block {header.number}: the executors disagree: {said}; the others find it valid"
            raise BlockRefusedError(Code.EXECUTOR_DISAGREEMENT, detail, header, is_sealed=True)
        for failure in failures.values():
            code = Code.STATE_ROOT if "state_root" in failure.facts.get("fields", ()) else Code.INVALID_BLOCK
            raise BlockRefusedError(code, f"block {header.number}: {failure.detail}", header, is_sealed=True)
        return results

    def _anew(self, block: Block, admission: BlockAdmission) -> BlockAdmission:
        """Admission adds up quotas, so each executor needs one of its own."""
        if len(self._executors) == 1:
            return admission
        return self._check_rules(block, self._engine.state())

    def _check_sealers_at_anchor(self, executed: Sequence[Executed]) -> None:
        header = executed[0].block.header
        if header.number != self._anchor.height:
            return
        found = SealerSource(self._engine.state_after(executed[0])).sealers.hash
        if found != self._anchor.sealers:
            detail = f"block {header.number}: sealers {to_hex(found)}, the anchor names {to_hex(self._anchor.sealers)}"
            raise BlockRefusedError(Code.WRONG_LEDGER, detail, header, is_sealed=True)

    def _follow_sealers(self, executed: Executed) -> tuple[Change, ...]:
        if not touches(executed.receipts, SystemContract.PERMISSIONS):
            return ()
        changed = self._source.follow(self._engine.state())
        if changed is None:
            return ()
        before, after = changed
        detail = f"{_names(before)} -> {_names(after)}"
        return (Change(Code.SEALERS_CHANGED, to_hex(after.hash), detail),)

    def _recover(self) -> None:
        """Make good what a kill left undone: executors behind, the seal of the newest block, the note of the signer.

        Errors  BlockRefusedError where another chain stands in the store than the one that was vouched for.
        """
        furthest = max(self._executors, key=lambda executor: executor.engine.head().number)
        for executor in self._executors:
            _keep_newest_seal(executor)
        for executor in self._executors:
            _bring_up(executor, furthest)
        head = self.head
        known = self.chain.header(self._signer.height) if self._signer.height else None
        if known is not None and known.hash != self._signer.block_hash:
            detail = (
                f"the store has {to_hex(known.hash)} at {known.number}, {to_hex(self._signer.block_hash)} was vouched"
            )
            raise BlockRefusedError(Code.HISTORY_REWRITTEN, detail, known, is_sealed=False)
        if head.number > self._signer.height and head.number >= self._anchor.height:
            self._signer.remember(head.number, head.hash)


def _check_free_fields(header: Header, parent: Header) -> None:
    """Fields that execution lets a block choose, and the ledger does not."""
    for name, found, expected in (
        ("gas_limit", header.gas_limit, parent.gas_limit),
        ("extra_data", header.extra_data, b""),
    ):
        if found != expected:
            raise CheckFailedError(f"{name}: found {found!r}, expected {expected!r}")


def _invalid(header: Header, detail: str) -> BlockRefusedError:
    return BlockRefusedError(Code.INVALID_BLOCK, f"block {header.number}: {detail}", header, is_sealed=True)


def _keep_newest_seal(executor: Executor) -> None:
    """A kill between a block and its seal's row left the seal in the row beside the block."""
    height, row = executor.engine.head().number, executor.chain.extra_row(SEAL_ROW)
    if height > 0 and executor.chain.seal(height) is None and row is not None and row[8:]:
        executor.engine.put_seal(height, row[8:])


def _bring_up(executor: Executor, furthest: Executor) -> None:
    """Give an executor the blocks that another one of this watchdog has already."""
    for number in range(executor.engine.head().number + 1, furthest.engine.head().number + 1):
        height = Height(number)
        block, seal = furthest.chain.block(height), furthest.chain.seal(height)
        if block is None:
            raise CheckFailedError(f"store of {furthest.name}: block {number} is missing")
        row = {SEAL_ROW: height.to_bytes(8, "big") + (seal or b"")}
        executor.engine.make_head(executor.engine.execute(block), row)
        # None for a block of a lost sequencer, for which a succession stands.
        if seal is not None:
            executor.engine.put_seal(height, seal)


def _names(sealers: SealerSet) -> str:
    members = ", ".join(f"{to_hex(address)} ({power})" for address, power in sealers.members)
    return f"{sealers.kind.name.lower()} {members}"
