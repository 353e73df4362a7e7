"""Addresses as people type them."""

from eth_utils.address import is_checksum_formatted_address, to_checksum_address

from ledger.errors import BadInputError
from ledger.primitives import Address


class AddressError(BadInputError):
    """Text that is no address, or one with a typing error."""

    type = "bad-address"


def read_address(text: str, what: str) -> Address:
    """Read `0x` and 40 hex digits; where upper and lower case are mixed, they must give EIP-55's checksum.

    Errors  AddressError names `what`, for example a file and line.
    """
    try:
        data = bytes.fromhex(text.removeprefix("0x")) if text.startswith("0x") else b""
    except ValueError:
        data = b""
    if len(data) != 20 or len(text) != 42:
        raise AddressError(f"{what}: {text[:60]!r}, expected 0x and 40 hex digits")
    if is_checksum_formatted_address(text) and to_checksum_address(data) != text:
        raise AddressError(f"{what}: {text}, expected {to_checksum_address(data)}: the checksum in its letters differs")
    if data == bytes(20):
        raise AddressError(f"{what}: the zero address, expected somebody's")
    return Address(data)
