"""Make the vectors of CometBFT commits anew: `python -m tests.ledger.proofs.comet.make_vectors`.

Needs the engine (`make engine-cometbft`). Keys and times are new each time, so the file differs each time; nothing else
writes it. Tests read it, and one makes the like of it and compares the shape.
"""

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.chain.header import decode_header
from ledger.primitives import to_hex
from ledger.proofs.comet.rpc import read_signed_header
from ledger.proofs.seal import SealKind, make_commit_seal, sealer_set
from tests.engines import cometbft_binary
from tests.ledger.proofs.comet.mini_app import change
from tests.ledger.proofs.comet.network import running, sealing, send, wait_for
from tests.paths import REPOSITORY

PATH = REPOSITORY / "tests" / "vectors" / "comet.json"
CHAIN_ID = 0x123456789ABC
VERSION = "0.38.25"
SLEEPER = Ed25519PrivateKey.from_private_bytes(sha256(b"a validator that never votes").digest())


def make_vectors(binary: Path, *, with_rounds: bool = True) -> dict[str, Any]:
    """A network of one, and one of four whose validators change; `with_rounds`: also until a second round decides."""
    return {
        "chain_id": CHAIN_ID,
        "cometbft": VERSION,
        "one": _with_one(binary),
        "four": _with_four(binary, with_rounds=with_rounds),
    }


def _with_one(binary: Path) -> list[dict[str, Any]]:
    with (
        tempfile.TemporaryDirectory(prefix="comet", dir="/tmp") as folder,
        running(binary, Path(folder), CHAIN_ID, [1], 0) as [node],
    ):
        wait_for("a first block", lambda: node.ask("commit", height="5"))
        blocks = [send(node, tx) for tx in (b"first", b"second")]
        # The newest first: the commit of the older one then stands in a block, and is the RPC's canonical one.
        return [_case(sealing(node, block)) for block in reversed(blocks)][::-1]


def _with_four(binary: Path, *, with_rounds: bool) -> list[dict[str, Any]]:
    with (
        tempfile.TemporaryDirectory(prefix="comet", dir="/tmp") as folder,
        running(binary, Path(folder), CHAIN_ID, [40, 20, 20, 20], 7) as nodes,
    ):
        node = nodes[0]
        wait_for("a first block", lambda: node.ask("commit", height="5"))
        quiet = SLEEPER.public_key().public_bytes_raw()
        transactions = [b"first", change(quiet, 5), b"by five", change(quiet, 0), b"by four again"]
        cases = [_case(sealing(node, send(node, tx))) for tx in transactions]
        nodes[3].pause()
        for i in range(20 if with_rounds else 0):
            case = _case(sealing(node, send(node, b"without one %d" % i)))
            if case["commit"]["signed_header"]["commit"]["round"] > 0:
                return [*cases, case]
        return cases


def _case(found: dict[str, Any]) -> dict[str, Any]:
    """What the RPC answered, and what is to come out of it."""
    block = decode_header(bytes.fromhex(found["block"][2:]))
    signed = read_signed_header(found["commit"], found["validators"])
    members = sealer_set(SealKind.COMMIT, signed.validators.members).members
    return {
        "height": block.number,
        "sealers": [[to_hex(address), power] for address, power in members],
        "seal": to_hex(make_commit_seal(block.number, signed).encode()),
        **found,
    }


def main() -> None:
    PATH.write_text(json.dumps(make_vectors(cometbft_binary()), indent=1) + "\n")


if __name__ == "__main__":
    main()
