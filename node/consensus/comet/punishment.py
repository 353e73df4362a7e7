"""The consequence of signing two blocks at one height: a block of its own, which every validator requires."""

from collections.abc import Sequence

from ledger.chain.consensus_act import (
    ACT_SECRET,
    PERMISSIONS,
    ActAdmission,
    ActContext,
    ConsensusActError,
    Punishment,
    sign_act,
    validate_consensus_act,
)
from ledger.ports import BlockAttributes, Executed, ExecutionEngine
from ledger.secp256k1 import address_of
from ledger.views.seals import load_sealers
from node.consensus.comet.payload import block_time

Misbehaviour = Sequence[tuple[bytes, int]]
"""(validator key, consensus height) of each duplicate vote that a consensus block states."""


class Punishments:
    """Makes the block of a punishment. One thread.

    Source  docs/reference/formats.md, 7 (consensus acts) and 14.
    """

    def __init__(self, engine: ExecutionEngine, chain_id: int) -> None:
        self._engine = engine
        self._chain_id = chain_id

    def required(self, misbehaviour: Misbehaviour, consensus_s: int) -> Executed | None:
        """The block that a consensus block with this misbehaviour has to carry: of the first act that the contract
        carries out. None where it carries out none, for example because the constitution has no such consequence.
        """
        for key, height in misbehaviour:
            executed = self._build(Punishment(key, height), misbehaviour, consensus_s)
            if executed is not None:
                return executed
        return None

    def _build(self, act: Punishment, misbehaviour: Misbehaviour, consensus_s: int) -> Executed | None:
        parent, state = self._engine.head(), self._engine.state()
        time = block_time(parent, consensus_s)
        context = ActContext(load_sealers(state).kind, None, parent.timestamp, time, misbehaviour)
        try:
            validate_consensus_act(act, context)
        except ConsensusActError:
            return None
        raw = sign_act(act, self._chain_id, state.nonce(address_of(ACT_SECRET)))
        attributes = BlockAttributes(time, PERMISSIONS, b"", parent.gas_limit)
        executed = self._engine.build([raw], attributes, ActAdmission(act, self._chain_id))
        return executed if executed.block.transactions else None
