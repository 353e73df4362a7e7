"""Transactions are decoded once, remembered within a bound, and never taken for those of another ledger."""

import pytest

from ledger.chain.transaction import BadTransactionError, Transaction, decode_transaction, sign_transaction
from node import decoding
from node.decoding import DecodedTransactions

CHAIN_ID = 7
KEY = b"\x01" * 32


def signed(nonce: int, data: bytes = b"") -> bytes:
    return sign_transaction(KEY, chain_id=CHAIN_ID, nonce=nonce, to=None, data=data, gas_limit=200_000)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes that were really decoded."""
    done: list[bytes] = []

    def decode(raw: bytes, chain_id: int) -> Transaction:
        done.append(raw)
        return decode_transaction(raw, chain_id)

    monkeypatch.setattr(decoding, "decode_transaction", decode)
    return done


def test_decode__same_bytes_again__are_decoded_once(work: list[bytes]) -> None:
    known, raw = DecodedTransactions(), signed(0)
    assert known.decode(raw, CHAIN_ID) == decode_transaction(raw, CHAIN_ID)
    assert known.decode(bytes(bytearray(raw)), CHAIN_ID) is known.decode(raw, CHAIN_ID)
    assert work == [raw]


def test_decode__other_chain_or_garbage__is_refused_each_time(work: list[bytes]) -> None:
    known, raw = DecodedTransactions(), signed(0)
    known.decode(raw, CHAIN_ID)
    for _ in range(2):
        with pytest.raises(BadTransactionError, match="chain_id"):
            known.decode(raw, CHAIN_ID + 1)
        with pytest.raises(BadTransactionError):
            known.decode(b"\x02garbage", CHAIN_ID)
    assert len(work) == 5
    assert len(known) == 1


@pytest.mark.parametrize("bounds", [(3, 10**6), (10**6, 3 * len(signed(1, bytes(1_000))))])
def test_decode__more_than_the_bound__forgets_the_oldest(work: list[bytes], bounds: tuple[int, int]) -> None:
    known = DecodedTransactions(*bounds)
    raws = [signed(nonce, bytes(1_000)) for nonce in range(1, 6)]
    for raw in raws:
        known.decode(raw, CHAIN_ID)
    assert len(known) == 3
    for raw in raws[2:]:
        known.decode(raw, CHAIN_ID)
    assert work == raws
    known.decode(raws[0], CHAIN_ID)
    assert work == [*raws, raws[0]]
