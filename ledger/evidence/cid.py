"""Content identifiers: CIDv1, sha2-256, of raw bytes or of a dag-pb node. No other form is accepted."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from multiformats import CID, multihash, varint

from ledger.evidence.errors import BadCidError
from ledger.primitives import Hash32

CID_LENGTH = 36
"""Bytes of a CID in binary form, the only form that stands on chain."""
TEXT_LENGTH = 59
"""Characters of a CID in text form: `b` and base32 in lower case."""
_SHA2_256 = "sha2-256"


class Codec(IntEnum):
    """What the hashed bytes are, by multicodec number."""

    RAW = 0x55
    DAG_PB = 0x70

    @property
    def label(self) -> str:
        """The name in the multicodec table."""
        return self.name.lower().replace("_", "-")


_PREFIXES = {
    codec: varint.encode(1) + varint.encode(codec.value) + multihash.wrap(bytes(32), _SHA2_256)[:2] for codec in Codec
}


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """A content identifier. `str()` gives the text form that `ipfs` prints."""

    codec: Codec
    digest: Hash32

    def __str__(self) -> str:
        return str(CID("base32", 1, self.codec.label, (_SHA2_256, self.digest)).encode())


def cid_of(codec: Codec, block: bytes) -> Cid:
    """Name a block by its hash."""
    return Cid(codec, Hash32(hashlib.sha256(block).digest()))


def encode_cid_bytes(cid: Cid) -> bytes:
    """Encode as 36 bytes: 0x01, codec, 0x12, 0x20, digest.

    Source  the CID specification of multiformats, version 1.
    """
    return _PREFIXES[cid.codec] + cid.digest


def parse_cid(source: str | bytes) -> Cid:
    """Read a CID from its text form or its 36 bytes.

    Errors  BadCidError for any other version, base, codec, hash or length, and for a text that is not the one way of
            writing its CID (upper case, padding, loose last bits).
    """
    return _parse_text(source) if isinstance(source, str) else _parse_bytes(source)


def _parse_text(text: str) -> Cid:
    expected = f"CIDv1 in base32: b and {TEXT_LENGTH - 1} characters of a-z and 2-7"
    if len(text) != TEXT_LENGTH or not text.startswith("b") or not text.isascii():
        raise BadCidError(_shown(text), expected)
    try:
        cid = _parse_bytes(bytes(CID.decode(text)))
    except (ValueError, KeyError) as error:
        raise BadCidError(_shown(text), expected) from error
    if str(cid) != text:
        raise BadCidError(_shown(text), str(cid))
    return cid


def _parse_bytes(data: bytes) -> Cid:
    if len(data) != CID_LENGTH:
        raise BadCidError(f"{len(data)} bytes", f"{CID_LENGTH} bytes")
    for codec, prefix in _PREFIXES.items():
        if data.startswith(prefix):
            return Cid(codec, Hash32(bytes(data[len(prefix) :])))
    expected = " or ".join(f"{prefix.hex()} ({codec.label}, {_SHA2_256})" for codec, prefix in _PREFIXES.items())
    raise BadCidError(f"the first bytes {data[:4].hex()}", expected)


def _shown(text: str) -> str:
    """Cut what a stranger sent to a length fit for a message."""
    return repr(text if len(text) <= TEXT_LENGTH else text[:TEXT_LENGTH] + "...")
