"""A ledger's directory: `ortaq.toml genesis.json founding.toml founding.json anchor.txt keys/ store/ evidence/`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import parse_genesis
from ledger.errors import BadInputError
from ledger.founding.constitution import Constitution, parse_constitution
from ledger.founding.identity import FoundingKey, chain_id_of, founding_hash
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.anchor import decode_anchor


class NoLedgerError(BadInputError):
    """A directory that holds no ledger."""

    type = "no-ledger"


class WrongLedgerError(BadInputError):
    """The files of a directory do not belong together."""

    type = "wrong-ledger"


@dataclass(frozen=True, slots=True)
class LedgerFolder:
    """Where a ledger's files stand."""

    path: Path

    @property
    def settings(self) -> Path:
        return self.path / "ortaq.toml"

    @property
    def genesis(self) -> Path:
        return self.path / "genesis.json"

    @property
    def constitution(self) -> Path:
        return self.path / "founding.toml"

    @property
    def founding(self) -> Path:
        return self.path / "founding.json"

    @property
    def anchor(self) -> Path:
        return self.path / "anchor.txt"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def store(self) -> Path:
        return self.path / "store"

    @property
    def evidence(self) -> Path:
        return self.path / "evidence"

    @property
    def statements(self) -> Path:
        """Voters' statements that they checked their ballots; there once there is one."""
        return self.path / "statements"

    @property
    def high_water(self) -> Path:
        return self.keys / "sealer.high-water"

    def exists(self) -> bool:
        return self.genesis.is_file()


@dataclass(frozen=True, slots=True)
class Founding:
    """Everything that a ledger was founded with, checked against its hash."""

    hash: Hash32
    chain_id: int
    text: bytes
    constitution: Constitution
    keys: tuple[FoundingKey, ...]
    nonce: bytes

    def address_of(self, duty: str) -> Address:
        """Who held a duty at founding. Errors: KeyError."""
        return next(key.address for key in self.keys if key.duty == duty)


def load_founding(folder: LedgerFolder) -> tuple[Founding, Genesis]:
    """Read founding and genesis, and check that they belong together.

    Errors  NoLedgerError; WrongLedgerError where hashes differ; FileFormatError, GenesisError for damaged files.
    """
    if not folder.exists():
        raise NoLedgerError(f"{folder.path}: no genesis.json, expected a ledger's directory; `ortaq init` makes one")
    genesis = parse_genesis(_read(folder.genesis).decode("utf-8", "replace"))
    text = _read(folder.constitution)
    keys, nonce = decode_founding(_read(folder.founding), str(folder.founding))
    found = founding_hash(text, keys, nonce)
    if found != genesis.extra_data or chain_id_of(found) != genesis.chain_id:
        raise WrongLedgerError(
            f"{folder.path}: founding text, keys and nonce give {to_hex(found)}, genesis.json is of "
            f"{to_hex(genesis.extra_data)}; files of two ledgers are mixed, or one was edited"
        )
    _check_anchor(folder, found, genesis)
    constitution = parse_constitution(text, str(folder.constitution))
    return Founding(found, genesis.chain_id, text, constitution, keys, nonce), genesis


def _check_anchor(folder: LedgerFolder, found: Hash32, genesis: Genesis) -> None:
    """The anchor's file, where there is one, must be of this ledger: the founding hash says nothing of the genesis'
    code and storage, the anchor's block hash does.
    """
    if not folder.anchor.is_file():
        return
    anchor = decode_anchor(_read(folder.anchor).decode("utf-8", "replace"))
    if anchor.founding != found:
        raise WrongLedgerError(
            f"{folder.anchor}: of ledger {to_hex(anchor.founding)}, expected {to_hex(found)}; files of two are mixed"
        )
    if anchor.height == 0 and anchor.block_hash != genesis.header.hash:
        raise WrongLedgerError(
            f"{folder.genesis}: gives block {to_hex(genesis.header.hash)}, but the anchor names "
            f"{to_hex(anchor.block_hash)}; one of the two was edited"
        )


def encode_founding(keys: tuple[FoundingKey, ...], nonce: bytes) -> bytes:
    rows = [{"duty": key.duty, "address": to_hex(key.address)} for key in keys]
    return (json.dumps({"keys": rows, "nonce": to_hex(nonce)}, indent=1) + "\n").encode()


def decode_founding(data: bytes, path: str) -> tuple[tuple[FoundingKey, ...], bytes]:
    """Errors: WrongLedgerError where the file is not as `encode_founding` writes it."""
    try:
        record: dict[str, Any] = json.loads(data)
        keys = tuple(_founding_key(row) for row in record["keys"])
        return keys, bytes.fromhex(record["nonce"][2:])
    except (ValueError, KeyError, TypeError, AttributeError, BadInputError) as error:
        raise WrongLedgerError(f"{path}: damaged ({error}), expected founding keys and nonce") from error


def _founding_key(row: dict[str, Any]) -> FoundingKey:
    key = FoundingKey(row["duty"], Address(bytes.fromhex(row["address"][2:])))
    if len(key.address) != 20:
        raise BadInputError(f"address of {len(key.address)} bytes")
    key.encode()
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NoLedgerError(f"{path}: missing, expected a whole ledger's directory") from error
