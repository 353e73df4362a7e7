"""The genesis of a chain of CometBFT: it follows from the ledger alone, so that every member writes the same bytes."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ledger.chain.header import Header
from ledger.errors import CheckFailedError
from ledger.primitives import to_hex
from ledger.proofs.comet.header import chain_name
from node.consensus.comet.validators import Powers, key_address

APP_VERSION = 1
MAX_BLOCK_BYTES = 4 * 2**20
EVIDENCE_BLOCKS = 100_000
EVIDENCE_S = 48 * 3600
EVIDENCE_BYTES = 1 << 16
KEY_TYPE = "tendermint/PubKeyEd25519"


class ConsensusGenesisError(CheckFailedError):
    """CometBFT was started with a genesis that is not this ledger's. `facts["field"]` names what differs."""

    type = "wrong-consensus-genesis"


def app_state(head: Header) -> dict[str, str]:
    """What the chain starts from: the newest block of before."""
    return {"head": to_hex(head.hash)}


def make_genesis_document(chain_id: int, head: Header, powers: Powers) -> bytes:
    """Write `genesis.json` for a chain that goes on from `head`: its first consensus height is head + 1."""
    document = {
        "genesis_time": datetime.fromtimestamp(head.timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "chain_id": chain_name(chain_id),
        "initial_height": str(head.number + 1),
        "consensus_params": {
            "block": {"max_bytes": str(MAX_BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": str(EVIDENCE_BLOCKS),
                "max_age_duration": str(EVIDENCE_S * 10**9),
                "max_bytes": str(EVIDENCE_BYTES),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": str(APP_VERSION)},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [_validator(key, power) for key, power in sorted(powers.items())],
        "app_hash": head.hash.hex().upper(),
        "app_state": app_state(head),
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def validate_genesis(
    chain_id: int, head: Header, powers: Powers, found: Mapping[str, Any], validators: Mapping[bytes, int]
) -> None:
    """Compare what CometBFT was started with, as it tells the application, with what follows from the ledger.

    Shape   `found`: `chain_id`, `initial_height`, `max_bytes`, `max_gas`, `app_state` (bytes).
    Errors  ConsensusGenesisError.
    """
    try:
        state = json.loads(found["app_state"])
    except ValueError:
        state = None
    expected: dict[str, Any] = {
        "chain_id": chain_name(chain_id),
        "initial_height": head.number + 1,
        "max_bytes": MAX_BLOCK_BYTES,
        "max_gas": -1,
        "app_state": app_state(head),
    }
    for field, value in expected.items():
        given = state if field == "app_state" else found[field]
        if given != value:
            raise _differs(field, given, value)
    if dict(validators) != powers:
        raise _differs("validators", f"{len(validators)} others", f"the {len(powers)} that the state names")


def _validator(key: bytes, power: int) -> dict[str, Any]:
    return {
        "address": key_address(key).hex().upper(),
        "pub_key": {"type": KEY_TYPE, "value": b64encode(key).decode()},
        "power": str(power),
        "name": "",
    }


def _differs(field: str, found: object, expected: object) -> ConsensusGenesisError:
    return ConsensusGenesisError(f"consensus genesis: {field}: found {found}, expected {expected}", field=field)
