"""Make the edge cases of Ed25519 anew, with CometBFT's verdicts: `python -m tests.ledger.proofs.comet.make_edges`.

Needs Go and the sources that `make engine-cometbft` builds from. The cases are the same each time.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256, sha512
from itertools import product
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.proofs.comet import ed25519 as rule
from tests.paths import REPOSITORY

PATH = REPOSITORY / "tests" / "vectors" / "ed25519.json"
PROGRAM = Path(__file__).with_name("cometbft_verdicts.go")
MESSAGE = b"a message of the edge cases"
PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
Case = tuple[str, bytes, bytes]


def small_points() -> list[bytes]:
    """All fourteen encodings of the eight points of small order: canonical, y beyond the prime, a sign on x = 0."""
    root = next(y for y in map(_order_eight, range(2, 200)) if y is not None)
    heights = [0, 1, PRIME - 1, root, PRIME - root, PRIME, PRIME + 1]
    return [(sign << 255 | y).to_bytes(32, "little") for y in heights for sign in (0, 1)]


def make_cases() -> Iterator[Case]:
    """Name, key, signature."""
    small = small_points()
    for a, r in product(range(14), repeat=2):
        yield f"small order {a} {r}", small[a], small[r] + bytes(32)
    for a, r in product(range(0, 14, 2), repeat=2):
        yield f"mixed order {a} {r}", *_sign_mixed(small[a], small[r])
    for i in range(8):
        key = Ed25519PrivateKey.from_private_bytes(sha256(b"edge %d" % i).digest())
        public, signature = key.public_key().public_bytes_raw(), key.sign(MESSAGE)
        s = int.from_bytes(signature[32:], "little")
        yield f"honest {i}", public, signature
        yield f"s too large {i}", public, signature[:32] + (s + ORDER).to_bytes(32, "little")
        yield f"other r {i}", public, small[i] + signature[32:]
        yield f"other key {i}", small[i], signature
        yield f"sign of r {i}", public, signature[:31] + bytes([signature[31] ^ 0x80]) + signature[32:]
    yield "s is the order", small[2], small[2] + ORDER.to_bytes(32, "little")
    for y in range(2, 12):
        yield f"perhaps no point {y}", y.to_bytes(32, "little"), small[2] + bytes(32)
        yield f"perhaps no r {y}", small[2], (PRIME + y).to_bytes(32, "little") + bytes(32)


def _order_eight(y: int) -> int | None:
    """The y of a point of order eight, found by multiplying some point by the order of the large subgroup."""
    point = rule._decode_point(y.to_bytes(32, "little"))
    if point is None:
        return None
    x, y, z, _ = rule._combine(ORDER, point, 0, point)
    x, y = x * pow(z, -1, PRIME) % PRIME, y * pow(z, -1, PRIME) % PRIME
    return y if x and y else None


def _sign_mixed(a: bytes, r: bytes) -> tuple[bytes, bytes]:
    """A key and a signature by someone who adds points of small order to his key and nonce."""
    secret, nonce = (int.from_bytes(sha256(part).digest(), "little") % ORDER for part in (b"a" + a, b"r" + r))
    key, point = (
        _encode(rule._add(_times(number), rule._decode_point(data))) for number, data in ((secret, a), (nonce, r))
    )
    k = int.from_bytes(sha512(point + key + MESSAGE).digest(), "little")
    return key, point + ((nonce + k * secret) % ORDER).to_bytes(32, "little")


def _times(number: int):  # type: ignore[no-untyped-def]
    return rule._combine(number, rule._BASE, 0, rule._BASE)


def _encode(point: tuple[int, int, int, int]) -> bytes:
    inverse = pow(point[2], -1, PRIME)
    return ((point[0] * inverse % PRIME & 1) << 255 | point[1] * inverse % PRIME).to_bytes(32, "little")


def main() -> None:
    cases = list(make_cases())
    lines = "".join(f"{key.hex()} {MESSAGE.hex()} {signature.hex()}\n" for _, key, signature in cases)
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    asked = subprocess.run(
        ["go", "run", PROGRAM],
        cwd=REPOSITORY / "engines" / "cometbft",
        env=environment,
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [
        {"name": name, "key": key.hex(), "signature": signature.hex(), "accepted": verdict == "true"}
        for (name, key, signature), verdict in zip(cases, asked.stdout.split(), strict=True)
    ]
    PATH.write_text(json.dumps({"message": MESSAGE.hex(), "cases": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
