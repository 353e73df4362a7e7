"""The mempool: order, gaps, duplicates and limits."""

from dataclasses import dataclass, field

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.transaction import Transaction, decode_transaction, sign_transaction
from ledger.primitives import ZERO_ADDRESS, Address, Gas, Hash32
from ledger.secp256k1 import address_of
from node.mempool import Mempool, MempoolError, MempoolLimits

CHAIN_ID = 7
ANNA, BELA = (PrivateKey(bytes([n] * 32)) for n in (1, 2))


@dataclass
class Nonces:
    """A state of which only the nonces are asked."""

    of: dict[Address, int] = field(default_factory=dict)

    def nonce(self, address: Address) -> int:
        return self.of.get(address, 0)


def transaction(key: PrivateKey, nonce: int, data: bytes = b"") -> Transaction:
    raw = sign_transaction(
        key.secret, chain_id=CHAIN_ID, nonce=nonce, to=ZERO_ADDRESS, data=data, gas_limit=Gas(100_000)
    )
    return decode_transaction(raw, CHAIN_ID)


def pool(*transactions: Transaction, state: Nonces | None = None, limits: MempoolLimits | None = None) -> Mempool:
    found = Mempool(limits)
    for one in transactions:
        found.add(one, state or Nonces())
    return found


def test_take__several_senders__keeps_the_order_of_arrival() -> None:
    sent = [transaction(ANNA, 0), transaction(BELA, 0), transaction(ANNA, 1)]
    assert pool(*sent).take(Nonces()) == sent


def test_take__nonces_out_of_order__are_put_in_order() -> None:
    first, second, third = (transaction(ANNA, n) for n in range(3))
    assert pool(third, second, first).take(Nonces()) == [first, second, third]


def test_take__gap__waits_until_it_is_filled() -> None:
    first, second, third = (transaction(ANNA, n) for n in range(3))
    waiting = pool(first, third)
    assert waiting.take(Nonces()) == [first]
    waiting.add(second, Nonces())
    assert waiting.take(Nonces()) == [first, second, third]
    assert len(waiting) == 3


def test_take__state_has_moved_on__begins_at_its_nonce() -> None:
    first, second = transaction(ANNA, 0), transaction(ANNA, 1)
    assert pool(first, second).take(Nonces({address_of(ANNA): 1})) == [second]


def test_add__same_again__changes_nothing() -> None:
    first = transaction(ANNA, 0)
    waiting = pool(first, first)
    assert len(waiting) == 1
    assert first.hash in waiting


def test_add__another_of_the_same_nonce__is_refused() -> None:
    waiting = pool(transaction(ANNA, 0))
    with pytest.raises(MempoolError, match="nonce: 0 of this sender is waiting already"):
        waiting.add(transaction(ANNA, 0, b"other"), Nonces())
    waiting.add(transaction(BELA, 0), Nonces())
    assert len(waiting) == 2


def test_add__used_nonce__is_refused() -> None:
    with pytest.raises(MempoolError, match="nonce: 4, expected at least 5"):
        pool(transaction(ANNA, 4), state=Nonces({address_of(ANNA): 5}))


def test_add__full_by_count__is_refused_until_there_is_room() -> None:
    first = transaction(ANNA, 0)
    waiting = pool(first, transaction(ANNA, 1), limits=MempoolLimits(transactions=2))
    with pytest.raises(MempoolError, match="full with 2"):
        waiting.add(transaction(BELA, 0), Nonces())
    waiting.remove([first.hash])
    waiting.add(transaction(BELA, 0), Nonces())
    assert len(waiting) == 2


def test_add__full_by_bytes__is_refused_until_there_is_room() -> None:
    large = transaction(ANNA, 0, bytes(1000))
    waiting = pool(large, limits=MempoolLimits(total_bytes=len(large.raw) + 100))
    with pytest.raises(MempoolError, match="full"):
        waiting.add(transaction(BELA, 0), Nonces())
    waiting.refuse(large.hash, "no")
    waiting.add(transaction(BELA, 0), Nonces())
    assert len(waiting) == 1


def test_refuse__reason__is_kept_until_it_is_sent_again_or_crowded_out() -> None:
    first, second, third = transaction(ANNA, 0), transaction(ANNA, 1), transaction(BELA, 0)
    waiting = pool(first, second, third, limits=MempoolLimits(remembered=2))
    waiting.refuse(first.hash, "one")
    assert (waiting.reason(first.hash), first.hash in waiting) == ("one", False)
    waiting.add(first, Nonces())
    assert waiting.reason(first.hash) is None
    for number, sent in enumerate((first, second, third)):
        waiting.refuse(sent.hash, f"reason {number}")
    assert [waiting.reason(sent.hash) for sent in (first, second, third)] == [None, "reason 1", "reason 2"]


def test_refuse__transaction_in_the_middle__lets_the_nonce_be_used_again() -> None:
    waiting = pool(transaction(ANNA, 0), transaction(ANNA, 1))
    waiting.refuse(transaction(ANNA, 0).hash, "reverted")
    assert waiting.take(Nonces()) == []
    other = transaction(ANNA, 0, b"other")
    waiting.add(other, Nonces())
    assert waiting.take(Nonces()) == [other, transaction(ANNA, 1)]


def test_remove__unknown_hash__changes_nothing() -> None:
    waiting = pool(transaction(ANNA, 0))
    waiting.remove([Hash32(bytes(32))])
    assert len(waiting) == 1


@given(st.permutations(range(6)), st.permutations(range(6)), st.integers(0, 6))
def test_take__any_arrival__gives_each_senders_run_without_gaps(first: list, second: list, missing: int) -> None:
    waiting = Mempool()
    for a, b in zip(first, second, strict=True):
        if a != missing:
            waiting.add(transaction(ANNA, a), Nonces())
        waiting.add(transaction(BELA, b), Nonces())
    taken = waiting.take(Nonces())
    by_sender = {key: [t.nonce for t in taken if t.sender == address_of(key)] for key in (ANNA, BELA)}
    assert by_sender[ANNA] == list(range(min(missing, 6)))
    assert by_sender[BELA] == list(range(6))
    assert len(waiting) == 12 - (missing < 6)
