"""The genesis file, in geth's format: both execution engines start from the same bytes."""

import json
from collections.abc import Mapping
from typing import Any

from ledger.chain.genesis import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE, Genesis, GenesisAccount
from ledger.chain.genesis_fields import GenesisError, read_address, read_bytes, read_mapping, read_number
from ledger.json_text import parse_json
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Address, Gas, Timestamp, to_hex, to_word

_FORK_BLOCKS = (
    *("homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock", "constantinopleBlock"),
    *("petersburgBlock", "istanbulBlock", "berlinBlock", "londonBlock"),
)
_FORK_ZEROS = (*_FORK_BLOCKS, "terminalTotalDifficulty", "shanghaiTime", "cancunTime")
_LATER_FORKS = ("pragueTime", "osakaTime", "amsterdamTime", "verkleTime", "bpo1Time", "bpo2Time")
_FIXED_NUMBERS = ("nonce", "difficulty", "number", "gasUsed", "baseFeePerGas", "excessBlobGas", "blobGasUsed")
_FIXED_HASHES = ("mixHash", "parentHash")
_KNOWN = {*_FIXED_NUMBERS, *_FIXED_HASHES, "config", "alloc", "coinbase", "timestamp", "extraData", "gasLimit"}


def parse_genesis(text: str) -> Genesis:
    """Read geth's genesis JSON.

    Shape   numbers may be JSON integers, decimal or 0x strings, as geth takes them. Keys that geth does not know are
            refused, so that a misspelt one is not lost.
    Errors  GenesisError(field, found, expected); `field` is a path such as `alloc[0x…].code`.
    Source  go-ethereum core/genesis.go and params/config.go; the fork rules of docs/reference/formats.md.
    """
    try:
        document = parse_json(text.encode("utf-8"))
    except ValueError as error:
        raise GenesisError("genesis", str(error), "JSON") from error
    document = read_mapping(document, "genesis")
    for name in document:
        if name not in _KNOWN:
            raise GenesisError(str(name), "an unknown field", "one of geth's genesis fields")
    _check_fixed(document)
    extra_data = read_bytes(document.get("extraData", "0x"), "extraData")
    if len(extra_data) > 32:
        raise GenesisError("extraData", f"{len(extra_data)} bytes", "at most 32")
    gas_limit = read_number(document.get("gasLimit"), "gasLimit", 1 << 63)
    if gas_limit < 5_000:
        raise GenesisError("gasLimit", str(gas_limit), "at least 5000")
    return Genesis(
        chain_id=_check_config(read_mapping(document.get("config"), "config")),
        timestamp=Timestamp(read_number(document.get("timestamp"), "timestamp", 1 << 64)),
        gas_limit=Gas(gas_limit),
        alloc=_parse_alloc(read_mapping(document.get("alloc"), "alloc")),
        extra_data=extra_data,
        fee_recipient=read_address(document.get("coinbase", to_hex(ZERO_ADDRESS)), "coinbase"),
    )


def dump_genesis(genesis: Genesis) -> str:
    """Write the genesis JSON that geth and `parse_genesis` read; equal input gives equal bytes."""
    config: dict[str, Any] = {"chainId": genesis.chain_id, **dict.fromkeys(_FORK_ZEROS, 0)}
    config["blobSchedule"] = {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477}}
    document = {
        "config": config,
        "nonce": "0x0",
        "timestamp": hex(genesis.timestamp),
        "extraData": to_hex(genesis.extra_data),
        "gasLimit": hex(genesis.gas_limit),
        "difficulty": "0x0",
        "mixHash": to_hex(ZERO_HASH),
        "coinbase": to_hex(genesis.fee_recipient),
        "baseFeePerGas": "0x0",
        "excessBlobGas": "0x0",
        "blobGasUsed": "0x0",
        "alloc": {to_hex(address): _dump_account(genesis.alloc[address]) for address in sorted(genesis.alloc)},
    }
    return json.dumps(document, indent=1) + "\n"


def _dump_account(account: GenesisAccount) -> dict[str, Any]:
    entry: dict[str, Any] = {"balance": hex(account.balance), "nonce": hex(account.nonce)}
    if account.code:
        entry["code"] = to_hex(account.code)
    storage = {
        to_hex(to_word(slot)): to_hex(to_word(value)) for slot, value in sorted(account.storage.items()) if value
    }
    return {**entry, "storage": storage} if storage else entry


def _check_config(config: Mapping[str, Any]) -> int:
    for name in _FORK_ZEROS:
        if read_number(config.get(name), f"config.{name}") != 0:
            raise GenesisError(f"config.{name}", str(config[name]), "0 (the Cancun rules hold from the first block)")
    for name in _LATER_FORKS:
        if config.get(name) is not None:
            raise GenesisError(f"config.{name}", str(config[name]), "nothing (no fork after Cancun)")
    chain_id = read_number(config.get("chainId"), "config.chainId", 1 << 63)
    if chain_id == 0:
        raise GenesisError("config.chainId", "0", "at least 1")
    return chain_id


def _check_fixed(document: Mapping[str, Any]) -> None:
    for name in _FIXED_NUMBERS:
        # geth's own default base fee is not 0, so that one has to be said.
        value = document.get(name, None if name == "baseFeePerGas" else 0)
        if read_number(value, name) != 0:
            raise GenesisError(name, str(value), "0")
    for name in _FIXED_HASHES:
        if any(read_bytes(document.get(name, "0x"), name)):
            raise GenesisError(name, str(document[name]), "zero bytes")


def _parse_alloc(entries: Mapping[str, Any]) -> dict[Address, GenesisAccount]:
    alloc: dict[Address, GenesisAccount] = {}
    for name, entry in entries.items():
        path = f"alloc[{name}]"
        address = read_address(name, path)
        if address in alloc:
            raise GenesisError(path, "a second entry", "one entry for each address")
        alloc[address] = _parse_account(read_mapping(entry, path), path)
    beacon = alloc.get(BEACON_ROOTS_ADDRESS)
    if beacon is None or beacon.code != BEACON_ROOTS_CODE:
        raise GenesisError(
            f"alloc[{to_hex(BEACON_ROOTS_ADDRESS)}].code", "other code or none", "the contract of EIP-4788"
        )
    return alloc


def _parse_account(entry: Mapping[str, Any], path: str) -> GenesisAccount:
    for name in entry:
        if name not in ("balance", "nonce", "code", "storage"):
            raise GenesisError(f"{path}.{name}", "an unknown field", "balance, nonce, code or storage")
    storage = {}
    for slot, value in read_mapping(entry.get("storage", {}), f"{path}.storage").items():
        where = f"{path}.storage[{slot}]"
        number = int.from_bytes(read_bytes(value, where, 32), "big")
        if number:
            storage[int.from_bytes(read_bytes(slot, where, 32), "big")] = number
    return GenesisAccount(
        balance=read_number(entry.get("balance", 0), f"{path}.balance"),
        nonce=read_number(entry.get("nonce", 0), f"{path}.nonce", 1 << 64),
        code=read_bytes(entry.get("code", "0x"), f"{path}.code"),
        storage=storage,
    )
