"""Decided consensus blocks: what they lead to, and making it durable in one step with the consensus height."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.chain.receipt import gas_of_each
from ledger.errors import LedgerError
from ledger.ports import ChainReader, Executed, ExecutionEngine
from ledger.primitives import Hash32
from ledger.proofs.comet.ed25519 import key_flaw
from node.consensus.comet.check_tx import TransactionChecks
from node.consensus.comet.progress import Progress, load_progress, progress_rows
from node.consensus.comet.proposal import Proposals
from node.consensus.comet.punishment import Misbehaviour
from node.consensus.comet.validators import Powers, ValidatorSetError, ValidatorSource, power_updates, powers_of

log = logging.getLogger(__name__)


class DecidedBlockError(LedgerError):
    """More than two thirds decided on a block that breaks a rule here: this node stops rather than follow."""

    type = "bad-decided-block"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one transaction. Units `gas`: used."""

    success: bool
    gas: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Shape `results`: one for each transaction of the consensus block, the header counts; `updates`: power by key."""

    results: tuple[Result, ...]
    updates: Powers
    app_hash: Hash32


@dataclass(frozen=True, slots=True)
class _Undecided:
    """What `commit` will make durable."""

    executed: Executed | None
    progress: Progress


class Decisions:
    """Carries out what was decided. One thread.

    A consensus block that carries no block of the ledger leaves no trace on disk: after a restart CometBFT gives it
    again, and the answer is the same.
    """

    def __init__(
        self,
        engine: ExecutionEngine,
        chain: ChainReader,
        proposals: Proposals,
        checks: TransactionChecks,
        source: ValidatorSource,
    ) -> None:
        self._engine = engine
        self._proposals = proposals
        self._checks = checks
        self._source = source
        self._progress = load_progress(chain, engine.head()) or Progress()
        self._pending: _Undecided | None = None

    @property
    def consensus_height(self) -> int:
        """The newest consensus height that was carried out; 0 before CometBFT's first block that made one."""
        return self._progress.consensus_height

    @property
    def powers(self) -> Powers:
        """The validators in office, as CometBFT was last told."""
        return self._progress.powers

    def begin(self) -> Powers:
        """Start a chain of CometBFT on the head: the validators that decide first. Errors: ValidatorSetError."""
        self._progress = Progress(0, powers_of(self._source.validators(self._engine.state())))
        return self._progress.powers

    def finalize(
        self, height: int, transactions: Sequence[bytes], consensus_s: int, misbehaviour: Misbehaviour = ()
    ) -> Decision:
        """Work out what a decided block leads to; nothing is durable yet. Errors: DecidedBlockError."""
        try:
            executed = self._proposals.judge(transactions, consensus_s, misbehaviour)
        except LedgerError as error:
            raise DecidedBlockError(
                f"consensus height {height}: decided, but refused here: {error.detail}", height=height
            ) from error
        powers = self._progress.powers if executed is None else self._powers_after(executed)
        self._pending = _Undecided(executed, Progress(height, powers))
        head = self._engine.head() if executed is None else executed.block.header
        return Decision(_results(executed), power_updates(self._progress.powers, powers), head.hash)

    def commit(self) -> None:
        """Make what was finalised last durable, block and consensus height in one step."""
        pending = self._pending
        if pending is None:
            return
        executed = pending.executed
        if executed is not None:
            header = executed.block.header
            self._engine.make_head(executed, progress_rows(header.number, header.hash, pending.progress))
            self._checks.on_head(executed.block.transactions)
        self._progress = pending.progress
        self._pending = None
        self._proposals.on_decided(has_new_head=executed is not None)

    def _powers_after(self, executed: Executed) -> Powers:
        """The validators that the block's state names; where CometBFT cannot work with them, those of before."""
        try:
            powers = powers_of(self._source.validators(self._engine.state_after(executed)))
        except ValidatorSetError as error:
            log.critical("block %d: validators stay as they are: %s", executed.block.header.number, error.detail)
            return self._progress.powers
        for key in powers.keys() - self._progress.powers.keys():
            if flaw := key_flaw(key):
                # Seals are judged by the validators that the state names: none may be left out here.
                log.critical("block %d: validator 0x%s %s", executed.block.header.number, key.hex(), flaw)
        return powers


def _results(executed: Executed | None) -> tuple[Result, ...]:
    if executed is None:
        return ()
    gas = gas_of_each(executed.receipts)
    results = [Result(receipt.success, used) for receipt, used in zip(executed.receipts, gas, strict=True)]
    return (Result(success=True, gas=0), *results)
