"""Reading a bundle: its members with their places, then each content when it is asked for."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ledger.bundle.documents import MemberFacts
from ledger.bundle.errors import BundleError
from ledger.bundle.names import MAX_MEMBERS, Kind, Name, parse_name, validate_order
from ledger.bundle.tar import BLOCK, END, parse_header

PIECE = 1 << 20


class ByteSource(Protocol):
    """A stream that can be read from any place, as a file can."""

    def read(self, count: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A member where it stands. Shape: `offset`: of its content, in bytes."""

    name: Name
    offset: int
    facts: MemberFacts

    @property
    def end(self) -> int:
        """Where the next header begins."""
        return self.offset + self.facts.length + -self.facts.length % BLOCK


class Bundle:
    """A bundle in a stream, whose container holds together. Holds the list of members in memory, and no content.

    Errors  BundleError, `bundle.container`, `bundle.name`, `bundle.order`, `bundle.limit`, with the place.
    """

    def __init__(self, stream: ByteSource) -> None:
        self._stream = stream
        self.members = tuple(scan_members(stream))
        self._by_name = {member.name.text: member for member in self.members}

    def content(self, name: str) -> bytes:
        """A member's bytes. Errors: KeyError."""
        return self.read(self._by_name[name])

    def read(self, member: Member) -> bytes:
        self._stream.seek(member.offset)
        return _exactly(self._stream, member.facts.length, member.offset)

    def of_kind(self, kind: Kind) -> Iterator[Member]:
        """Members of a kind, in their order."""
        return (member for member in self.members if member.name.kind is kind)


def scan_members(stream: ByteSource, *, is_whole: bool = True) -> Iterator[Member]:
    """Read a container from its start, hashing every content on the way.

    Shape   not `is_whole`: a file whose writer was interrupted; gives the members that stand there whole.
    Errors  BundleError.
    """
    stream.seek(0)
    offset, before = 0, None
    for _ in range(MAX_MEMBERS):
        header = _exactly(stream, BLOCK, offset)
        if header == END[:BLOCK]:
            break
        name_text, length = parse_header(header, offset)
        name = parse_name(name_text)
        validate_order(before, name)
        digest = _hash_content(stream, length, offset + BLOCK)
        if any(_exactly(stream, -length % BLOCK, offset)):
            raise BundleError("bundle.container", f"{name_text}: bytes after the content, expected zeros")
        member = Member(name, offset + BLOCK, MemberFacts(name_text, length, digest))
        yield member
        offset, before = member.end, name
    if is_whole:
        _check_end(stream, before, offset)


def _check_end(stream: ByteSource, last: Name | None, offset: int) -> None:
    if last is None or last.kind is not Kind.MANIFEST:
        after = "nothing" if last is None else last.text
        raise BundleError("bundle.order", f"bundle: ends after {after}, expected manifest.json as the last member")
    stream.seek(offset)
    if stream.read(len(END) + 1) != END:
        raise BundleError("bundle.container", f"byte {offset}: expected {len(END)} zero bytes and the end of the file")


def _hash_content(stream: ByteSource, length: int, offset: int) -> bytes:
    digest = hashlib.sha256()
    left = length
    while left:
        piece = stream.read(min(left, PIECE))
        if not piece:
            raise BundleError("bundle.container", f"byte {offset}: the file is cut off, {left} bytes are missing")
        digest.update(piece)
        left -= len(piece)
    return digest.digest()


def _exactly(stream: ByteSource, count: int, offset: int) -> bytes:
    data = stream.read(count) if count else b""
    if len(data) != count:
        raise BundleError(
            "bundle.container", f"byte {offset}: the file is cut off, {count - len(data)} bytes are missing"
        )
    return data
