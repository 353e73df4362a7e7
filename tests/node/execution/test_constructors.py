"""Constructors run at founding leave the state that transactions would."""

import pytest

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE, Genesis, GenesisAccount
from ledger.chain.genesis_file import dump_genesis, parse_genesis
from ledger.primitives import Address, Gas, Timestamp, to_word
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.founding import ConstructorError, Creation, SetupCall, run_constructors
from node.store.memory import MemoryStore

FIRST, SECOND, SENDER = Address(b"\xd0" * 20), Address(b"\xd1" * 20), Address(b"\x5e" * 20)
TIME = Timestamp(1_700_000_000)
# Runtime code: store the first word of the call data at slot 7 and return the sender.
RUNTIME = bytes.fromhex("5f35600755335f5260205ff3")


def returning(runtime: bytes, before: bytes = b"") -> bytes:
    """Init code that runs `before`, then returns the runtime code."""
    body = before + b"\x60" + bytes([len(runtime)]) + b"\x60\x00\x5f\x39\x60" + bytes([len(runtime)]) + b"\x5f\xf3"
    offset = len(body)
    at = len(before) + 3
    return body[:at] + bytes([offset]) + body[at + 1 :] + runtime


# Slot 0: chain id, 1: time, 2: caller, 3: own address, 4: number, 5: written then cleared.
ENVIRONMENT = bytes.fromhex("465f55" + "42600155" + "33600255" + "30600355" + "43600455" + "6001600555" + "5f600555")


def test_run_constructors__environment__is_that_of_the_founding() -> None:
    alloc = run_constructors(77, TIME, [Creation(FIRST, returning(RUNTIME, ENVIRONMENT), SENDER)])
    word = int.from_bytes
    assert alloc[FIRST] == GenesisAccount(
        nonce=1, code=RUNTIME, storage={0: 77, 1: TIME, 2: word(SENDER, "big"), 3: word(FIRST, "big")}
    )
    assert alloc[BEACON_ROOTS_ADDRESS].code == BEACON_ROOTS_CODE
    assert set(alloc) == {FIRST, BEACON_ROOTS_ADDRESS}


def test_run_constructors__arguments_and_calls__seed_in_order() -> None:
    # Stores its argument, which follows the init code: the last word of the code.
    store_argument = bytes.fromhex("60206020380360003960005160095560")[:-1]
    init = returning(RUNTIME, store_argument) + to_word(99)
    # The second one calls the first one with its own address while it is constructed.
    calls_first = bytes.fromhex("305f525f5f60205f5f73") + FIRST + bytes.fromhex("5af150")
    alloc = run_constructors(
        77,
        TIME,
        [Creation(FIRST, init), Creation(SECOND, returning(RUNTIME, calls_first))],
        [SetupCall(SECOND, to_word(1), SENDER), SetupCall(SECOND, to_word(2), SENDER)],
    )
    assert alloc[FIRST].storage == {7: int.from_bytes(SECOND, "big"), 9: 99}
    assert alloc[SECOND].storage == {7: 2}


def test_run_constructors__result__is_a_genesis_that_the_engine_opens() -> None:
    alloc = run_constructors(77, TIME, [Creation(FIRST, returning(RUNTIME, ENVIRONMENT))])
    genesis = Genesis(77, TIME, Gas(120_000_000), alloc)
    assert parse_genesis(dump_genesis(genesis)) == genesis
    view = PyEvmEngine(MemoryStore(), genesis).state()
    assert view.storage(FIRST, 1) == TIME
    assert view.call(FIRST, to_word(5), SENDER).output == to_word(int.from_bytes(SENDER, "big"))


# Reverts with Error("hello").
REVERT_WITH_REASON = bytes.fromhex(
    "6308c379a05f5260206020526005604052" + "7f" + b"hello".ljust(32, b"\0").hex() + "6060526064601cfd"
)
FAILURES = {
    "reason": (REVERT_WITH_REASON, "hello"),
    "halt": (b"\xfe", "InvalidInstruction"),
    "too large": (bytes.fromhex("6160015ff3"), "EIP170"),
    "reserved byte": (bytes.fromhex("60ef5f5360015ff3"), "0xEF"),
    "huge init code": (b"\x00" * 49_153, "3860"),
}


@pytest.mark.parametrize(("init", "reason"), FAILURES.values(), ids=FAILURES.keys())
def test_run_constructors__failure__names_contract_and_reason(init: bytes, reason: str) -> None:
    with pytest.raises(ConstructorError, match=reason) as caught:
        run_constructors(77, TIME, [Creation(FIRST, init)])
    assert "0x" + FIRST.hex() in caught.value.detail


def test_run_constructors__address_twice__is_refused() -> None:
    creation = Creation(FIRST, returning(RUNTIME))
    with pytest.raises(ConstructorError, match="taken"):
        run_constructors(77, TIME, [creation, creation])


def test_run_constructors__failing_call__is_named() -> None:
    creation = Creation(FIRST, returning(b"\xfe"))
    with pytest.raises(ConstructorError, match="call of 0xd0d0"):
        run_constructors(77, TIME, [creation], [SetupCall(FIRST, b"")])
