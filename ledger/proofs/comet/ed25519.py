"""Ed25519 signatures by the rule of ZIP-215, on which all CometBFT nodes agree.

Rules of other libraries differ from it at the edges: encodings of points that are not the shortest, points of small
order, whether the cofactor is multiplied in. What OpenSSL accepts holds here too: an equation that holds without the
cofactor holds with it. What it refuses is asked again by the exact rule: no signature parts readers from validators.
"""

from functools import lru_cache
from hashlib import sha512

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import BadInputError

KEY_LENGTH = 32
SIGNATURE_LENGTH = 64

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)

# x, y, z, t with x/z, y/z the coordinates and t = xy/z: the extended coordinates of RFC 8032, 5.1.4.
_Point = tuple[int, int, int, int]
_IDENTITY: _Point = (0, 1, 1, 0)
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


class UnsoundKeyError(BadInputError):
    """A validator's key that no honest program makes: anybody can sign for it, or nobody, or it is misspelt."""

    type = "unsound-key"


def validate_key(key: bytes, what: str) -> None:
    """Check that a key is one that a private key has. `what`: whose, for the message. Errors: UnsoundKeyError."""
    flaw = key_flaw(key)
    if flaw is not None:
        raise UnsoundKeyError(f"{what}: 0x{key.hex()} {flaw}, expected a key as `ortaq node keys` prints it", flaw=flaw)


@lru_cache(maxsize=1024)
def key_flaw(key: bytes) -> str | None:
    """What is wrong with a key, None if nothing is: it is the one encoding of a point of the group's prime order.

    Source  RFC 8032, 5.1.3 (encoding) and 5.1.5 (a public key is a multiple of the base point).
    """
    if len(key) != KEY_LENGTH:
        return f"has {len(key)} bytes, not {KEY_LENGTH}"
    point = _decode_point(key)
    if point is None:
        return "is no point of the curve: nobody can sign for it"
    if _is_identity(_times_eight(point)):
        return "is of small order: anybody can sign for it"
    # A zero x is of small order, so only y can be written in two ways here.
    if int.from_bytes(key, "little") & (1 << 255) - 1 >= _P:
        return "is not the shortest encoding of its point"
    if not _is_identity(_combine(0, _BASE, _ORDER, point)):
        return "is not of prime order: no private key has it"
    return None


def is_valid_signature(key: bytes, message: bytes, signature: bytes) -> bool:
    """True if ZIP-215 accepts it. A key or signature of another length is never valid."""
    if len(key) != KEY_LENGTH or len(signature) != SIGNATURE_LENGTH:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return is_valid_by_zip215(key, message, signature)
    return True


def is_valid_by_zip215(key: bytes, message: bytes, signature: bytes) -> bool:
    """The rule itself: s below the order, and [8](sB - R - kA) the identity, for any encodings of points A and R."""
    a, r = _decode_point(key), _decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _ORDER:
        return False
    k = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % _ORDER
    return _is_identity(_times_eight(_add(_combine(s, _BASE, k, _negate(a)), _negate(r))))


def _decode_point(data: bytes) -> _Point | None:
    """A point of the curve; y may be the prime or more, and a zero x may carry the sign: ZIP-215 takes both."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % _P
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if (v * x * x - u) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
        if (v * x * x - u) % _P:
            return None
    if x & 1 != sign:
        x = -x % _P
    return x, y, 1, x * y % _P


def _add(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _negate(p: _Point) -> _Point:
    return -p[0] % _P, p[1], p[2], -p[3] % _P


def _combine(s: int, p: _Point, k: int, q: _Point) -> _Point:
    """[s]p + [k]q, both scalars bit by bit together."""
    sums = {(0, 1): q, (1, 0): p, (1, 1): _add(p, q)}
    total = _IDENTITY
    for bit in reversed(range(max(s.bit_length(), k.bit_length()))):
        total = _add(total, total)
        bits = s >> bit & 1, k >> bit & 1
        if bits in sums:
            total = _add(total, sums[bits])
    return total


def _is_identity(p: _Point) -> bool:
    return p[0] == 0 and p[1] == p[2]


def _times_eight(p: _Point) -> _Point:
    for _ in range(3):
        p = _add(p, p)
    return p
