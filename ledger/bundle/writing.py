"""Writing members one after another."""

import hashlib
from collections.abc import Iterable
from typing import Protocol

from ledger.bundle.documents import Manifest, MemberFacts
from ledger.bundle.errors import BundleError
from ledger.bundle.names import MAX_MEMBER, MAX_MEMBERS, Name, parse_name, validate_order
from ledger.bundle.tar import END, make_header, padding


class ByteSink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


class BundleWriter:
    """Writes a bundle's members to a stream and keeps what the manifest will say.

    Shape   `members`: those that stand in the stream already, where an earlier writer was interrupted.
    Errors  BundleError for what no bundle may hold; nothing of it is written.
    """

    def __init__(self, sink: ByteSink, members: Iterable[MemberFacts] = ()) -> None:
        self._sink = sink
        self._members = list(members)
        self._names = {member.name for member in self._members}
        self._last: Name | None = parse_name(self._members[-1].name) if self._members else None

    @property
    def count(self) -> int:
        return len(self._members)

    def has(self, name: str) -> bool:
        """Whether a member stands there already."""
        return name in self._names

    def add(self, name: str, content: bytes) -> None:
        parsed = parse_name(name)
        validate_order(self._last, parsed)
        if len(content) > MAX_MEMBER or len(self._members) >= MAX_MEMBERS:
            raise BundleError(
                "bundle.limit",
                f"{name}: {len(content)} bytes as member {len(self._members) + 1}, expected at most {MAX_MEMBER} bytes "
                f"and {MAX_MEMBERS} members",
            )
        self._sink.write(make_header(name, len(content)) + content + padding(len(content)))
        self._members.append(MemberFacts(name, len(content), hashlib.sha256(content).digest()))
        self._names.add(name)
        self._last = parsed

    def finish(self, missing: Iterable[str]) -> None:
        """Write the manifest and the end. `missing`: CIDs of evidence that could not be had."""
        self.add("manifest.json", Manifest(tuple(self._members), tuple(sorted(missing))).encode())
        self._sink.write(END)
