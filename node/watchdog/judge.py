"""The judge: takes blocks one after another, believes none, and vouches for those that it could repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.bundle.parts import SealedBlock
from ledger.chain.header import Header
from ledger.errors import CannotCheckError, LedgerError
from ledger.ports import Block, BlockAdmission, Executed, StateView
from ledger.primitives import Address, Height, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.seal import BY_MANY, Seal, SealerSet, decode_seal
from ledger.system import SystemContract
from ledger.views.seals import load_sealers
from node.execution.rules import InvalidBlockError
from node.watchdog.alarms import Code
from node.watchdog.changes import Change, find_changes, touches
from node.watchdog.executors import Executor
from node.watchdog.path import Path
from node.watchdog.recovery import SEAL_ROW, bring_up, encode_seal_row, keep_newest_seal
from node.watchdog.refusals import BlockRefusedError
from node.watchdog.rules import BlockRules
from node.watchdog.sealing import Attendance, SealerSource, check_block_seal, check_successor
from node.watchdog.signer import WitnessSigner


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

    Shape   `path`: to the block that is known already; `clock`: the wall's seconds, None under a simulated clock.
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
        self._rules = BlockRules(chain_id, clock)
        self._attendance = Attendance()
        self.path = Path(anchor, signer)
        self._recover()
        self._source = SealerSource(self._engine.state())

    @property
    def head(self) -> Header:
        """The newest block that was vouched for."""
        return self._engine.head()

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
        self.path.check(header)
        seal = self._check_seal(sealed, parent, self.sealers, successor)
        admission = self._rules.check(sealed.block, parent, self.sealers.kind)
        executed = self._execute(sealed.block, admission)
        self._check_sealers_at_anchor(executed)
        row = {SEAL_ROW: encode_seal_row(header.number, sealed.seal)}
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
        return self._rules.check(block, self._engine.state(), self.sealers.kind)

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
            keep_newest_seal(executor)
        for executor in self._executors:
            bring_up(executor, furthest)
        head = self.head
        known = self.chain.header(self._signer.height) if self._signer.height else None
        if known is not None and known.hash != self._signer.block_hash:
            detail = (
                f"the store has {to_hex(known.hash)} at {known.number}, {to_hex(self._signer.block_hash)} was vouched"
            )
            raise BlockRefusedError(Code.HISTORY_REWRITTEN, detail, known, is_sealed=False)
        if head.number > self._signer.height and head.number >= self._anchor.height:
            self._signer.remember(head.number, head.hash)


def _names(sealers: SealerSet) -> str:
    members = ", ".join(f"{to_hex(address)} ({power})" for address, power in sealers.members)
    return f"{sealers.kind.name.lower()} {members}"
