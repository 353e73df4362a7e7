"""Seals of recovery keys: of this chain, height and block, by enough of them, each once."""

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.header import Header
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Gas, Hash32, Height, Timestamp, keccak256
from ledger.proofs.seal import Seal, SealError, SealKind, decode_seal, make_seal, sealer_set
from ledger.proofs.succession import (
    Recovery,
    RecoveryError,
    make_succession_seal,
    sign_succession,
    succession_digest,
    succession_signers,
    validate_block_seal,
    validate_succession,
    validate_succession_seal,
)
from ledger.secp256k1 import SignatureError, address_of, recover_address
from ledger.system import SystemContract

CHAIN, HEIGHT, BLOCK = 5, Height(9), Hash32(b"\x07" * 32)
KEYS = sorted((PrivateKey(keccak256(b"recovery %d" % n)) for n in range(3)), key=address_of)
STRANGER = PrivateKey(keccak256(b"stranger"))
RECOVERY = Recovery(2, 3600, tuple(address_of(key) for key in KEYS))
PERMISSIONS = SystemContract.PERMISSIONS.address


def seal(*keys: PrivateKey, chain_id: int = CHAIN, height: Height = HEIGHT, block: Hash32 = BLOCK) -> Seal:
    return make_succession_seal(
        chain_id, height, block, [sign_succession(chain_id, height, block, key) for key in keys]
    )


def header(fee_recipient: Address = PERMISSIONS, timestamp: int = 10_000) -> Header:
    return Header(ZERO_HASH, fee_recipient, ZERO_HASH, HEIGHT, Gas(30_000_000), Timestamp(timestamp))


@given(st.permutations(KEYS), st.integers(2, 3))
def test_seal__any_order_of_enough_keys__is_one_seal_and_holds(keys: list[PrivateKey], count: int) -> None:
    made = seal(*keys[:count])
    assert made == decode_seal(made.encode())
    signers = validate_succession_seal(made, CHAIN, HEIGHT, BLOCK, RECOVERY)
    assert list(signers) == sorted(address_of(key) for key in keys[:count])


@pytest.mark.parametrize(
    "made",
    [
        seal(KEYS[0]),
        seal(KEYS[0], STRANGER),
        seal(*KEYS, STRANGER),
        seal(*KEYS, chain_id=CHAIN + 1),
        seal(*KEYS, height=Height(HEIGHT + 1)),
        seal(*KEYS, block=Hash32(b"\x08" * 32)),
        Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, seal(*KEYS, height=Height(HEIGHT + 1)).body),
        Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, b""),
        Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, b"\x00"),
        Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, seal(*KEYS).body + b"\x00"),
        Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, b"\x02" + seal(*KEYS).body[1:]),
        Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, b"\x02" + seal(KEYS[0]).body[1:] * 2),
        make_seal(SealKind.SOLO, CHAIN, HEIGHT, BLOCK, KEYS[0]),
    ],
    ids=[
        "too few", "stranger", "stranger besides", "chain", "height", "block", "moved", "empty", "none", "longer",
        "shorter", "twice", "solo",
    ],
)  # fmt: skip
def test_seal__anything_else__is_refused(made: Seal) -> None:
    with pytest.raises(SealError):
        validate_succession_seal(made, CHAIN, HEIGHT, BLOCK, RECOVERY)


def test_seal__signatures_descending_or_malleable__are_refused() -> None:
    one, two = (sign_succession(CHAIN, HEIGHT, BLOCK, key) for key in KEYS[:2])
    with pytest.raises(SealError, match="another order"):
        succession_signers(Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, b"\x02" + two + one), CHAIN)
    upper = (2**256 - 1 - int.from_bytes(one[32:64], "big")).to_bytes(32, "big")
    with pytest.raises(SignatureError):
        succession_signers(Seal(SealKind.SUCCESSION, HEIGHT, BLOCK, b"\x01" + one[:32] + upper + one[64:]), CHAIN)


def test_signature__of_a_sequencer_or_witness__is_none_of_a_recovery_key() -> None:
    digest = succession_digest(CHAIN, HEIGHT, BLOCK)
    for kind in (SealKind.SOLO, SealKind.WITNESS):
        body = make_seal(kind, CHAIN, HEIGHT, BLOCK, KEYS[0]).body
        assert recover_address(digest, body) != address_of(KEYS[0])


def test_seal__one_key_twice__cannot_be_made() -> None:
    with pytest.raises(SealError, match="signed twice"):
        seal(KEYS[0], KEYS[0])
    with pytest.raises(SealError, match="0 signatures"):
        seal()


@pytest.mark.parametrize(
    ("fee_recipient", "time", "holds"),
    [
        (PERMISSIONS, 3600, True),
        (PERMISSIONS, 3599, False),
        (ZERO_ADDRESS, 3600, False),
        (Address(b"\x01" * 20), 3600, False),
    ],
)
def test_block__of_a_succession__has_its_fee_recipient_and_time(fee_recipient: Address, time: int, holds: bool) -> None:
    block = header(fee_recipient, 1000 + time)
    made = seal(*KEYS, block=block.hash)
    if holds:
        assert len(validate_succession(block, made, CHAIN, RECOVERY, Timestamp(1000))) == 3
        return
    with pytest.raises(SealError):
        validate_succession(block, made, CHAIN, RECOVERY, Timestamp(1000))


def test_block__of_a_sequencer__is_no_consensus_act() -> None:
    sealers = sealer_set(SealKind.SOLO, [(address_of(STRANGER), 1)])
    for fee_recipient, holds in ((ZERO_ADDRESS, True), (PERMISSIONS, False), (Address(b"\x01" * 20), False)):
        block = header(fee_recipient)
        made = make_seal(SealKind.SOLO, CHAIN, HEIGHT, block.hash, STRANGER)
        if holds:
            validate_block_seal(block, made, CHAIN, sealers)
            continue
        with pytest.raises(SealError, match="fee recipient"):
            validate_block_seal(block, made, CHAIN, sealers)
    # Recovery keys do not stand for a sequencer either.
    block = header(ZERO_ADDRESS)
    with pytest.raises(SealError):
        validate_block_seal(block, seal(*KEYS, block=block.hash), CHAIN, sealers)


@pytest.mark.parametrize(
    ("threshold", "silence", "keys"),
    [
        (0, 1, RECOVERY.keys),
        (4, 1, RECOVERY.keys),
        (1, 1, ()),
        (1, 0, RECOVERY.keys),
        (1, 2**40, RECOVERY.keys),
        (1, 1, RECOVERY.keys[::-1]),
        (1, 1, RECOVERY.keys[:1] * 2),
        (1, 1, (ZERO_ADDRESS,)),
        (1, 1, tuple(Address(n.to_bytes(20, "big")) for n in range(1, 34))),
    ],
)
def test_recovery__contradictory__cannot_be(threshold: int, silence: int, keys: tuple[Address, ...]) -> None:
    with pytest.raises(RecoveryError):
        Recovery(threshold, silence, keys)


def test_recovery__each_part_altered__has_another_hash() -> None:
    others = [Recovery(1, 3600, RECOVERY.keys), Recovery(2, 3601, RECOVERY.keys), Recovery(2, 3600, RECOVERY.keys[:2])]
    assert len({RECOVERY.hash, *(other.hash for other in others)}) == 4
