"""Consensus acts: blocks that change who seals without a ballot (formats.md, 7)."""

from ledger.audit.checks import Checks
from ledger.audit.record import AuditBlock, Event
from ledger.audit.sealers import FollowedSealers
from ledger.chain.consensus_act import (
    ActContext,
    ConsensusAct,
    ConsensusActError,
    Punishment,
    Succession,
    read_act,
    validate_consensus_act,
)
from ledger.primitives import ZERO_ADDRESS, Timestamp
from ledger.proofs.seal import SealKind

CODE = "transaction.admission"
EVIDENCE = "that CometBFT stated a validator's duplicate vote: its own blocks say it, which no bundle holds"


class ActRules:
    """Which blocks are acts, and whether each may happen."""

    def __init__(self, checks: Checks, chain_id: int) -> None:
        self._checks = checks
        self._chain_id = chain_id

    def take(self, block: AuditBlock, parent_time: Timestamp, sealers: FollowedSealers) -> ConsensusAct | None:
        """The act of a block, None for another block. `sealers`: after the parent block."""
        if block.header.fee_recipient == ZERO_ADDRESS:
            return None
        known = [transaction.decoded for transaction in block.transactions if transaction.decoded is not None]
        try:
            act = read_act(block.header, known, self._chain_id)
            if act is not None:
                self._judge(act, block, parent_time, sealers)
        except ConsensusActError as error:
            self._checks.fail(CODE, "a consensus act that may happen now", error.detail)
            return None
        self._checks.count(CODE)
        return act

    def _judge(self, act: ConsensusAct, block: AuditBlock, parent_time: Timestamp, sealers: FollowedSealers) -> None:
        stated = [(act.key, act.height)] if isinstance(act, Punishment) else []
        time = block.header.timestamp
        context = ActContext(sealers.set.kind, sealers.recovery, parent_time, time, stated)
        validate_consensus_act(act, context)
        if len(block.transactions) != 1 or not block.transactions[0].receipt.success:
            raise ConsensusActError("consensus act: refused by Permissions, expected one that is carried out")
        if isinstance(act, Punishment):
            self._checks.skip(CODE, EVIDENCE)
            if not sealers.may_punish(act.key, act.height):
                raise ConsensusActError("punishment: of nobody, or again; expected a validator and a new height")


def is_of_act(event: Event, act: ConsensusAct | None) -> bool:
    """Whether an event is what an act does."""
    values = event.values
    if isinstance(act, Succession):
        return event.name == "SealerSet" and (values["kind"], values["account"]) == (SealKind.SOLO, act.account)
    if isinstance(act, Punishment):
        of_key = event.name in ("ValidatorSet", "Punished") and bytes(values["key"]) == act.key
        return of_key and (values["power"] == 0 if event.name == "ValidatorSet" else values["height"] == act.height)
    return False
