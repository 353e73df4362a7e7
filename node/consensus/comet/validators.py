"""Validators: who decides on blocks, as the state names them and as CometBFT is told."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.errors import BadInputError
from ledger.ports import StateView

PEER = r"[0-9a-f]{40}@[A-Za-z0-9.\[\]:-]+:\d{1,5}"
"""How a node and where to dial it are written: `NODE_ID@HOST:PORT`."""
MAX_VALIDATORS = 200
MAX_TOTAL_POWER = 1 << 60
ROW_BYTES = 32 + 8


class ValidatorSetError(BadInputError):
    """Validators that CometBFT cannot work with: none, too many, one twice, or powers out of range."""

    type = "bad-validators"


@dataclass(frozen=True, slots=True)
class Validator:
    """Shape `key`: Ed25519, 32 bytes; `power` at least 1; `endpoint`: host:port for peers, may be empty."""

    key: bytes
    power: int
    organisation: str = ""
    endpoint: str = ""

    @property
    def address(self) -> bytes:
        """The consensus address, 20 bytes."""
        return key_address(self.key)


class ValidatorSource(Protocol):
    """Where the validators stand in the state."""

    def validators(self, state: StateView) -> Sequence[Validator]:
        """Who decides once this state has been decided on and two more consensus blocks after it."""
        ...


class PeerSource(Protocol):
    """Whom the state lets take part in the validators' traffic."""

    def may_peer(self, state: StateView, node_id: bytes) -> bool:
        """True where a node (20 bytes, as CometBFT names it) may connect."""
        ...


class AnyPeer:
    """Lets every node connect; for networks whose ports nobody else reaches."""

    def may_peer(self, state: StateView, node_id: bytes) -> bool:  # noqa: ARG002
        return True


Powers = dict[bytes, int]
"""Power by key."""


def is_peer(endpoint: str) -> bool:
    """Whether an endpoint says who is there and where; a ballot may have named any text."""
    return re.fullmatch(PEER, endpoint) is not None


def key_address(key: bytes) -> bytes:
    """What CometBFT calls a validator, or a node, by its Ed25519 key."""
    return hashlib.sha256(key).digest()[:20]


def powers_of(validators: Sequence[Validator]) -> Powers:
    """Power by key, by ascending key. Errors: ValidatorSetError."""
    powers = {validator.key: validator.power for validator in sorted(validators, key=lambda v: v.key)}
    if len(powers) != len(validators):
        raise ValidatorSetError(f"validators: {len(validators)} with {len(powers)} keys, expected one key each")
    if not 0 < len(powers) <= MAX_VALIDATORS:
        raise ValidatorSetError(f"validators: {len(powers)}, expected 1 to {MAX_VALIDATORS}")
    if any(len(key) != 32 for key in powers) or min(powers.values()) < 1:
        raise ValidatorSetError("validators: expected keys of 32 bytes and powers of at least 1")
    if sum(powers.values()) >= MAX_TOTAL_POWER:
        raise ValidatorSetError(f"validators: power {sum(powers.values())} together, expected less than 2^60")
    return powers


def power_updates(before: Powers, after: Powers) -> Powers:
    """What has to be told to get from one set to another: new powers, 0 for who is no more; by ascending key."""
    keys = sorted(before.keys() | after.keys())
    return {key: after.get(key, 0) for key in keys if before.get(key, 0) != after.get(key, 0)}


def encode_powers(powers: Powers) -> bytes:
    """key (32) ‖ power u64, by ascending key."""
    return b"".join(key + powers[key].to_bytes(8, "big") for key in sorted(powers))


def decode_powers(data: bytes) -> Powers:
    rows = (data[at : at + ROW_BYTES] for at in range(0, len(data), ROW_BYTES))
    return {row[:32]: int.from_bytes(row[32:], "big") for row in rows}
