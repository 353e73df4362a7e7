"""What an audit asks of an executor."""

from dataclasses import dataclass
from typing import Protocol

from ledger.chain.header import Header
from ledger.errors import CheckFailedError
from ledger.ports import Block
from ledger.primitives import Gas, Hash32


class ExecutionDiffersError(CheckFailedError):
    """A block that gives something else when it is executed, or that cannot be executed.

    Shape   `field`: state_root, receipts_root, gas_used or block; `expected`: by this executor; `found`: in the block.
    """

    type = "execution-differs"

    def __init__(self, field: str, expected: str, found: str) -> None:
        super().__init__(f"{field}: found {found}, expected {expected}", field=field, expected=expected, found=found)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a block gives."""

    state_root: Hash32
    receipts_root: Hash32
    gas_used: Gas


class AuditExecutor(Protocol):
    """Executes a ledger's blocks from genesis on, one after another.

    Shape   `name`: for reports. `is_independent`: False where it is the program that makes blocks.
    """

    @property
    def name(self) -> str: ...

    @property
    def is_independent(self) -> bool: ...

    def genesis(self) -> Hash32:
        """Hash of the first block by this executor."""
        ...

    def execute(self, block: Block) -> None:
        """Execute the next block and keep the state. Errors: ExecutionDiffersError, after which no other block can be
        executed.
        """
        ...

    def close(self) -> None: ...


def compare(header: Header, outcome: Outcome) -> None:
    """Errors  ExecutionDiffersError names the first field that differs."""
    for field in ("receipts_root", "gas_used", "state_root"):
        found, expected = getattr(header, field), getattr(outcome, field)
        if found != expected:
            texts = (value.hex() if isinstance(value, bytes) else str(value) for value in (expected, found))
            raise ExecutionDiffersError(field, *texts)
