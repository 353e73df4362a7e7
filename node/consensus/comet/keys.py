"""CometBFT's keys: who a validator and a node are, in the files that it reads."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import BadInputError
from node.consensus.comet.genesis import KEY_TYPE
from node.consensus.comet.validators import key_address
from node.files import write_durably

PRIVATE_TYPE = "tendermint/PrivKeyEd25519"
VALIDATOR_KEY, VALIDATOR_STATE = "priv_validator_key.json", "priv_validator_state.json"
NODE_KEY = "node_key.json"
NOTHING_SIGNED = {"height": "0", "round": 0, "step": 0}


class ConsensusKeyError(BadInputError):
    """A key file of CometBFT that is unreadable, or a validator's key without the record of what it signed."""

    type = "bad-consensus-key"


@dataclass(frozen=True, slots=True)
class ConsensusKeys:
    """Public keys of a member: Ed25519, 32 bytes each."""

    validator: bytes
    node: bytes

    @property
    def node_id(self) -> str:
        """How peers name the node, 40 hex digits."""
        return key_address(self.node).hex()


def open_keys(config: Path, data: Path) -> ConsensusKeys:
    """Read both keys, or make those that are missing (mode 600).

    Errors  ConsensusKeyError; above all where a validator's key is there but not the record of what it has signed: with
            an empty one it could sign a second block at a height.
    """
    key_file, state_file, node_file = config / VALIDATOR_KEY, data / VALIDATOR_STATE, config / NODE_KEY
    if not key_file.exists():
        if state_file.exists():
            raise ConsensusKeyError(f"{state_file}: of a key that is gone; restore {key_file.name} from its copy")
        write_durably(state_file, _text(NOTHING_SIGNED), mode=0o600)
        write_durably(key_file, _text(_validator_record(Ed25519PrivateKey.generate())), mode=0o600)
    elif not state_file.exists():
        raise ConsensusKeyError(
            f"{state_file}: missing, expected the record of what {key_file.name} signed; a copy of both, made while "
            "CometBFT was stopped, or a new key named by a ballot, lets this validator vote again"
        )
    if not node_file.exists():
        write_durably(node_file, _text({"priv_key": _private_record(Ed25519PrivateKey.generate())}), mode=0o600)
    return ConsensusKeys(_load_public(key_file), _load_public(node_file))


def _validator_record(key: Ed25519PrivateKey) -> dict[str, Any]:
    public = key.public_key().public_bytes_raw()
    return {
        "address": key_address(public).hex().upper(),
        "pub_key": {"type": KEY_TYPE, "value": b64encode(public).decode()},
        "priv_key": _private_record(key),
    }


def _private_record(key: Ed25519PrivateKey) -> dict[str, str]:
    both = key.private_bytes_raw() + key.public_key().public_bytes_raw()
    return {"type": PRIVATE_TYPE, "value": b64encode(both).decode()}


def _load_public(path: Path) -> bytes:
    try:
        record = json.loads(path.read_bytes())["priv_key"]
        both = b64decode(record["value"], validate=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConsensusKeyError(f"{path}: unreadable ({type(error).__name__}), expected a key of CometBFT") from error
    if record.get("type") != PRIVATE_TYPE or len(both) != 64:
        raise ConsensusKeyError(f"{path}: {record.get('type')} of {len(both)} bytes, expected {PRIVATE_TYPE} of 64")
    public = Ed25519PrivateKey.from_private_bytes(both[:32]).public_key().public_bytes_raw()
    if public != both[32:]:
        raise ConsensusKeyError(f"{path}: its public half is not its private half's")
    return public


def _text(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, indent=1) + "\n").encode()
