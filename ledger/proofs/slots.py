"""Storage slots that proofs read (formats.md, 6)."""

from ledger.primitives import Address
from ledger.system import SystemContract

DIRECTORY_VERSIONS = 2**64
BALLOTS_HASHES = 2**64
ROLL_ENTRIES = 2**64
SEALER_SLOT = 2**64
"""Permissions: kind << 160 | account."""
SEALERS_SLOT = 2**64 + 1
"""Permissions: hash of the sealer set in force after the block."""
CHANGED_SLOT = 2**64 + 2
"""Permissions: the block that last changed the sealer set, 0 the founding."""
RECOVERY_SLOT = 2**64 + 3
"""Permissions: hash of the recovery terms, 0 without any."""
TRUST_SLOT = 2**64 + 4
"""Permissions: seconds for which an anchor may be trusted, 0 for ever."""
KEY_BITS = 160
NUMBER_SHIFT = 192


def version_slot(account: Address) -> int:
    """Directory: which contract of the ledger an address is."""
    return DIRECTORY_VERSIONS + int.from_bytes(account, "big")


def is_version_of(word: int, contract: SystemContract) -> bool:
    """True where the Directory's word says that the address is, or was, a version of the contract."""
    return word >> NUMBER_SHIFT == contract


def question_slot(question_id: int) -> int:
    """Ballots: hash of a question."""
    return BALLOTS_HASHES + question_id


def entry_slot(seat: int) -> int:
    """Roll: since << 160 | key of a seat."""
    return ROLL_ENTRIES + seat
