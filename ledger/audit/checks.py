"""What an audit found: how often each rule was checked, and where one does not hold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

MAX_FINDINGS = 1_000
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold. Shape: `block`, `transaction`: None where it is about none."""

    code: str
    block: int | None
    transaction: int | None
    expected: str
    found: str
    subject: str = ""

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: value for name, value in asdict(self).items() if name != "subject" or value}


class Checks:
    """Counts checks and keeps findings, at most the first thousand. `at` says where the checks that follow stand."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.not_checked: dict[str, str] = {}
        self.findings: list[Finding] = []
        self._block: int | None = None
        self._transaction: int | None = None

    def at(self, block: int | None, transaction: int | None = None) -> None:
        self._block, self._transaction = block, transaction

    def count(self, code: str, number: int = 1) -> None:
        """Checks that held."""
        self.checked[code] += number

    def expect(self, code: str, expected: object, found: object, subject: str = "") -> bool:
        """Check that two values are equal."""
        if expected == found:
            self.checked[code] += 1
            return True
        self.fail(code, show(expected), show(found), subject)
        return False

    def require(self, code: str, holds: bool, expected: str, found: object, subject: str = "") -> bool:
        """Check a condition, described by what was expected."""
        if holds:
            self.checked[code] += 1
        else:
            self.fail(code, expected, show(found), subject)
        return holds

    def fail(self, code: str, expected: str, found: str, subject: str = "") -> None:
        self.checked[code] += 1
        self.failed[code] += 1
        if len(self.findings) < MAX_FINDINGS:
            place = (self._block, self._transaction)
            self.findings.append(Finding(code, *place, expected[:MAX_TEXT], found[:MAX_TEXT], subject[:MAX_TEXT]))

    def skip(self, code: str, reason: str) -> None:
        """Say that a rule could not be checked, or not everywhere."""
        self.not_checked.setdefault(code, reason)

    def merge(self, other: "Checks") -> None:
        """Take over what a part of the audit found that ran beside this one."""
        self.checked += other.checked
        self.failed += other.failed
        self.not_checked = {**other.not_checked, **self.not_checked}
        self.findings = sorted([*self.findings, *other.findings], key=_place)[:MAX_FINDINGS]

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    def codes(self) -> Iterable[str]:
        """All codes that were checked or could not be, in order."""
        return sorted({*self.checked, *self.not_checked})


def _place(finding: Finding) -> tuple[int, int]:
    # What is about no block comes first: it is about the file.
    return (
        -1 if finding.block is None else finding.block,
        -1 if finding.transaction is None else finding.transaction,
    )


def show(value: object) -> str:
    """A value as findings print it: bytes in hex, numbers in full."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return ", ".join(show(item) for item in value)
    return str(value)
