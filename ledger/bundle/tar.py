"""Tar headers: each is a function of name and length, so a reader compares all of it."""

from ledger.bundle.errors import BundleError
from ledger.bundle.names import MAX_MEMBER

BLOCK = 512
END = bytes(2 * BLOCK)
"""What ends an archive."""
_CHECKSUM = slice(148, 156)


def make_header(name: str, length: int) -> bytes:
    """The 512 bytes before a member's content."""
    header = bytearray(BLOCK)
    header[: len(name)] = name.encode("ascii")
    header[100:108] = b"0000644\0"
    header[108:116] = header[116:124] = b"0000000\0"
    header[124:136] = b"%011o\0" % length
    header[136:148] = b"%011o\0" % 0
    header[_CHECKSUM] = b" " * 8
    header[156:157] = b"0"
    header[257:265] = b"ustar\00000"
    header[_CHECKSUM] = b"%06o\0 " % sum(header)
    return bytes(header)


def padding(length: int) -> bytes:
    """Zeros that fill a content up to a whole block."""
    return bytes(-length % BLOCK)


def parse_header(data: bytes, offset: int) -> tuple[str, int]:
    """Name and length of the member whose header this is. `offset`: where it stands, for messages.

    Errors  BundleError: `bundle.limit` for a length that no member may have, `bundle.container` for any other byte that
            is not as `make_header` writes it.
    """
    digits, name = data[124:135], data[:100].rstrip(b"\0")
    if not digits.isdigit() or any(digit > ord("7") for digit in digits) or not 0 < len(name) < 100:
        raise BundleError("bundle.container", f"byte {offset}: found no header of a bundle's member", offset=offset)
    length = int(digits, 8)
    if length > MAX_MEMBER:
        raise BundleError(
            "bundle.limit", f"byte {offset}: member of {length} bytes, expected at most {MAX_MEMBER}", offset=offset
        )
    if not name.isascii() or make_header(name.decode("ascii"), length) != data:
        raise BundleError(
            "bundle.container", f"byte {offset}: header differs from that of its name and length", offset=offset
        )
    return name.decode("ascii"), length
