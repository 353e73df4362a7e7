"""Signatures over secp256k1 as transactions and ballots carry them: low s, recoverable."""

import coincurve

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, keccak256

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Number of points of the curve."""


class BadSignatureError(BadInputError):
    """A signature that is out of range or recovers to no key."""

    type = "bad-signature"


def recover_signer(digest: Hash32, y_parity: int, r: int, s: int) -> Address:
    """Return the address whose key signed `digest`.

    Errors  BadSignatureError(field) for a y parity other than 0 and 1, for r or s outside the curve's order, for s in
            the upper half (each signature would have a second form), and where no key fits.
    """
    if y_parity not in (0, 1):
        raise BadSignatureError(f"y parity: found {y_parity}, expected 0 or 1", field="y_parity")
    if not 0 < r < ORDER:
        raise BadSignatureError("signature r: expected 1 to the curve's order - 1", field="r")
    if not 0 < s <= ORDER // 2:
        raise BadSignatureError("signature s: expected 1 to half the curve's order (high s is refused)", field="s")
    return recover_address(digest, y_parity, r, s)


def recover_address(digest: bytes, y_parity: int, r: int, s: int) -> Address:
    """As `recover_signer`, for values whose range is checked already."""
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((y_parity,))
    try:
        key = coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError as error:
        raise BadSignatureError("signature: no key fits it", field="signature") from error
    return Address(keccak256(key.format(compressed=False)[1:])[12:])


def sign_digest(key: bytes, digest: Hash32) -> tuple[int, int, int]:
    """Return (y parity, r, s) with low s; the nonce follows RFC 6979, so equal input gives an equal signature."""
    signature = coincurve.PrivateKey(key).sign_recoverable(digest, hasher=None)
    return signature[64], int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")


def address_of_key(key: bytes) -> Address:
    """Return the address of a 32-byte private key."""
    public = coincurve.PrivateKey(key).public_key.format(compressed=False)
    return Address(keccak256(public[1:])[12:])
