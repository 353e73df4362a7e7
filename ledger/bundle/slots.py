"""Slots that a bundle proves (docs/reference/bundle.md, 4, and formats.md, 6)."""

from ledger.primitives import Hash32, keccak256, to_word
from ledger.system import SystemContract
from ledger.voting.form import BallotKind
from ledger.voting.question import EffectKind

SEALER_SLOTS = range(2**64, 2**64 + 5)
"""Permissions: sealer, hash of the sealers, the block that changed them, hash of the recovery terms, trust period."""
DOUBLE_SIGN_SLOT = 2**64 + 5
RECOVERY_TERMS_SLOT = 2**64 + 6
"""Permissions: threshold, silence, number of keys, the keys."""
MEMBERS_SLOT = 2**64 + 42
"""Permissions: number of validators, their consensus addresses ascending."""
_VALIDATORS = 2**64 + 243
_WORDS = 2**65
_TALLIES = 2**66
_OUTCOMES = 2**97
_MANY_OPTIONS = 64
_PLANES = 32
OUTCOME_SLOTS = 4
"""closed, turnout, passed, executed."""
KINDS = range(len(EffectKind))
_COUNTS = {
    SystemContract.MEMBERSHIP: (0, 1),
    SystemContract.ROLL: (0,),
    SystemContract.EVIDENCE: (0,),
    SystemContract.JOURNAL: (0,),
    SystemContract.BALLOTS: (0,),
    SystemContract.TREASURY: (0, 3),
}
_ALLOCATIONS = {SystemContract.ALLOCATION: (0, 1, 2), SystemContract.EQUAL_SHARES: (2, 3, 4)}


def mapped(slot: int, *keys: bytes | int) -> int:
    """Slot of `m[k]`, or of `m[k][l]`, of a mapping at `slot`."""
    place = to_word(slot)
    for key in keys:
        place = keccak256(place + (to_word(key) if isinstance(key, int) else key.rjust(32, b"\0")))
    return int.from_bytes(place, "big")


def word_slot(question: int) -> int:
    return _WORDS + question


def tally_slots(question: int, word: int) -> range:
    """Slots of the tally words of a question whose storage word is `word`."""
    first = _TALLIES + 128 * question
    kind, options = word & 255, word >> 8 & 255
    if kind >= BallotKind.ORDINAL:
        return range(first, first + options // 2 + 1)
    return range(first, first + (options // 8 + 1 if options < _MANY_OPTIONS else _PLANES))


def outcome_slot(question: int) -> int:
    """The first of `OUTCOME_SLOTS`."""
    return mapped(_OUTCOMES, question)


def parameter_slot(name: str) -> int:
    """The value of a parameter; lower and upper bound and grade follow."""
    return mapped(0, name.encode("ascii").ljust(32, b"\0"))


def terms_slot(kind: int) -> int:
    return mapped(1, kind)


def count_slots(kind: SystemContract) -> tuple[int, ...]:
    """Slots with the number of what a contract holds."""
    return _COUNTS.get(kind, ())


def evidence_slots(number: int) -> tuple[int, int]:
    """Digest and word of a document."""
    return mapped(1, number), mapped(2, number)


def validator_slot(address: int) -> int:
    """Permissions: the key of a validator by its consensus address; its power and organisation follow."""
    return mapped(_VALIDATORS, address)


def balance_slot(currency: Hash32, account: Hash32) -> int:
    return mapped(1, currency, account)


def allocation_slots(kind: SystemContract, question: int) -> tuple[int, int, int]:
    """Selected, spent, final. Errors: KeyError for a contract that allocates nothing."""
    selected, spent, final = _ALLOCATIONS[kind]
    return mapped(selected, question), mapped(spent, question), mapped(final, question)


def payment_state_slot(number: int) -> int:
    return mapped(4, number) + 2
