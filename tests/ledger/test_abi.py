"""Calls, outputs and logs, encoded as eth_abi does it from the same types."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from ledger.abi import AbiError, ContractAbi, contract, decode_revert
from ledger.artifacts import UnknownArtifactError
from ledger.primitives import keccak256, to_word

ROW = {
    "name": "row",
    "type": "tuple[]",
    "components": [{"name": "a", "type": "bytes32"}, {"name": "b", "type": "uint64"}],
}
WHO = {"name": "who", "type": "address"}
TEXT = {"name": "text", "type": "string"}
ABI = [
    {"type": "constructor", "stateMutability": "nonpayable", "inputs": [WHO, ROW], "outputs": []},
    {"type": "function", "name": "put", "stateMutability": "nonpayable", "inputs": [WHO, ROW], "outputs": [WHO, TEXT]},
    {"type": "function", "name": "send", "stateMutability": "payable", "inputs": [WHO], "outputs": []},
    {"type": "function", "name": "send", "stateMutability": "payable", "inputs": [WHO, TEXT], "outputs": []},
    {"type": "function", "name": "stop", "stateMutability": "view", "inputs": [], "outputs": []},
    {
        "type": "event",
        "name": "Put",
        "inputs": [
            {**TEXT, "name": "first", "indexed": False},
            {**WHO, "indexed": True},
            {**TEXT, "name": "hashed", "indexed": True},
            {"name": "last", "type": "uint8", "indexed": False},
        ],
    },
]
PROBE = ContractAbi("Probe", ABI, creation=b"\x60")
ADDRESS = bytes(range(20))


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1)), max_size=4))
def test_encode_call__structs__as_eth_abi(rows: list[tuple[bytes, int]]) -> None:
    data = PROBE.encode_call("put", ADDRESS, rows)
    assert data == keccak256(b"put(address,(bytes32,uint64)[])")[:4] + encode(
        ["address", "(bytes32,uint64)[]"], [ADDRESS, rows]
    )
    entry, values = PROBE.decode_call(data)
    assert (entry.name, values) == ("put", {"who": ADDRESS, "row": tuple(rows)})
    assert PROBE.encode_creation(ADDRESS, rows) == b"\x60" + data[4:]


def test_encode_call__two_entries_of_one_name__asks_for_the_signature() -> None:
    assert PROBE.encode_call("send(address)", ADDRESS) == keccak256(b"send(address)")[:4] + ADDRESS.rjust(32, b"\0")
    with pytest.raises(AbiError, match=r"send\(address\), send\(address,string\)"):
        PROBE.encode_call("send", ADDRESS)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("none", ()),
        ("stop", (1,)),
        ("put", (ADDRESS,)),
        ("put", (ADDRESS[:19], [])),
        ("put", (ADDRESS, [(b"", 2**64)])),
    ],
)
def test_encode_call__name_or_values_do_not_fit__is_refused(name: str, values: tuple[object, ...]) -> None:
    with pytest.raises(AbiError):
        PROBE.encode_call(name, *values)


def test_decode_output__always__a_tuple_with_addresses_as_bytes() -> None:
    assert PROBE.decode_output("put", encode(["address", "string"], [ADDRESS, "ä"])) == (ADDRESS, "ä")
    assert PROBE.decode_output("stop", b"") == ()
    with pytest.raises(AbiError, match="data: "):
        PROBE.decode_output("put", bytes(31))


def test_decode_log__mixed_fields__in_the_order_of_the_source() -> None:
    topic = PROBE.topic("Put")
    assert topic == keccak256(b"Put(string,address,string,uint8)")
    topics = [topic, ADDRESS.rjust(32, b"\0"), keccak256(b"x")]
    name, fields = PROBE.decode_log(topics, encode(["string", "uint8"], ["y", 7]))
    assert (name, list(fields.items())) == (
        "Put",
        [("first", "y"), ("who", ADDRESS), ("hashed", keccak256(b"x")), ("last", 7)],
    )


@pytest.mark.parametrize("topics", [[], [bytes(32)], [PROBE.topic("Put")]])
def test_decode_log__unknown_or_short_topics__is_refused(topics: list[bytes]) -> None:
    with pytest.raises(AbiError):
        PROBE.decode_log(topics, b"")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (b"", "reverted without a reason"),
        (keccak256(b"Error(string)")[:4] + encode(["string"], ["roll: full"]), "roll: full"),
        (keccak256(b"Panic(uint256)")[:4] + to_word(17), "panic 17"),
        (keccak256(b"Error(string)")[:4] + b"\xff", "reverted with 0x08c379a0ff"),
        (b"\x01\x02", "reverted with 0x0102"),
    ],
)
def test_decode_revert__each_form__in_words(output: bytes, reason: str) -> None:
    assert decode_revert(output) == reason


@pytest.mark.parametrize("name", ["Nothing", "../errors", "", "__init__"])
def test_contract__no_such_artifact__is_named(name: str) -> None:
    with pytest.raises(UnknownArtifactError):
        contract(name)
