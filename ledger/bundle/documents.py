"""The JSON members: in one spelling only, so that equal content has equal bytes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.bundle.errors import BundleError
from ledger.bundle.names import FORMAT, MAX_JSON_DEPTH, MAX_MEMBERS
from ledger.founding.identity import FoundingKey
from ledger.json_text import parse_json
from ledger.primitives import Address, Hash32, Height, to_hex

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


@dataclass(frozen=True, slots=True)
class Facts:
    """`bundle.json`: whose bundle this is, and up to which block; `snapshot.json` of a snapshot likewise."""

    founding: Hash32
    chain_id: int
    last: Height
    head: Hash32

    def encode(self, form: str = FORMAT) -> bytes:
        return encode_json(
            {
                "format": form,
                "founding": to_hex(self.founding),
                "chain_id": self.chain_id,
                "last": self.last,
                "head": to_hex(self.head),
            }
        )


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member as the manifest has it."""

    name: str
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """`manifest.json`. Shape: `missing`: CIDs in text form, ascending."""

    members: tuple[MemberFacts, ...]
    missing: tuple[str, ...]

    def encode(self) -> bytes:
        rows = [{"name": m.name, "length": m.length, "sha256": to_hex(m.sha256)} for m in self.members]
        return encode_json({"members": rows, "missing": list(self.missing)})


def encode_json(value: Mapping[str, Any]) -> bytes:
    """RFC 8785, for values of ASCII strings and integers below 2^53."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_facts(data: bytes, name: str = "bundle.json", form: str = FORMAT) -> Facts:
    """Errors  BundleError: `bundle.version` for another format, `bundle.json`."""
    record = _parse(data, name)
    if record.get("format") != form:
        found = str(record.get("format"))[:60]
        raise BundleError("bundle.version", f"{name}: format {found!r}, expected {form!r}")
    _only(record, name, {"format", "founding", "chain_id", "last", "head"})
    return Facts(
        Hash32(_hex(record["founding"], f"{name}: founding", 32)),
        _number(record["chain_id"], f"{name}: chain_id", 1 << 48),
        Height(_number(record["last"], f"{name}: last", 10**12)),
        Hash32(_hex(record["head"], f"{name}: head", 32)),
    )


def encode_founding(keys: Sequence[FoundingKey], nonce: bytes) -> bytes:
    """`founding.json`."""
    ordered = sorted(keys, key=FoundingKey.encode)
    rows = [{"duty": key.duty, "address": to_hex(key.address)} for key in ordered]
    return encode_json({"keys": rows, "nonce": to_hex(nonce)})


def decode_founding(data: bytes) -> tuple[tuple[FoundingKey, ...], bytes]:
    """Keys and nonce. Errors: BundleError(`bundle.json`)."""
    record = _parse(data, "founding.json")
    _only(record, "founding.json", {"keys", "nonce"})
    keys = []
    for row in _rows(record["keys"], "founding.json: keys", 256):
        _only(row, "founding.json: keys", {"address", "duty"})
        duty = row["duty"]
        if not isinstance(duty, str) or not duty.isascii() or not 0 < len(duty) <= 32:
            raise BundleError("bundle.json", "founding.json: duty, expected 1 to 32 ASCII letters")
        keys.append(FoundingKey(duty, Address(_hex(row["address"], "founding.json: address", 20))))
    if keys != sorted(keys, key=FoundingKey.encode):
        raise BundleError("bundle.json", "founding.json: keys, expected ascending ones")
    return tuple(keys), _hex(record["nonce"], "founding.json: nonce", 32)


def decode_manifest(data: bytes) -> Manifest:
    """Errors  BundleError(`bundle.json`)."""
    record = _parse(data, "manifest.json")
    _only(record, "manifest.json", {"members", "missing"})
    members = []
    for row in _rows(record["members"], "manifest.json: members", MAX_MEMBERS):
        _only(row, "manifest.json: members", {"name", "length", "sha256"})
        if not isinstance(row["name"], str):
            raise BundleError("bundle.json", "manifest.json: name, expected a text")
        length = _number(row["length"], "manifest.json: length", 1 << 53)
        members.append(MemberFacts(row["name"], length, _hex(row["sha256"], "manifest.json: sha256", 32)))
    missing = record["missing"]
    if not isinstance(missing, list) or not all(isinstance(cid, str) for cid in missing):
        raise BundleError("bundle.json", "manifest.json: missing, expected a list of CIDs")
    if missing != sorted(set(missing)):
        raise BundleError("bundle.json", "manifest.json: missing, expected ascending CIDs")
    return Manifest(tuple(members), tuple(missing))


def _parse(data: bytes, name: str) -> dict[str, Any]:
    try:
        record = parse_json(data, max_depth=MAX_JSON_DEPTH)
        is_canonical = isinstance(record, dict) and encode_json(record) == data
    except (ValueError, TypeError, RecursionError) as error:
        raise BundleError("bundle.json", f"{name}: {str(error)[:100]}, expected JSON") from error
    if not is_canonical:
        raise BundleError("bundle.json", f"{name}: found another spelling, expected a canonical JSON object (RFC 8785)")
    found: dict[str, Any] = record
    return found


def _only(record: Any, name: str, members: set[str]) -> None:
    if not isinstance(record, dict) or set(record) != members:
        raise BundleError("bundle.json", f"{name}: expected an object with {', '.join(sorted(members))}")


def _rows(value: Any, name: str, limit: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise BundleError("bundle.json", f"{name}: expected a list of at most {limit}")
    return value


def _hex(value: Any, name: str, length: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 + 2 * length or not _HEX.fullmatch(value):
        raise BundleError("bundle.json", f"{name}: expected {length} bytes in lower-case hex after 0x")
    return bytes.fromhex(value[2:])


def _number(value: Any, name: str, limit: int) -> int:
    if type(value) is not int or not 0 <= value < limit:
        raise BundleError("bundle.json", f"{name}: found {str(value)[:30]}, expected 0 to {limit - 1}")
    return value
