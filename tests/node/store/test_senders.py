"""Nonces by blocks, against those of the states."""

import random
from collections.abc import Iterator

import pytest

from ledger.chain.transaction import decode_transaction
from ledger.primitives import Height
from node.execution.geth.view import GethStateView
from node.execution.pyevm.engine import PyEvmEngine
from node.store.memory import MemoryStore
from node.store.senders import Senders
from tests.node.execution.conformance import ALLOC, COUNTER, REVERTER, sign
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis

KEYS = [number.to_bytes(32, "big") for number in range(1, 9)]
ADDRESSES = [decode_transaction(sign(key), CHAIN_ID).sender for key in KEYS]
BLOCKS = 20


@pytest.fixture(scope="module")
def grown() -> tuple[PyEvmEngine, Senders]:
    """Blocks in which each of seven senders has a few transactions or none; the eighth never sends."""
    rng, store = random.Random(11), MemoryStore()
    engine = PyEvmEngine(store, make_genesis(ALLOC))
    nonces = [0] * len(KEYS)
    for _ in range(BLOCKS):
        raws = []
        for sender in rng.choices(range(7), k=rng.randrange(5)):
            raws.append(sign(KEYS[sender], nonces[sender], to=rng.choice([COUNTER, REVERTER])))
            nonces[sender] += 1
        executed = engine.build(raws, attributes_after(engine.head()))
        assert not executed.refusals
        engine.make_head(executed)
    return engine, Senders(store)


def test_nonces__of_the_head__are_those_of_its_state(grown: tuple[PyEvmEngine, Senders]) -> None:
    engine, senders = grown
    state = engine.state()
    found = senders.nonces(ADDRESSES, engine.head().number)
    assert found == {address: state.nonce(address) for address in ADDRESSES}
    assert found[ADDRESSES[7]] == 0 < max(found.values())


def test_nonces__of_an_earlier_block__leave_out_who_has_gone_on(grown: tuple[PyEvmEngine, Senders]) -> None:
    engine, senders = grown
    head, missing = engine.state(), 0
    for height in range(BLOCKS):
        state = engine.reader().state(Height(height))
        found = senders.nonces(ADDRESSES, Height(height))
        for address in ADDRESSES:
            assert found.get(address) == (state.nonce(address) if state.nonce(address) == head.nonce(address) else None)
        missing += len(ADDRESSES) - len(found)
    assert missing > BLOCKS


class Mute:
    """A geth that answers nothing."""

    def ask(self, method: str, *_: object) -> object:
        raise AssertionError(f"asked for {method}")

    ask_all = ask


class Several:
    """A geth that is asked for nonces of some; `asked`: of whom."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask_all(self, requests: list[tuple[str, list[object]]], read: object) -> Iterator[int]:
        assert {method for method, _ in requests} == {"eth_getTransactionCount"}
        self.asked = [str(parameters[0]) for _, parameters in requests]
        return iter([77] * len(requests))


def test_fetch_nonces__of_the_head__does_not_ask_geth(grown: tuple[PyEvmEngine, Senders]) -> None:
    engine, senders = grown
    view = GethStateView(engine.head(), Mute(), senders)
    view.fetch_nonces(ADDRESSES)
    assert [view.nonce(address) for address in ADDRESSES] == [engine.state().nonce(address) for address in ADDRESSES]


def test_fetch_nonces__of_an_earlier_block__asks_geth_for_who_has_gone_on(
    grown: tuple[PyEvmEngine, Senders],
) -> None:
    engine, senders = grown
    header = engine.reader().header(Height(BLOCKS // 2))
    assert header is not None
    several = Several()
    view = GethStateView(header, several, senders)
    view.fetch_nonces(ADDRESSES)
    known = senders.nonces(ADDRESSES, header.number)
    assert set(several.asked) == {"0x" + address.hex() for address in ADDRESSES if address not in known}
    assert several.asked
    assert [view.nonce(address) for address in ADDRESSES] == [known.get(address, 77) for address in ADDRESSES]
