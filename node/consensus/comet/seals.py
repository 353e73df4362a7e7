"""Seals by commit: for each block the first header of CometBFT that carries its hash, with who signed it."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ledger.errors import CannotCheckError, CheckFailedError, LedgerError
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from ledger.proofs.comet.header import chain_name
from ledger.proofs.comet.rpc import read_signed_header
from ledger.proofs.seal import Seal, make_commit_seal
from node.consensus.comet.progress import decided_at
from node.consensus.comet.rpc import CometRpc

RETRY_S = 1.0

Index = Callable[[Height], Mapping[bytes, bytes]]
"""Rows that the node derives from a block, kept in one step with its seal."""

log = logging.getLogger(__name__)


class SealStore(Protocol):
    """Where seals are kept."""

    def put_seal(self, height: Height, seal: bytes, extra_rows: Mapping[bytes, bytes] | None = None) -> None: ...


class SealMismatchError(CheckFailedError):
    """A header of CometBFT that is not over the block that it should seal."""

    type = "seal-mismatch"


def read_seal(
    height: Height,
    block_hash: Hash32,
    chain_id: int,
    answer: Mapping[str, Any],
    validators: Iterable[Mapping[str, Any]],
) -> Seal:
    """The seal of a block from what RPC says of the consensus height after it (docs/reference/formats.md, 13).

    Errors  CommitError; SealMismatchError where the header carries another hash, or is of another chain.
    """
    signed = read_signed_header(answer, validators)
    found = (signed.header.chain, signed.header.app_hash)
    expected = (chain_name(chain_id), block_hash)
    if found != expected:
        raise SealMismatchError(
            f"block {height}: consensus header {signed.header.height} of {found[0]} has app hash {found[1].hex()}, "
            f"expected {expected[0]} and {expected[1].hex()}"
        )
    return make_commit_seal(height, signed)


class SealKeeper:
    """Seals blocks in a thread of its own, in order, as soon as CometBFT has decided on the height after each.

    Shape   `on_sealed` is told the transactions of each block once its seal is durable.
    """

    def __init__(
        self,
        store: SealStore,
        chain: ChainReader,
        chain_id: int,
        rpc: CometRpc,
        index: Index,
        on_sealed: Callable[[Sequence[bytes]], None],
    ) -> None:
        self._store = store
        self._chain = chain
        self._chain_id = chain_id
        self._rpc = rpc
        self._index = index
        self._on_sealed = on_sealed
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._validators: tuple[str, list[dict[str, Any]]] | None = None
        self._thread = threading.Thread(target=self._run, name="seals", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self, _: int = 0) -> None:
        """Something was decided."""
        self._wake.set()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def seal_next(self, height: Height) -> bool:
        """Seal one block that is durable; False while the consensus height after it is not decided."""
        block = self._chain.block(height)
        consensus_height = decided_at(self._chain, height)
        if block is None or consensus_height is None:
            return False
        answer = self._rpc.commit(consensus_height + 1)
        if answer is None:
            return False
        self._settle(Height(height - 1))
        seal = self._read(height, block.header.hash, answer, consensus_height + 1)
        self._store.put_seal(height, seal.encode(), self._index(height))
        self._on_sealed(block.transactions)
        return True

    def _settle(self, height: Height) -> None:
        """Take over the votes that the chain keeps; a block is sealed with those that this node saw first."""
        header, seen = self._chain.header(height), self._chain.seal(height)
        consensus_height = decided_at(self._chain, height)
        if header is None or seen is None or consensus_height is None:
            return
        answer = self._rpc.commit(consensus_height + 1)
        if answer is None:
            return
        settled = self._read(height, header.hash, answer, consensus_height + 1).encode()
        if settled != seen:
            self._store.put_seal(height, settled)

    def _read(self, height: Height, block_hash: Hash32, answer: Mapping[str, Any], consensus_height: int) -> Seal:
        validators = self._validators_of(answer, consensus_height)
        return read_seal(height, block_hash, self._chain_id, answer, validators)

    def _run(self) -> None:
        height = self._first_unsealed()
        while not self._stop.is_set():
            try:
                while not self._stop.is_set() and self.seal_next(height):
                    height = Height(height + 1)
            except CannotCheckError as error:
                log.info("block %d is not sealed yet: %s", height, error.detail)
            except LedgerError:
                log.exception("block %d cannot be sealed", height)
            self._wake.wait(RETRY_S)
            self._wake.clear()

    def _first_unsealed(self) -> Height:
        height = self._chain.head().number
        while height > 0 and self._chain.seal(height) is None and decided_at(self._chain, height) is not None:
            height = Height(height - 1)
        return Height(height + 1)

    def _validators_of(self, answer: Mapping[str, Any], consensus_height: int) -> list[dict[str, Any]]:
        """Asked for again only where the header names others."""
        name = str(answer["signed_header"]["header"]["validators_hash"])
        if self._validators is None or self._validators[0] != name:
            self._validators = name, self._rpc.validators(consensus_height)
        return self._validators[1]
