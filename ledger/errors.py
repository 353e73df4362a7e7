"""The errors of the ledger. Each carries its facts as fields, so that every door prints them the same way."""

from typing import Any


class LedgerError(Exception):
    """A rule of the ledger does not hold, or input is bad.

    Shape   `type`: a stable code, kebab-case, the same on the command line and in the API; `detail`: one sentence that
            names the field, the value and what was expected; `facts`: the numbers in it, JSON-compatible.
    Source  RFC 9457, whose problem details these become.
    """

    type = "ledger-error"

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class BadInputError(LedgerError):
    """Input that cannot be used. Nothing was written. Exit code 2, or a 4xx answer."""

    type = "bad-input"


class FileFormatError(BadInputError):
    """A file that breaks its format.

    Shape   `path`, `line` (1-based, None for the whole file), `field`, `expected` stand in `facts`.
    """

    type = "file-format"

    def __init__(self, path: str, line: int | None, field: str, found: str, expected: str) -> None:
        place = path if line is None else f"{path}:{line}"
        super().__init__(
            f"{place}: {field}: found {found}, expected {expected}",
            path=path,
            line=line,
            field=field,
            found=found,
            expected=expected,
        )


class CheckFailedError(LedgerError):
    """A check differs from what was claimed. Exit code 1."""

    type = "check-failed"


class CannotCheckError(LedgerError):
    """There is not enough to check with, for example no trust anchor. Exit code 3."""

    type = "cannot-check"
