"""The genesis file: read as geth reads it, computed as py-evm and geth compute it, errors name the field."""

import json
from dataclasses import replace

import pytest

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE, Genesis, GenesisAccount
from ledger.chain.genesis_fields import GenesisError
from ledger.chain.genesis_file import dump_genesis, parse_genesis
from ledger.primitives import Address, Gas, Timestamp
from tests.node.execution.stock import StockChain

ALLOC = {
    BEACON_ROOTS_ADDRESS: GenesisAccount(nonce=1, code=BEACON_ROOTS_CODE),
    Address(b"\x01" * 20): GenesisAccount(balance=5, storage={1: 2, 7: 2**255}),
    Address(b"\x02" * 20): GenesisAccount(
        nonce=9, code=b"\x00\x01" * 500, storage={slot: slot for slot in range(1, 90)}
    ),
}
GENESIS = Genesis(77, Timestamp(1_700_000_000), Gas(120_000_000), ALLOC, b"founding", Address(b"\x03" * 20))


def test_header__genesis__hash_as_py_evm() -> None:
    assert GENESIS.header.hash == StockChain(GENESIS).head_hash


def test_header__genesis_with_known_hash__as_geth_init_wrote_it() -> None:
    """The hash that `geth init` (1.17.5) printed for this file."""
    alloc = {
        BEACON_ROOTS_ADDRESS: GenesisAccount(nonce=1, code=BEACON_ROOTS_CODE),
        Address(b"\x01" * 20): GenesisAccount(balance=5, storage={1: 2, 7: 2**255}),
    }
    header = Genesis(77, Timestamp(5), Gas(120_000_000), alloc).header
    assert header.hash.hex() == "1edce98cd269e2ce26f50dc641afbafc6c6e15cf8142f1de66eda55c8912af5c"


def test_dump__genesis__parses_back_and_is_stable() -> None:
    text = dump_genesis(GENESIS)
    assert parse_genesis(text) == GENESIS
    reordered = replace(GENESIS, alloc=dict(reversed(ALLOC.items())))
    assert dump_genesis(reordered) == text


def test_parse__numbers__in_every_form_that_geth_takes() -> None:
    document = json.loads(dump_genesis(GENESIS))
    document["gasLimit"], document["timestamp"] = "120000000", 1_700_000_000
    document["alloc"] = {name.removeprefix("0x").upper(): entry for name, entry in document["alloc"].items()}
    account = document["alloc"]["01" * 20]
    account["balance"] = "5"
    account["storage"] = {"0x1": "0x2", "07": "0x8" + "0" * 63}
    assert parse_genesis(json.dumps(document)) == GENESIS


def change(path: str, value) -> str:
    """The genesis file with one field set, or removed for None."""
    document = json.loads(dump_genesis(GENESIS))
    place, *names = document, *path.split("/")
    for name in names[:-1]:
        place = place[name]
    if value is None:
        del place[names[-1]]
    else:
        place[names[-1]] = value
    return json.dumps(document)


ONE, BEACON = "0x" + "01" * 20, "0x" + BEACON_ROOTS_ADDRESS.hex()
BAD = {
    "no chain id": ("config/chainId", None, "config.chainId"),
    "chain id 0": ("config/chainId", 0, "config.chainId"),
    "chain id true": ("config/chainId", True, "config.chainId"),
    "london later": ("config/londonBlock", 5, "config.londonBlock"),
    "no cancun": ("config/cancunTime", None, "config.cancunTime"),
    "prague": ("config/pragueTime", 0, "config.pragueTime"),
    "no config": ("config", None, "config"),
    "base fee": ("baseFeePerGas", "0x7", "baseFeePerGas"),
    "base fee not said": ("baseFeePerGas", None, "baseFeePerGas"),
    "difficulty": ("difficulty", "0x1", "difficulty"),
    "mix hash": ("mixHash", "0x" + "01" * 32, "mixHash"),
    "no gas limit": ("gasLimit", None, "gasLimit"),
    "small gas limit": ("gasLimit", "0x100", "gasLimit"),
    "no time": ("timestamp", None, "timestamp"),
    "bad time": ("timestamp", "soon", "timestamp"),
    "negative time": ("timestamp", -1, "timestamp"),
    "long extra data": ("extraData", "0x" + "00" * 33, "extraData"),
    "odd extra data": ("extraData", "0x123", "extraData"),
    "coinbase": ("coinbase", "0x12", "coinbase"),
    "unknown field": ("gaslimit", "0x1", "gaslimit"),
    "no alloc": ("alloc", None, "alloc"),
    "alloc a list": ("alloc", [], "alloc"),
    "short address": ("alloc/0x12", {"balance": "0x1"}, "alloc[0x12]"),
    "address twice": ("alloc/" + "01" * 20, {"balance": "0x1"}, "alloc[" + "01" * 20),
    "account field": (f"alloc/{ONE}/balanse", "0x1", "balanse"),
    "balance": (f"alloc/{ONE}/balance", "0xzz", "balance"),
    "huge balance": (f"alloc/{ONE}/balance", hex(2**256), "balance"),
    "nonce": (f"alloc/{ONE}/nonce", hex(2**64), "nonce"),
    "code": (f"alloc/{ONE}/code", 5, "code"),
    "long slot": (f"alloc/{ONE}/storage/0x" + "1" * 66, "0x1", "storage"),
    "slot value": (f"alloc/{ONE}/storage/0x01", "0x" + "1" * 66, "storage[0x01]"),
    "no beacon contract": (f"alloc/{BEACON}", None, BEACON),
    "other beacon contract": (f"alloc/{BEACON}/code", "0x00", BEACON),
}


@pytest.mark.parametrize(("path", "value", "field"), BAD.values(), ids=BAD.keys())
def test_parse__bad_field__is_named(path: str, value, field: str) -> None:
    with pytest.raises(GenesisError) as caught:
        parse_genesis(change(path, value))
    assert field in caught.value.facts["field"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"text"', "[" * 100_000])
def test_parse__no_json_object__is_refused(text: str) -> None:
    with pytest.raises(GenesisError, match="genesis"):
        parse_genesis(text)
