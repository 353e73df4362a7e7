"""What every movement of money needs: somebody whose duty it is, and a document."""

from collections.abc import Mapping
from typing import Any

from ledger.audit.checks import Checks
from ledger.audit.documents import DocumentRules
from ledger.audit.governance import Governance
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_HASH, Address, Hash32

Movement = tuple[Hash32, int, int, frozenset[tuple[int, bytes, int]]]
"""An entry that an event stands for: authority, evidence, the entry that it reverses, lines."""


class Vouchers:
    """Checks treasurers and documents."""

    def __init__(self, checks: Checks, governance: Governance, documents: DocumentRules) -> None:
        self._checks = checks
        self._governance = governance
        self._documents = documents

    def check_duty(self, values: Mapping[str, Any], name: str) -> None:
        mask, _ = self._governance.before.duty_of(Address(values["treasurer"]))
        holds = bool(mask & Duty.TREASURER.mask)
        self._checks.require("money.duty", holds, "a treasurer", values["treasurer"], name)

    def check_document(self, number: int, name: str) -> Hash32:
        """The document's digest, zero where there is none."""
        found = self._documents.available(number)
        self._checks.require("money.evidence", found is not None, "a document that is available", number, name)
        return ZERO_HASH if found is None else found.digest
