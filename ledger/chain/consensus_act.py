"""Consensus acts: changes of who seals that no ballot carries out, each in a block of its own (formats.md, 7)."""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Self

from ledger.abi import AbiError, contract
from ledger.chain.header import Header
from ledger.chain.transaction import MAX_TRANSACTION_GAS, Transaction, sign_transaction
from ledger.errors import CheckFailedError
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp, keccak256, to_hex
from ledger.proofs.seal import SealKind
from ledger.proofs.succession import Recovery
from ledger.system import SystemContract

ACT_SECRET = keccak256(b"ortaq/consensus-act/1")
"""Everybody's key. It holds no duty: the contract asks for the fee recipient, which only a valid act's block has."""
PERMISSIONS = SystemContract.PERMISSIONS.address


class ConsensusActError(CheckFailedError):
    """A block that is no valid consensus act, or one of which it cannot be said what it is."""

    type = "bad-consensus-act"


@dataclass(frozen=True, slots=True)
class Succession:
    """Another sequencer takes office."""

    account: Address


@dataclass(frozen=True, slots=True)
class Punishment:
    """A validator that signed two blocks at one height of consensus loses its place. `key`: Ed25519, 32 bytes."""

    key: bytes
    height: int


ConsensusAct = Succession | Punishment


@dataclass(frozen=True, slots=True)
class ActContext:
    """What an act is judged by.

    Shape   `kind`, `recovery`: of the state after the parent block. `misbehaviour`: (key, height of consensus) of each
            duplicate vote that CometBFT states with the block.
    """

    kind: SealKind
    recovery: Recovery | None
    parent_time: Timestamp
    time: Timestamp
    misbehaviour: Collection[tuple[bytes, int]] = ()


def encode_act(act: ConsensusAct) -> bytes:
    """The call of Permissions that carries the act out."""
    permissions = contract(SystemContract.PERMISSIONS.contract_name)
    if isinstance(act, Succession):
        return permissions.encode_call("succeed", act.account)
    return permissions.encode_call("punish", act.key, act.height)


def sign_act(act: ConsensusAct, chain_id: int, nonce: int) -> bytes:
    """The one transaction that an act's block holds; `nonce`: of the account of ACT_SECRET after the parent block."""
    return sign_transaction(
        ACT_SECRET,
        chain_id=chain_id,
        nonce=nonce,
        to=PERMISSIONS,
        data=encode_act(act),
        gas_limit=MAX_TRANSACTION_GAS,
    )


def decode_act(transaction: Transaction, chain_id: int) -> ConsensusAct:
    """The act that a transaction carries out. Errors: ConsensusActError for any other transaction."""
    if transaction.to != PERMISSIONS:
        raise ConsensusActError("consensus act: a transaction to another contract, expected a call of Permissions")
    permissions = contract(SystemContract.PERMISSIONS.contract_name)
    try:
        entry, values = permissions.decode_call(transaction.data)
    except AbiError as error:
        raise ConsensusActError(f"consensus act: {error.detail}") from error
    act: ConsensusAct
    if entry.name == "succeed":
        act = Succession(Address(values["account"]))
    elif entry.name == "punish":
        act = Punishment(values["key"], values["height"])
    else:
        raise ConsensusActError(f"consensus act: a call of {entry.name}, expected succeed or punish")
    # Whatever else the transaction could choose is fixed, so that its bytes follow from act and nonce.
    if transaction.raw != sign_act(act, chain_id, transaction.nonce):
        raise ConsensusActError("consensus act: other fields or another sender, expected those of the formats")
    return act


def read_act(header: Header, transactions: Sequence[Transaction], chain_id: int) -> ConsensusAct | None:
    """The act of a block, None for an ordinary block.

    Errors  ConsensusActError for a fee recipient that no block may have, or an act's block that holds anything else.
    """
    if header.fee_recipient == ZERO_ADDRESS:
        return None
    if header.fee_recipient != PERMISSIONS:
        raise ConsensusActError(
            f"fee recipient: {to_hex(header.fee_recipient)}, expected zero, or Permissions for a consensus act"
        )
    if len(transactions) != 1:
        raise ConsensusActError(f"consensus act: {len(transactions)} transactions, expected one")
    return decode_act(transactions[0], chain_id)


def validate_consensus_act(act: ConsensusAct, context: ActContext) -> None:
    """Check that an act may happen now. The seal of a succession is checked by `validate_succession_seal` besides.

    Errors  ConsensusActError says what is missing.
    """
    if isinstance(act, Succession):
        _validate_succession(context)
    elif context.kind is not SealKind.COMMIT:
        raise ConsensusActError("punishment: one sequencer seals, expected validators")
    elif (act.key, act.height) not in context.misbehaviour:
        raise ConsensusActError(
            f"punishment: no evidence against {to_hex(act.key)} at height {act.height}, expected CometBFT's"
        )


def _validate_succession(context: ActContext) -> None:
    if context.kind is not SealKind.SOLO:
        raise ConsensusActError("succession: validators seal, expected one sequencer")
    if context.recovery is None:
        raise ConsensusActError("succession: this ledger has no recovery keys")
    opens = context.recovery.opens(context.parent_time)
    if context.time < opens:
        raise ConsensusActError(
            f"succession: block time {context.time}, expected at least {opens}: the last block's and "
            f"{context.recovery.silence} s of silence",
            time=context.time,
            opens=opens,
        )


class ActAdmission:
    """What may stand in the block of one act: its transaction, once, if it succeeds. `ledger.ports.BlockAdmission`."""

    def __init__(self, act: ConsensusAct, chain_id: int) -> None:
        self._act = act
        self._chain_id = chain_id
        self._is_done = False

    def refuse_before(self, transaction: Transaction) -> str | None:
        if self._is_done:
            return "admission: the block of a consensus act holds nothing else"
        try:
            return None if decode_act(transaction, self._chain_id) == self._act else "admission: another consensus act"
        except ConsensusActError as error:
            return f"admission: {error.detail}"

    def refuse_after(self, transaction: Transaction, success: bool) -> str | None:  # noqa: ARG002
        self._is_done = success
        return None if success else "admission: the consensus act was refused (reverted)"

    def supposing(self) -> Self:
        return copy(self)
