"""Validators as people write them on a command line, and the keys that they come from."""

import re
from pathlib import Path

from ledger.access.validators import Validator
from ledger.errors import BadInputError
from ledger.proofs.comet.ed25519 import validate_key
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.keys import ConsensusKeys
from scripts.running.members import COMET_FOLDER
from scripts.terminal.console import Output

POWER = 10
FORM = "ORG=KEY,NODE_ID@HOST:PORT[,POWER]"
_WORD = re.compile(
    r"(?P<name>[^=]+)=(?:0x)?(?P<key>[0-9a-fA-F]{64}),(?P<endpoint>(?P<node>[0-9a-f]{40})@[A-Za-z0-9.\[\]:-]+:\d{1,5})"
    r"(?:,(?P<power>\d{1,18}))?"
)


class ValidatorWordError(BadInputError):
    """A word that names no validator."""

    type = "bad-validator-word"


def read_validators(words: list[str]) -> tuple[list[Validator], list[bytes]]:
    """Validators, and the identities of their nodes. Errors: ValidatorWordError; UnsoundKeyError; ValidatorError."""
    validators, nodes = [], []
    for word in words:
        found = _WORD.fullmatch(word)
        if found is None:
            raise ValidatorWordError(f"--validator: {word[:160]!r}, expected {FORM} as `ortaq node keys` prints it")
        name = found["name"].encode()
        if len(name) > 32:
            raise ValidatorWordError(f"--validator: {found['name']!r} has {len(name)} bytes, expected at most 32")
        key, power = bytes.fromhex(found["key"]), int(found["power"] or POWER)
        validate_key(key, f"--validator: {found['name']}")
        validators.append(Validator(key, power, name.ljust(32, b"\0"), found["endpoint"]))
        nodes.append(bytes.fromhex(found["node"]))
    return validators, nodes


def write_validator(organisation: str, keys: ConsensusKeys, endpoint: str) -> str:
    """The word that an organisation hands in."""
    return f"{organisation}={keys.validator.hex()},{keys.node_id}@{endpoint}"


def make_node_keys(directory: Path, organisation: str, endpoint: str, output: Output) -> None:
    """Make a member's keys in its directory, or read those that are there, and print what may be handed out.

    Errors  ConsensusKeyError; ValidatorWordError for a name or an endpoint that cannot stand in the word.
    """
    keys = CometHome(directory / COMET_FOLDER).open_keys()
    word = write_validator(organisation, keys, endpoint)
    read_validators([word])
    facts = {
        "directory": str(directory),
        "organisation": organisation,
        "key": keys.validator.hex(),
        "node_id": keys.node_id,
        "endpoint": f"{keys.node_id}@{endpoint}",
        "validator": word,
    }
    output.result(facts, word)
    output.say(f"hand this line to whoever assembles the founding; the keys stay in {directory / COMET_FOLDER}")
