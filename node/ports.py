"""What a node of either kind offers to those who stand around it: relay, door, pages."""

from collections.abc import Sequence
from typing import Protocol

from ledger.ports import ChainReader, Clock, EvidenceStore
from ledger.primitives import Hash32
from node.acknowledgement import Acknowledged
from node.folder import Founding, LedgerFolder
from node.mempool import Mempool


class OpenLedger(Protocol):
    """A ledger's directory, opened for reading at least."""

    @property
    def folder(self) -> LedgerFolder: ...

    @property
    def founding(self) -> Founding: ...

    @property
    def chain(self) -> ChainReader: ...

    @property
    def evidence(self) -> EvidenceStore: ...


class Node(OpenLedger, Protocol):
    """One ledger's directory, opened for writing: by a sequencer (`EmbeddedNode`) or a member (`ValidatorNode`)."""

    @property
    def clock(self) -> Clock: ...

    @property
    def mempool(self) -> Mempool: ...

    def submit(self, raw: bytes) -> Hash32:
        """Take a transaction. Errors: BadTransactionError, MempoolError."""
        ...

    def foresee(self, raws: Sequence[bytes]) -> None:
        """Make ready for transactions that will be submitted together; without it each is taken all the same."""
        ...

    def acknowledged(self, transaction_hash: Hash32) -> Acknowledged | None:
        """Where a transaction stands, once its block is durable and sealed."""
        ...

    def wait(self, transaction_hash: Hash32, timeout_s: float) -> Acknowledged | None:
        """Wait until a transaction is acknowledged or refused, at most `timeout_s`."""
        ...
