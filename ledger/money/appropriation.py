"""Appropriations: what a passed question took from a fund, and for whom."""

from dataclasses import dataclass, field

from ledger.primitives import ZERO_HASH, Hash32
from ledger.voting.question import EffectKind

MAX_WINNERS_A_CALL = 100
"""Appropriations that one call makes; more winners wait for the next call."""


@dataclass(frozen=True, slots=True)
class PassedQuestion:
    """What the treasury asks about the question whose effect it is.

    Shape   `authority`: `numbered_key` of Ballots and the question's id. `options`, `budget`: hashes in the question.
            `selected`: the winners as a mask (bit i: option i + 1), None while the allocation is not final.
    """

    authority: Hash32
    effect_kind: EffectKind = EffectKind.BUDGET
    options: Hash32 = ZERO_HASH
    budget: Hash32 = ZERO_HASH
    selected: int | None = None


@dataclass(slots=True)
class Decision:
    """What a question took. `pending`: indexes of winners that have no appropriation yet, ascending."""

    fund: Hash32
    options: Hash32 = ZERO_HASH
    pending: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Appropriation:
    """What the ballot fixed. The rest is the account's balance in the journal. Units: `amount` in minor units."""

    number: int
    label: Hash32
    authority: Hash32
    fund: Hash32
    payee: Hash32
    amount: int
