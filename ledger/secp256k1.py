"""Signatures on secp256k1: 65 bytes (r, s, parity) or EIP-2098's 64 bytes, always with the lower s."""

from coincurve import PrivateKey, PublicKey

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, keccak256

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF_ORDER = ORDER // 2


class SignatureError(BadInputError):
    """A signature that no key could have made, or that is not canonical."""

    type = "bad-signature"


def address_of(key: PrivateKey) -> Address:
    """The account address of a private key."""
    return Address(keccak256(key.public_key.format(compressed=False)[1:])[12:])


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
    if len(signature) != 65 or signature[64] > 1:
        raise SignatureError(f"signature: {len(signature)} bytes, expected 64, or 65 with a parity of 0 or 1")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not 0 < r < ORDER or not 0 < s <= HALF_ORDER:
        raise SignatureError("signature: r or s out of range, expected 0 < r < n and 0 < s <= n/2")
    try:
        point = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception for a point that does not exist
        raise SignatureError(f"signature: no key could have made it ({error})") from error
    return Address(keccak256(point.format(compressed=False)[1:])[12:])
