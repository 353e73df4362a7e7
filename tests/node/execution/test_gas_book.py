"""What calls are predicted to use: by kind and size, within what they may and must use."""

from pathlib import Path

import pytest

from ledger.chain.transaction import Transaction, decode_transaction, sign_transaction
from ledger.primitives import Address
from node.execution.geth.gas_book import LARGE_GAS, GasBook
from tests.node.execution.conformance import sign
from tests.node.execution.geth_ledger import GENESIS, GethLedger
from tests.node.execution.ledgers import attributes_after

CHAIN_ID = 7
HERE = Address(b"\x22" * 20)
CAST = b"cast"


def call(size: int, gas_limit: int = 16_000_000, selector: bytes = CAST) -> Transaction:
    raw = sign_transaction(
        b"\x01" * 32, chain_id=CHAIN_ID, nonce=0, to=HERE, data=selector + b"\x01" * size, gas_limit=gas_limit
    )
    return decode_transaction(raw, CHAIN_ID)


def test_predict__same_kind_and_size__what_others_used() -> None:
    book, vote = GasBook(), call(200, 300_000)
    book.learn([(vote, 69_000)] * 10)
    assert book.knows(vote)
    assert book.predict(vote) == pytest.approx(69_000, rel=0.01)
    book.learn([(vote, 49_000)])
    assert book.predict(vote) == pytest.approx(59_000, rel=0.01)


def test_predict__batch_after_single_ballots__is_taken_for_large_as_it_is() -> None:
    book, vote, batch = GasBook(), call(200, 300_000), call(36_000, 12_000_000)
    book.learn([(vote, 69_000)] * 900)
    assert 5_000_000 < book.predict(batch) <= 12_000_000
    book.learn([(batch, 4_900_000)] * 3)
    assert 4_900_000 < book.predict(batch) < 8_000_000
    # A single one costs more for its size than one of a batch.
    assert 30_000 < book.predict(vote) < 69_000


@pytest.mark.parametrize(
    ("limit", "expected"), [(LARGE_GAS, LARGE_GAS), (300_000, 2 * call(200).intrinsic_gas), (30_000, 30_000)]
)
def test_predict__unknown_kind__is_believed_where_it_asks_for_much(limit: int, expected: int) -> None:
    assert GasBook().predict(call(200, limit)) == expected


def test_predict__never_below_what_it_must_pay_nor_above_its_limit() -> None:
    book, cheap = GasBook(), call(5_000)
    book.learn([(cheap, cheap.intrinsic_gas)])
    small = call(10)
    assert book.predict(small) == small.intrinsic_gas
    book.learn([(cheap, 16_000_000)] * 20)
    assert book.predict(call(5_000, 200_000)) == 200_000


@pytest.mark.engine
def test_execute__block_of_somebody_else__teaches_what_its_calls_use(tmp_path: Path) -> None:
    ledger = GethLedger(tmp_path)
    try:
        made = ledger.twin.build([sign()], attributes_after(ledger.twin.head()))
        transaction = decode_transaction(sign(), GENESIS.chain_id)
        book = ledger.engine._builder._book
        assert not book.knows(transaction)
        ledger.engine.execute(made.block)
        assert book.predict(transaction) == pytest.approx(made.block.header.gas_used, rel=0.01)
    finally:
        ledger.engine.close()
