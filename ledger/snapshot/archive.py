"""The container: members as a bundle has them, written and read one after another, never twice."""

from typing import Protocol

from ledger.bundle.errors import BundleError
from ledger.bundle.tar import BLOCK, END, make_header, padding, parse_header
from ledger.snapshot.errors import SnapshotError

MAX_MEMBER = 20 << 20
"""A part has at most 16 MiB unless it is of one block; what a file can make of a reader's memory follows from this."""
MAX_MEMBERS = 1 << 20


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


class Source(Protocol):
    """What bytes are read from, in their order."""

    def read(self, count: int, /) -> bytes: ...


class ArchiveWriter:
    """Writes members to a stream. Errors: SnapshotError for one that is too long, or one too many."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._count = 0

    def add(self, name: str, content: bytes) -> None:
        self._count += 1
        if len(content) > MAX_MEMBER or self._count > MAX_MEMBERS:
            raise SnapshotError(
                f"{name}: {len(content)} bytes as member {self._count}, expected at most {MAX_MEMBER} bytes and "
                f"{MAX_MEMBERS} members"
            )
        self._sink.write(make_header(name, len(content)) + content + padding(len(content)))

    def finish(self) -> None:
        self._sink.write(END)


class ArchiveReader:
    """Reads members from a stream; one of them is in memory at a time.

    Shape   `next`: the name of the member that comes next, None at the end; `length`: of its content, in bytes.
    Errors  SnapshotError for bytes that are not as `ArchiveWriter` writes them, with their place.
    """

    def __init__(self, stream: Source) -> None:
        self._stream = stream
        self._offset = 0
        self._count = 0
        self.length = 0
        self.next: str | None = None
        self._advance()

    def take(self, name: str) -> bytes:
        """The content of the next member, which has to be of this name."""
        if self.next != name:
            raise SnapshotError(f"snapshot: found {self.next or 'its end'}, expected {name}")
        content = self._exactly(self.length)
        if any(self._exactly(-self.length % BLOCK)):
            raise SnapshotError(f"{name}: bytes after the content, expected zeros")
        self._advance()
        return content

    def finish(self) -> None:
        """Check that nothing comes any more."""
        if self.next is not None:
            raise SnapshotError(f"snapshot: found {self.next}, expected its end")

    def _advance(self) -> None:
        header = self._exactly(BLOCK)
        if header == END[:BLOCK]:
            self.next = None
            if self._stream.read(BLOCK + 1) != END[BLOCK:]:
                raise SnapshotError(f"byte {self._offset}: expected {BLOCK} zero bytes and the end of the file")
            return
        try:
            self.next, self.length = parse_header(header, self._offset - BLOCK)
        except BundleError as error:
            raise SnapshotError(error.detail) from error
        self._count += 1
        if self.length > MAX_MEMBER or self._count > MAX_MEMBERS:
            raise SnapshotError(
                f"{self.next}: {self.length} bytes as member {self._count}, expected at most {MAX_MEMBER} bytes and "
                f"{MAX_MEMBERS} members"
            )

    def _exactly(self, count: int) -> bytes:
        data = self._stream.read(count) if count else b""
        if len(data) != count:
            raise SnapshotError(f"byte {self._offset}: the file is cut off, {count - len(data)} bytes are missing")
        self._offset += count
        return data
