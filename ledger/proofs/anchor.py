"""Trust anchors: what a reader notes down once and checks everything against (formats.md, 9)."""

import base64
from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, Height, Timestamp, keccak256
from ledger.proofs.wordlist import phrase_of

VERSION = 2
PREFIX = "ortaq1"
HEAD_LENGTH = 1 + 32 + 8 + 32 + 32 + 8 + 8 + 1
FOR_EVER = Timestamp(0)
"""`until` of an anchor without an end."""
CHECKSUM_LENGTH = 4
PHRASE_WORDS = 6


class AnchorError(BadInputError):
    """Text that is no trust anchor, or one with a typing error."""

    type = "bad-anchor"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Shape   `sealers`: hash of the SealerSet in force after block `height`; `issued`: that block's time;
    `witnesses`: keys of witnesses whose seals the reader wants to see, ascending; `until`: from when on it is too old
    to trust those who sealed then, FOR_EVER for never.
    """

    founding: Hash32
    height: Height
    block_hash: Hash32
    sealers: Hash32
    issued: Timestamp
    witnesses: tuple[Address, ...] = ()
    until: Timestamp = FOR_EVER

    def is_old(self, now: Timestamp) -> bool:
        """Whether its time is over: a newer anchor is needed."""
        return self.until != FOR_EVER and now >= self.until

    def encode(self) -> bytes:
        """As formats.md, 9 has it: every number and hash in its full width, witnesses of 20 bytes at the end."""
        return b"".join(
            (
                bytes([VERSION]),
                self.founding,
                self.height.to_bytes(8, "big"),
                self.block_hash,
                self.sealers,
                self.issued.to_bytes(8, "big"),
                self.until.to_bytes(8, "big"),
                bytes([len(self.witnesses)]),
                *sorted(self.witnesses),
            )
        )

    @property
    def text(self) -> str:
        """`ortaq1` and lower-case base32 of the bytes and the first four bytes of their Keccak-256."""
        data = self.encode()
        return PREFIX + base64.b32encode(data + keccak256(data)[:CHECKSUM_LENGTH]).decode().rstrip("=").lower()

    @property
    def phrase(self) -> str:
        """Six words for comparing two anchors by voice: 66 bits of the Keccak-256 of the bytes."""
        return " ".join(phrase_of(keccak256(self.encode()), PHRASE_WORDS))


def decode_anchor(text: str) -> Anchor:
    """Read an anchor from its text. Errors: AnchorError."""
    text = "".join(text.split()).lower()
    if not text.startswith(PREFIX):
        raise AnchorError(f"anchor: begins with {text[:6]!r}, expected {PREFIX!r}")
    body = text[len(PREFIX) :].upper()
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except ValueError as error:
        raise AnchorError(f"anchor: not base32 ({error})") from error
    data, checksum = data[:-CHECKSUM_LENGTH], data[-CHECKSUM_LENGTH:]
    if not data or keccak256(data)[:CHECKSUM_LENGTH] != checksum:
        raise AnchorError("anchor: the checksum does not fit, expected an anchor without typing errors")
    if data[0] != VERSION:
        raise AnchorError(f"anchor version: {data[0]}, expected {VERSION}")
    if len(data) < HEAD_LENGTH:
        raise AnchorError(f"anchor: {len(data)} bytes, expected at least {HEAD_LENGTH}")
    tail = data[HEAD_LENGTH:]
    if len(tail) != 20 * data[HEAD_LENGTH - 1]:
        raise AnchorError(f"anchor witnesses: {len(tail)} bytes, expected {20 * data[HEAD_LENGTH - 1]}")
    anchor = Anchor(
        founding=Hash32(data[1:33]),
        height=Height(int.from_bytes(data[33:41], "big")),
        block_hash=Hash32(data[41:73]),
        sealers=Hash32(data[73:105]),
        issued=Timestamp(int.from_bytes(data[105:113], "big")),
        until=Timestamp(int.from_bytes(data[113:121], "big")),
        witnesses=tuple(Address(tail[i : i + 20]) for i in range(0, len(tail), 20)),
    )
    if anchor.text != text:
        raise AnchorError("anchor: not in canonical form, expected ascending witnesses and no trailing bits")
    return anchor
