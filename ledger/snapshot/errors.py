"""What makes a file no snapshot, or one that does not say what its own seals say."""

from ledger.errors import BadInputError, CheckFailedError


class SnapshotError(BadInputError):
    """Bytes that are no snapshot: another format, cut off, or a member that is not as the format has it."""

    type = "bad-snapshot"


class SnapshotDiffersError(CheckFailedError):
    """A snapshot that contradicts itself, its seals or the reader's anchor. `facts`: `what`, `found`, `expected`."""

    type = "snapshot-differs"

    def __init__(self, what: str, found: object, expected: object, detail: str | None = None) -> None:
        """`detail`: a sentence that says it already."""
        sentence = f"{what}: found {found}, expected {expected}" if detail is None else f"{what}: {detail}"
        super().__init__(sentence, what=what, found=str(found), expected=str(expected))
