"""Signatures on secp256k1: 65 bytes (r, s, parity), EIP-2098's 64 bytes, or the three numbers of a transaction; always
with the lower s.
"""

from coincurve import PrivateKey, PublicKey

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, keccak256

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Number of points of the curve."""
HALF_ORDER = ORDER // 2


class SignatureError(BadInputError):
    """A signature that no key could have made, or that is not canonical."""

    type = "bad-signature"


def address_of(key: PrivateKey | bytes) -> Address:
    """The account address of a private key."""
    private = key if isinstance(key, PrivateKey) else PrivateKey(key)
    return _address_of_point(private.public_key)


def sign_digest(key: PrivateKey, digest: Hash32) -> bytes:
    """Sign deterministically (RFC 6979). Shape: r 32, s 32 (lower half), parity 1 (0 or 1)."""
    return bytes(key.sign_recoverable(digest, hasher=None))


def sign_compact(key: PrivateKey, digest: Hash32) -> bytes:
    """Sign as EIP-2098 writes it: r 32, then s 32 with the parity in its highest bit."""
    return compact(sign_digest(key, digest))


def compact(signature: bytes) -> bytes:
    """65 bytes to EIP-2098's 64."""
    return signature[:32] + bytes([signature[32] | signature[64] << 7]) + signature[33:64]


def expand(signature: bytes) -> bytes:
    """EIP-2098's 64 bytes to 65."""
    return signature[:32] + bytes([signature[32] & 0x7F]) + signature[33:64] + bytes([signature[32] >> 7])


def recover_address(digest: Hash32, signature: bytes) -> Address:
    """The address whose key signed the digest.

    Shape   `signature`: 65 bytes, or 64 in EIP-2098's form.
    Errors  SignatureError for another length, a scalar out of range, the upper s (malleable), no such point.
    """
    if len(signature) == 64:
        signature = expand(signature)
    if len(signature) != 65:
        raise SignatureError(f"signature: {len(signature)} bytes, expected 64 or 65", field="signature")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return recover_signer(digest, signature[64], r, s)


def recover_signer(digest: Hash32, y_parity: int, r: int, s: int) -> Address:
    """As `recover_address`, of a signature in numbers. Errors: SignatureError(field)."""
    if y_parity not in (0, 1):
        raise SignatureError(f"y parity: found {y_parity}, expected 0 or 1", field="y_parity")
    if not 0 < r < ORDER:
        raise SignatureError("signature r: expected 1 to the curve's order - 1", field="r")
    if not 0 < s <= HALF_ORDER:
        raise SignatureError("signature s: expected 1 to half the curve's order (high s is refused)", field="s")
    return recover_unchecked(digest, y_parity, r, s)


def recover_unchecked(digest: bytes, y_parity: int, r: int, s: int) -> Address:
    """As `recover_signer`, for values whose range is checked already; high s is taken."""
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((y_parity,))
    try:
        point = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError as error:
        raise SignatureError(f"signature: no key could have made it ({error})", field="signature") from error
    return _address_of_point(point)


def _address_of_point(point: PublicKey) -> Address:
    return Address(keccak256(point.format(compressed=False)[1:])[12:])
