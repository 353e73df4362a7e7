"""Transactions against py-evm's and eth-account's; what no block may hold is refused by name."""

import random

import pytest
from coincurve import PrivateKey
from eth.vm.forks.cancun import CancunVM
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.rlp import decode, encode, encode_int
from ledger.chain.transaction import BadTransactionError, decode_transaction, intrinsic_gas, sign_transaction
from ledger.primitives import Address, keccak256
from ledger.secp256k1 import ORDER, SignatureError, address_of, recover_signer, sign_digest

CHAIN_ID = 0xDEAD_BEEF_F00D
KEY = b"\x07" * 32
TO = Address(b"\x11" * 20)
BASE = {"nonce": 3, "gas": 90_000, "to": TO, "value": 5, "data": b"\0\1\2\0" * 9, "chainId": CHAIN_ID}
ACCESS_LIST = [{"address": "0x" + "22" * 20, "storageKeys": ["0x" + "00" * 31 + "01", "0x" + "ff" * 32]}]
KINDS = {
    0: {**BASE, "gasPrice": 2},
    1: {**BASE, "type": 1, "gasPrice": 2, "accessList": ACCESS_LIST},
    2: {**BASE, "type": 2, "maxFeePerGas": 2, "maxPriorityFeePerGas": 1, "accessList": ACCESS_LIST},
}


def by_eth_account(**fields) -> bytes:
    return bytes(Account.from_key(KEY).sign_transaction(fields).raw_transaction)


@pytest.mark.parametrize("kind", KINDS)
def test_decode__signed_by_eth_account__same_fields_as_py_evm(kind: int) -> None:
    raw = by_eth_account(**KINDS[kind])
    transaction, stock = decode_transaction(raw, CHAIN_ID), CancunVM.get_transaction_builder().decode(raw)
    assert transaction.kind == kind
    assert transaction.sender == stock.sender == address_of(KEY)
    assert transaction.hash == stock.hash
    assert transaction.intrinsic_gas == stock.intrinsic_gas
    assert (transaction.nonce, transaction.gas_limit, transaction.to) == (3, 90_000, TO)
    assert (transaction.value, transaction.data) == (5, BASE["data"])
    assert transaction.max_fee_per_gas == 2
    assert transaction.max_priority_fee_per_gas == (1 if kind == 2 else 2)
    assert transaction.access_list == (((Address(b"\x22" * 20), (1, 2**256 - 1)),) if kind else ())


@given(
    st.integers(0, 2**64 - 2),
    st.none() | st.binary(min_size=20, max_size=20),
    st.binary(max_size=300),
    st.integers(0, 2**100),
    st.integers(1, 2**256 - 1),
)
def test_sign__any_fields__decode_to_them(nonce, to, data, value, slot) -> None:
    access_list = ((TO, (slot, 0)),) if slot % 2 else ()
    raw = sign_transaction(
        KEY, chain_id=7, nonce=nonce, to=to, data=data, gas_limit=200_000, value=value, access_list=access_list
    )
    found = decode_transaction(raw, 7)
    assert (found.nonce, found.to, found.data, found.value) == (nonce, to, data, value)
    assert found.access_list == access_list
    assert found.sender == address_of(KEY)
    assert (found.hash, found.raw) == (keccak256(raw), raw)


def test_sign__equal_fields__as_eth_account() -> None:
    fields = {key: value for key, value in KINDS[2].items() if key != "accessList"}
    mine = sign_transaction(
        KEY,
        chain_id=CHAIN_ID,
        nonce=3,
        to=TO,
        data=BASE["data"],
        gas_limit=90_000,
        value=5,
        max_fee_per_gas=2,
        max_priority_fee_per_gas=1,
    )
    assert mine == by_eth_account(**fields)


def changed(index: int, value, kind: int = 2) -> bytes:
    """A validly encoded transaction with one item replaced; the signature then fits nobody in particular."""
    raw = by_eth_account(**KINDS[kind])
    items = decode(raw[1:] if kind else raw)
    items[index] = value
    return (bytes([kind]) if kind else b"") + encode(items)


def with_high_s(kind: int) -> bytes:
    raw = by_eth_account(**KINDS[kind])
    items = decode(raw[1:] if kind else raw)
    s = ORDER - int.from_bytes(items[-1], "big")
    v = int.from_bytes(items[-3], "big")
    other = 1 - v if kind else 71 + 4 * CHAIN_ID - v
    items[-3:] = [other.to_bytes((other.bit_length() + 7) // 8, "big"), items[-2], s.to_bytes(32, "big")]
    return (bytes([kind]) if kind else b"") + encode(items)


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


UNPROTECTED = {name: value for name, value in KINDS[0].items() if name != "chainId"}
GOOD = by_eth_account(**KINDS[2])
REFUSED = {
    "empty": (b"", "size", "0 bytes"),
    "too long": (b"\x02" + bytes(131_072), "size", "131072"),
    "blob": (b"\x03" + GOOD[1:], "type", "blob"),
    "set code": (b"\x04" + GOOD[1:], "type", "set-code"),
    "type 5": (b"\x05" + GOOD[1:], "type", "5"),
    "type 0x7f": (b"\x7f" + GOOD[1:], "type", "127"),
    "string": (b"\x80", "type", "128"),
    "cut": (GOOD[:-1], "encoding", "cut off"),
    "left over": (GOOD + b"\0", "encoding", "follow"),
    "item missing": (b"\x02" + encode(decode(GOOD[1:])[:-1]), "encoding", "11 items"),
    "other chain": (changed(0, b"\x01"), "chain_id", f"1, expected {CHAIN_ID}"),
    "nonce with zero": (changed(1, b"\0\3"), "encoding", "leading zero"),
    "last nonce": (changed(1, b"\xff" * 8), "nonce", "2681"),
    "nonce too long": (changed(1, b"\1" * 9), "encoding", "nonce"),
    "priority above fee": (changed(2, b"\x03"), "max_priority_fee_per_gas", "max fee 2"),
    "gas below intrinsic": (changed(4, number(21_000)), "gas_limit", "intrinsic"),
    "gas above the bound": (changed(4, number(2**24 + 1)), "gas_limit", "16777216"),
    "short address": (changed(5, b"\1" * 19), "encoding", "to: found 19"),
    "huge value": (changed(6, b"\1" * 33), "encoding", "value"),
    "data a list": (changed(7, []), "encoding", "data"),
    "init code": (
        sign_transaction(KEY, chain_id=CHAIN_ID, nonce=0, to=None, data=bytes(49_153), gas_limit=10**6),
        "data",
        "49152",
    ),
    "access list a string": (changed(8, b""), "encoding", "access list"),
    "access list entry": (changed(8, [[b"\1" * 20]]), "encoding", "access list"),
    "access list slot": (changed(8, [[b"\1" * 20, [b"\1" * 31]]]), "encoding", "slot"),
    "access list address": (changed(8, [[b"\1" * 21, []]]), "encoding", "address"),
    "parity 2": (changed(9, b"\2"), "signature", "parity"),
    "r zero": (changed(10, b""), "signature", "signature r"),
    "r order": (changed(10, number(ORDER)), "signature", "signature r"),
    "s zero": (changed(11, b""), "signature", "signature s"),
    "high s": (with_high_s(2), "signature", "high s"),
    "high s, access list": (with_high_s(1), "signature", "high s"),
    "high s, legacy": (with_high_s(0), "signature", "high s"),
    "no key": (changed(10, number(5)), "signature", "no key"),
    "legacy unprotected": (by_eth_account(**UNPROTECTED), "chain_id", "replay"),
    "legacy of another chain": (by_eth_account(**{**KINDS[0], "chainId": 5}), "chain_id", "5 (v = "),
    "legacy odd v": (changed(6, b"\x1d", 0), "chain_id", "unknown"),
}


@pytest.mark.parametrize(("raw", "field", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_decode__refused__names_field_and_reason(raw: bytes, field: str, reason: str) -> None:
    with pytest.raises(BadTransactionError) as caught:
        decode_transaction(raw, CHAIN_ID)
    assert caught.value.facts["field"] == field
    assert reason in caught.value.detail


@given(st.binary(max_size=200))
def test_decode__random_bytes__is_refused(tail: bytes) -> None:
    for first in (b"", b"\x01", b"\x02", b"\xf8"):
        with pytest.raises(BadTransactionError):
            decode_transaction(first + tail, CHAIN_ID)


def test_decode__any_flipped_bit__is_refused_or_another_sender() -> None:
    rng = random.Random(2)
    for fields in KINDS.values():
        raw = by_eth_account(**fields)
        for _ in range(150):
            at = rng.randrange(len(raw))
            altered = raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(8))]) + raw[at + 1 :]
            try:
                found = decode_transaction(altered, CHAIN_ID)
            except BadTransactionError:
                continue
            assert found.sender != address_of(KEY)


def test_intrinsic_gas__creation__includes_init_code_words() -> None:
    assert intrinsic_gas(b"", False) == 21_000
    assert intrinsic_gas(b"\0\1", False) == 21_000 + 4 + 16
    assert intrinsic_gas(b"\1" * 33, True) == 21_000 + 32_000 + 33 * 16 + 2 * 2
    assert intrinsic_gas(b"", False, ((TO, (1, 2)),)) == 21_000 + 2_400 + 2 * 1_900


@given(st.binary(min_size=32, max_size=32), st.integers(1, ORDER - 1))
def test_sign_digest__any__low_s_and_recovers(digest: bytes, secret: int) -> None:
    key = secret.to_bytes(32, "big")
    signature = sign_digest(PrivateKey(key), digest)
    y_parity, r, s = signature[64], int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    assert s <= ORDER // 2
    assert recover_signer(digest, y_parity, r, s) == address_of(key)
    with pytest.raises(SignatureError, match="high s"):
        recover_signer(digest, 1 - y_parity, r, ORDER - s)
    assert encode_int(r)
