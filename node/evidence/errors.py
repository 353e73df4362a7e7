"""What can go wrong with a store, not with the evidence in it."""

from ledger.errors import BadInputError, CannotCheckError, CheckFailedError


class EvidenceNotStoredError(BadInputError):
    """The disk took no more (full, read-only, no right). What was stored before stands."""

    type = "evidence-not-stored"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"evidence cannot be written to {place}: {reason}", place=place, reason=reason)


class KuboUnreachableError(CannotCheckError):
    """No daemon answers at the address, or what answers is none."""

    type = "kubo-unreachable"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"no Kubo daemon answers at {address} ({reason}); expected one started with: ipfs daemon",
            address=address,
            reason=reason,
        )


class KuboRefusedError(CannotCheckError):
    """The daemon answered with an error."""

    type = "kubo-refused"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"the Kubo daemon at {address} refused: {reason}", address=address, reason=reason)


class KuboTooSlowError(CannotCheckError):
    """The daemon did not finish within the time that was set."""

    type = "kubo-too-slow"

    def __init__(self, address: str, timeout_s: float) -> None:
        detail = f"the Kubo daemon at {address} gave no answer within {timeout_s} s"
        super().__init__(detail, address=address, timeout_s=timeout_s)


class KuboDisagreesError(CheckFailedError):
    """The daemon named the same content by another CID: its import settings differ from Kubo's defaults."""

    type = "kubo-disagrees"

    def __init__(self, address: str, found: str, expected: str) -> None:
        super().__init__(
            f"the Kubo daemon at {address} gave CID {found}, expected {expected}; see its settings under Import",
            address=address,
            found=found,
            expected=expected,
        )
