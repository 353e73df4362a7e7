"""What can be wrong with a piece of evidence."""

from ledger.errors import BadInputError, CannotCheckError, CheckFailedError


class BadCidError(BadInputError):
    """A text or bytes that are no CID of the one accepted form."""

    type = "bad-cid"

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"cid: found {found}, expected {expected}", found=found, expected=expected)


class EvidenceNotFoundError(CannotCheckError):
    """The store does not hold this CID."""

    type = "evidence-not-found"

    def __init__(self, cid: str, place: str) -> None:
        super().__init__(f"evidence {cid} is not in {place}", cid=cid, place=place)


class EvidenceDamagedError(CheckFailedError):
    """The bytes held under a CID are not the bytes that it names."""

    type = "evidence-damaged"

    def __init__(self, cid: str, found: str) -> None:
        super().__init__(f"evidence {cid} is damaged: {found}", cid=cid, found=found)


class MalformedBlockError(BadInputError):
    """A block that hashes to its CID and yet is no UnixFS file or directory that can be read."""

    type = "malformed-block"

    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(
            f"block: {field}: found {found}, expected {expected}", field=field, found=found, expected=expected
        )


class EvidenceTooLargeError(BadInputError):
    """A file, a directory or a tree of blocks over its limit."""

    type = "evidence-too-large"

    def __init__(self, field: str, found: int, limit: int) -> None:
        super().__init__(f"{field}: found {found}, expected at most {limit}", field=field, found=found, limit=limit)


class BadPathError(BadInputError):
    """A name that cannot stand in an evidence directory."""

    type = "bad-path"

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"path {path!r}: expected {expected}", path=path, expected=expected)
