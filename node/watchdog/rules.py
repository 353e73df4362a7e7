"""The rules of a block that the executor does not know (formats.md, 7)."""

from collections.abc import Callable

from ledger.chain.admission import Admission
from ledger.chain.consensus_act import ActAdmission, ActContext, Succession, read_act, validate_consensus_act
from ledger.chain.header import Header
from ledger.chain.timing import BlockTimeError, is_too_early, validate_time
from ledger.chain.transaction import decode_transaction
from ledger.errors import BadInputError, CheckFailedError
from ledger.ports import Block, BlockAdmission, StateView
from ledger.primitives import Timestamp
from ledger.proofs.seal import SealKind
from ledger.views.seals import load_recovery
from node.permissions import StatePermissions
from node.watchdog.refusals import EarlyBlockError, invalid_block


class BlockRules:
    """Shape   `clock`: the wall's seconds, None under a simulated clock."""

    def __init__(self, chain_id: int, clock: Callable[[], float] | None) -> None:
        self._chain_id = chain_id
        self._clock = clock

    def check(self, block: Block, parent: StateView, kind: SealKind) -> BlockAdmission:
        """Check what needs no execution; gives the rule of admission for the rest.

        Shape   `parent`: the state before the block; `kind`: of those who may seal it.
        Errors  BlockRefusedError, EarlyBlockError.
        """
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
                validate_consensus_act(act, ActContext(kind, load_recovery(parent), *times))
            return ActAdmission(act, self._chain_id)
        except (BadInputError, BlockTimeError, CheckFailedError) as error:
            raise invalid_block(header, error.detail) from error


def _check_free_fields(header: Header, parent: Header) -> None:
    """Fields that execution lets a block choose, and the ledger does not."""
    for name, found, expected in (
        ("gas_limit", header.gas_limit, parent.gas_limit),
        ("extra_data", header.extra_data, b""),
    ):
        if found != expected:
            raise CheckFailedError(f"{name}: found {found!r}, expected {expected!r}")
