"""Key files: one duty, one file; encrypted by a passphrase, or in the open where a rehearsal says so."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_account import Account

from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import Address, to_hex
from ledger.secp256k1 import address_of
from node.files import write_durably

DUTY_FORM = re.compile(r"[a-z0-9](?:[a-z0-9 -]{0,30}[a-z0-9])?")


class KeyFileError(BadInputError):
    """A key file that is missing, unreadable, or opened with the wrong passphrase."""

    type = "bad-key-file"


class PassphraseNeededError(CannotCheckError):
    """An encrypted key without a passphrase to open it."""

    type = "passphrase-needed"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file says without its passphrase."""

    duty: str
    address: Address
    encrypted: bool
    path: Path


def save_key(folder: Path, duty: str, key: PrivateKey, passphrase: str | None) -> KeyFile:
    """Write `<duty>.json` (mode 600), in the web3 secret storage form (version 3) if there is a passphrase.

    Errors  KeyFileError for a name that is none, or if the file exists: a key is never written over.
    """
    path = key_path(folder, duty)
    if path.exists():
        raise KeyFileError(f"{path}: exists, expected no key of that name; keys are never written over")
    address = address_of(key)
    body: dict[str, Any]
    body = dict(Account.encrypt(key.secret, passphrase)) if passphrase is not None else {"key": to_hex(key.secret)}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(path, json.dumps({**body, "duty": duty, "address": to_hex(address)}, indent=1).encode(), mode=0o600)
    return KeyFile(duty, address, passphrase is not None, path)


def key_path(folder: Path, duty: str) -> Path:
    """Where the key of a duty stands. Errors: KeyFileError for a name that is none."""
    if not DUTY_FORM.fullmatch(duty):
        raise KeyFileError(f"key name: {duty[:60]!r}, expected letters a to z, digits, spaces and hyphens, at most 32")
    return folder / f"{duty.replace(' ', '-')}.json"


def list_keys(folder: Path) -> list[KeyFile]:
    """All key files of a folder by duty. Errors: KeyFileError."""
    return [describe_key(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []


def load_key(path: Path, passphrase: str | None = None) -> PrivateKey:
    """Open a key file.

    Errors  KeyFileError (missing, unreadable, wrong passphrase, address that is not the key's); PassphraseNeededError.
    """
    record = _read(path)
    if "key" in record:
        secret = _hex(path, "key", record["key"])
    elif passphrase is None:
        raise PassphraseNeededError(f"{path}: encrypted; give --passphrase-file or set ORTAQ_PASSPHRASE_FILE")
    else:
        try:
            secret = bytes(Account.decrypt({k: v for k, v in record.items() if k != "duty"}, passphrase))
        except Exception as error:  # the library raises whatever a damaged member leads it into
            raise KeyFileError(f"{path}: not opened ({error}), expected the right passphrase") from error
    try:
        key = PrivateKey(secret)
    except ValueError as error:
        raise KeyFileError(f"{path}: key of {len(secret)} bytes, expected a secp256k1 key of 32") from error
    if address_of(key) != _hex(path, "address", record.get("address")):
        raise KeyFileError(f"{path}: address {record.get('address')}, expected {to_hex(address_of(key))} of its key")
    return key


def describe_key(path: Path) -> KeyFile:
    """What a key file says without being opened. Errors: KeyFileError."""
    record = _read(path)
    duty = record.get("duty")
    if not isinstance(duty, str):
        raise KeyFileError(f"{path}: duty {duty!r}, expected a name")
    address = _hex(path, "address", record.get("address"))
    if len(address) != 20:
        raise KeyFileError(f"{path}: address of {len(address)} bytes, expected 20")
    return KeyFile(duty, Address(address), "key" not in record, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}, expected a key file") from error
    except ValueError as error:
        raise KeyFileError(f"{path}: not JSON ({error}), expected a key file") from error
    if not isinstance(record, dict):
        raise KeyFileError(f"{path}: a {type(record).__name__}, expected a JSON object")
    return record


def _hex(path: Path, field: str, value: Any) -> bytes:
    try:
        return bytes.fromhex(value.removeprefix("0x"))
    except (AttributeError, ValueError) as error:
        raise KeyFileError(f"{path}: {field} is not hex") from error
