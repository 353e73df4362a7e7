"""Consensus acts: exactly one transaction of exactly these bytes, in a block that says so, at its time."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.abi import contract
from ledger.chain.admission import Admission
from ledger.chain.consensus_act import (
    ACT_SECRET,
    ActAdmission,
    ActContext,
    ConsensusAct,
    ConsensusActError,
    Punishment,
    Succession,
    decode_act,
    encode_act,
    read_act,
    sign_act,
    validate_consensus_act,
)
from ledger.chain.header import Header
from ledger.chain.transaction import Transaction, decode_transaction, sign_transaction
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Gas, Height, Timestamp
from ledger.proofs.seal import SealKind
from ledger.proofs.succession import Recovery
from ledger.system import SystemContract

CHAIN = 5
HEIR = Address(b"\x05" * 20)
KEY = b"\x06" * 32
PERMISSIONS = SystemContract.PERMISSIONS.address
ACTS: list[ConsensusAct] = [Succession(HEIR), Punishment(KEY, 12)]
RECOVERY = Recovery(1, 3600, (Address(b"\x01" * 20),))


def signed(act: ConsensusAct, nonce: int = 0) -> Transaction:
    return decode_transaction(sign_act(act, CHAIN, nonce), CHAIN)


def other(**changes: Any) -> Transaction:
    """The transaction of the first act, signed with other fields."""
    fields = {
        "chain_id": CHAIN,
        "nonce": 0,
        "to": PERMISSIONS,
        "data": encode_act(ACTS[0]),
        "gas_limit": Gas(2**24),
        **changes,
    }
    return decode_transaction(sign_transaction(fields.pop("secret", ACT_SECRET), **fields), CHAIN)


def block(fee_recipient: Address) -> Header:
    return Header(ZERO_HASH, fee_recipient, ZERO_HASH, Height(3), Gas(30_000_000), Timestamp(7200))


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("nonce", [0, 7])
def test_act__signed__reads_back_and_is_the_same_bytes_for_everybody(act: ConsensusAct, nonce: int) -> None:
    assert decode_act(signed(act, nonce), CHAIN) == act
    assert sign_act(act, CHAIN, nonce) == sign_act(act, CHAIN, nonce)
    assert read_act(block(PERMISSIONS), [signed(act)], CHAIN) == act


@pytest.mark.parametrize(
    "transaction",
    [
        other(secret=b"\x09" * 32),
        other(gas_limit=Gas(2**24 - 1)),
        other(to=SystemContract.BALLOTS.address),
        other(data=encode_act(ACTS[0]) + b"\x00"),
        other(data=b""),
        other(data=contract("Permissions").encode_call("set_sealer", 1, HEIR)),
    ],
    ids=["sender", "gas", "contract", "longer", "no call", "another entry"],
)
def test_act__anything_else__is_none(transaction: Transaction) -> None:
    with pytest.raises(ConsensusActError):
        decode_act(transaction, CHAIN)
    assert ActAdmission(ACTS[0], CHAIN).refuse_before(transaction) is not None


def test_block__fee_recipient_and_contents__belong_together() -> None:
    assert read_act(block(ZERO_ADDRESS), [signed(ACTS[0])] * 3, CHAIN) is None
    for fee_recipient, transactions in (
        (PERMISSIONS, []),
        (PERMISSIONS, [signed(ACTS[0]), signed(ACTS[0], 1)]),
        (HEIR, [signed(ACTS[0])]),
        (HEIR, []),
    ):
        with pytest.raises(ConsensusActError):
            read_act(block(fee_recipient), transactions, CHAIN)


def test_act__in_an_ordinary_block__is_not_admitted() -> None:
    class Nobody:
        def duty_of(self, _: Address) -> tuple[int, Gas]:
            return 0, Gas(0)

        def entry_bound(self, _: Address, __: bytes) -> Gas:
            return Gas(0)

    for act in ACTS:
        assert Admission(Nobody()).refuse_before(signed(act)) is not None


def test_admission__of_an_act__takes_it_once_and_only_if_it_succeeds() -> None:
    admission = ActAdmission(ACTS[0], CHAIN)
    assert admission.refuse_before(signed(ACTS[1])) is not None
    assert admission.refuse_before(signed(ACTS[0])) is None
    assert "reverted" in (admission.refuse_after(signed(ACTS[0]), False) or "")
    assert admission.refuse_after(signed(ACTS[0]), True) is None
    assert "nothing else" in (admission.refuse_before(signed(ACTS[0], 1)) or "")


SUCCESSION = ActContext(SealKind.SOLO, RECOVERY, Timestamp(1000), Timestamp(4600))


@pytest.mark.parametrize(
    ("context", "holds"),
    [
        (SUCCESSION, True),
        (replace(SUCCESSION, time=Timestamp(4599)), False),
        (replace(SUCCESSION, recovery=None), False),
        (replace(SUCCESSION, kind=SealKind.COMMIT), False),
    ],
)
def test_succession__silence_and_recovery_keys__are_needed(context: ActContext, holds: bool) -> None:
    if holds:
        validate_consensus_act(ACTS[0], context)
        return
    with pytest.raises(ConsensusActError):
        validate_consensus_act(ACTS[0], context)


PUNISHMENT = ActContext(SealKind.COMMIT, None, Timestamp(1), Timestamp(2), {(KEY, 12)})


@pytest.mark.parametrize(
    ("act", "context", "holds"),
    [
        (Punishment(KEY, 12), PUNISHMENT, True),
        (Punishment(KEY, 13), PUNISHMENT, False),
        (Punishment(b"\x07" * 32, 12), PUNISHMENT, False),
        (Punishment(KEY, 12), replace(PUNISHMENT, misbehaviour=()), False),
        (Punishment(KEY, 12), replace(PUNISHMENT, kind=SealKind.SOLO), False),
    ],
)
def test_punishment__evidence_of_this_key_and_height__is_needed(
    act: Punishment, context: ActContext, holds: bool
) -> None:
    if holds:
        validate_consensus_act(act, context)
        return
    with pytest.raises(ConsensusActError):
        validate_consensus_act(act, context)
