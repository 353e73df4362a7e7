"""Bytes are decoded once, remembered within a bound, and never taken for those of another ledger."""

import pytest

from ledger.chain.receipt import BadReceiptError, Log, Receipt
from ledger.chain.transaction import BadTransactionError, Transaction, decode_transaction, sign_transaction
from ledger.primitives import Address, Gas
from node.decoding import Decoded, decode_once, decode_receipt_once

CHAIN_ID = 7
KEY = b"\x01" * 32


def signed(nonce: int, data: bytes = b"") -> bytes:
    return sign_transaction(KEY, chain_id=CHAIN_ID, nonce=nonce, to=None, data=data, gas_limit=200_000)


class Work:
    """Decodes transactions; `done`: the bytes that were really decoded."""

    def __init__(self) -> None:
        self.done: list[bytes] = []

    def __call__(self, raw: bytes, chain_id: int) -> Transaction:
        self.done.append(raw)
        return decode_transaction(raw, chain_id)


def test_get__same_bytes_again__are_decoded_once() -> None:
    work, raw = Work(), signed(0)
    known = Decoded(work, 10, 10**6)
    assert known.get((raw, CHAIN_ID)) == decode_transaction(raw, CHAIN_ID)
    assert known.get((bytes(bytearray(raw)), CHAIN_ID)) is known.get((raw, CHAIN_ID))
    assert work.done == [raw]


def test_get__other_chain_or_garbage__is_refused_each_time() -> None:
    work, raw = Work(), signed(0)
    known = Decoded(work, 10, 10**6)
    known.get((raw, CHAIN_ID))
    for _ in range(2):
        with pytest.raises(BadTransactionError, match="chain_id"):
            known.get((raw, CHAIN_ID + 1))
        with pytest.raises(BadTransactionError):
            known.get((b"\x02garbage", CHAIN_ID))
    assert len(work.done) == 5
    assert len(known) == 1


@pytest.mark.parametrize("bounds", [(3, 10**6), (10**6, 3 * len(signed(1, bytes(1_000))))])
def test_get__more_than_the_bound__forgets_the_oldest(bounds: tuple[int, int]) -> None:
    work = Work()
    known = Decoded(work, *bounds)
    raws = [signed(nonce, bytes(1_000)) for nonce in range(1, 6)]
    for raw in raws:
        known.get((raw, CHAIN_ID))
    assert len(known) == 3
    for raw in raws[2:]:
        known.get((raw, CHAIN_ID))
    assert work.done == raws
    known.get((raws[0], CHAIN_ID))
    assert work.done == [*raws, raws[0]]


def test_decode_once__transactions_and_receipts__as_decoded_alone() -> None:
    raw = signed(9)
    assert decode_once(raw, CHAIN_ID) == decode_transaction(raw, CHAIN_ID)
    assert decode_once(raw, CHAIN_ID) is decode_once(raw, CHAIN_ID)
    receipt = Receipt(2, success=True, cumulative_gas_used=Gas(21_000), logs=(Log(Address(bytes(20)), (), b"x"),))
    data = receipt.encode()
    assert decode_receipt_once(data) == receipt
    assert decode_receipt_once(bytes(bytearray(data))) is decode_receipt_once(data)
    with pytest.raises(BadReceiptError):
        decode_receipt_once(data[:-1])
