"""Causes: the one word that says why a receipt proves nothing, the same from every verifier (verifier.md, Causes)."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from ledger.errors import LedgerError


class Cause(StrEnum):
    """What does not hold; the first one in this order. Stable words."""

    FORM = "form"
    """No receipt at all: the file is refused."""
    NO_ANCHOR = "no-anchor"
    OLD_ANCHOR = "old-anchor"
    LEDGER = "ledger"
    HEADER = "header"
    BLOCK = "block"
    HANDOVER = "handover"
    SEALERS = "sealers"
    SEAL = "seal"
    PROOF = "proof"
    CONTRACT = "contract"
    QUESTION = "question"
    SEAT = "seat"
    SIGNATURE = "signature"
    WITNESS = "witness"
    EQUIVOCATION = "equivocation"
    LATER = "later"


class UncheckableError(Exception):
    """Why a receipt proves nothing."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause
        self.reason = reason


def require(cause: Cause, holds: bool, reason: str) -> None:
    """Errors  UncheckableError."""
    if not holds:
        raise UncheckableError(cause, reason)


@contextmanager
def judging(cause: Cause) -> Iterator[None]:
    """Whatever does not hold within is of this cause. Errors: UncheckableError."""
    try:
        yield
    except LedgerError as error:
        raise UncheckableError(cause, error.detail) from error
