"""Promises of relays, kept as files: a citizen's evidence until her ballot stands in a block."""

import json
from pathlib import Path
from typing import Any

from ledger.errors import LedgerError
from ledger.primitives import Height, to_hex
from ledger.proofs.promise import Promise
from node.files import write_durably
from scripts.voting.ballotfile import BallotFile
from scripts.voting.proof_source import ForeignProofError

FORMAT = "ortaq promise 1"
SIGNATURE_LENGTH = 65


def read_promise(answer: dict[str, Any], ballot: BallotFile) -> Promise:
    """A relay's promise out of its answer, signed over this very ballot. Errors: ForeignProofError."""
    try:
        height, signature = answer["include_by"], bytes.fromhex(answer["promise"][2:])
        promise = Promise(ballot.chain_id, ballot.digest, Height(height), signature)
        if type(height) is not int or not 0 <= height < 2**64 or len(signature) != SIGNATURE_LENGTH:
            raise ForeignProofError("relay: gave no promise, expected a height and 65 bytes of signature")
        promise.relay()
    except (KeyError, TypeError, ValueError) as error:
        raise ForeignProofError("relay: gave no promise, expected a height and 65 bytes of signature") from error
    except LedgerError as error:
        raise ForeignProofError(f"relay: its promise does not hold ({error.detail})") from error
    return promise


def save_promise(promise: Promise, code: str) -> Path:
    """Write a promise beside the ballot's file; it does not say how the ballot was cast."""
    file = Path(f"promise-{code}.json")
    record = {
        "format": FORMAT,
        "chain_id": promise.chain_id,
        "code": code,
        "digest": to_hex(promise.ballot_digest),
        "include_by": promise.include_by,
        "relay": to_hex(promise.relay()),
        "signature": to_hex(promise.signature),
    }
    write_durably(file, (json.dumps(record, indent=1) + "\n").encode())
    return file
