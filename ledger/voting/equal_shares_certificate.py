"""Certificates of equal shares: what lets a contract check the result in one pass over the voters (formats.md, 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger.errors import CheckFailedError
from ledger.voting.allocation import tie_key
from ledger.voting.equal_shares import (
    LEVEL_BITS,
    Election,
    EqualSharesError,
    Purses,
    Round,
    allocate_equal_shares,
    level_of,
    run_step,
)

ALL = 2**192 - 1
"""The cap of a line that asks for all that the supporters have."""
MAX_LINES = 1024
"""Lines that the contract takes."""
PLACE_BITS = 136
"""A rank is level << 136 | what decides ties."""


class BadCertificateError(CheckFailedError):
    """A certificate that the contract refuses."""

    type = "bad-certificate"


class Line(NamedTuple):
    """One step of every voter's walk, if she supports the option.

    Shape   a payment takes min(what she has, cap) from her; a probe only looks at it.
    Units   `cap` in grains.
    """

    option: int
    cap: int
    is_probe: bool

    @property
    def word(self) -> int:
        """The line as the contract takes it."""
        return self.cap << 16 | self.is_probe << 8 | self.option


@dataclass(frozen=True, slots=True)
class Certificate:
    """A claim that `step` fits the budget and the next one does not, with what proves it.

    Shape   `fits`: all rounds of the step; `exceeds`: the rounds of the next one, up to that which overspends.
    """

    step: int
    fits: tuple[Line, ...]
    exceeds: tuple[Line, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.fits + self.exceeds


def make_certificate(election: Election, step: int | None = None) -> Certificate:
    """Prove the result of add1, or that the step after a given one overspends.

    Errors  EqualSharesError if everything wanted fits, or the step is not the last before one that overspends.
    """
    if election.all_fit:
        raise EqualSharesError("certificate: all that is wanted fits the budget, expected that it does not")
    if step is None:
        step = allocate_equal_shares(election).step
        assert step is not None  # noqa: S101  # a step overspends, because not all fits
    amount = election.budget.amount
    fits, spent = _Prover(election, step).prove(run_step(election, step), complete=True)
    exceeds, overspent = _Prover(election, step + 1).prove(run_step(election, step + 1), complete=False)
    if spent > amount or overspent <= amount:
        raise EqualSharesError(
            f"step: {step} costs {spent} and the next {overspent}, expected at most {amount} and more", step=step
        )
    certificate = Certificate(step, tuple(fits), tuple(exceeds))
    if len(certificate.lines) > MAX_LINES:
        raise EqualSharesError(f"certificate: {len(certificate.lines)} lines, expected at most {MAX_LINES}")
    return certificate


def first_bound(count: int) -> int:
    """The least level that a project with so many supporters can have: if all of them pay the same."""
    return -(-(1 << LEVEL_BITS + 1) // count) // 2


def probe_cap(level: int, cost: int) -> int:
    """The highest payment whose level is below `level`, in grains."""
    return (2 * level - 1) * (cost << LEVEL_BITS - 1)


def bound_of(cap: int, cost: int) -> int:
    """The least level that a project can have whose supporters do not reach its cost with this cap."""
    return (cap // (cost << LEVEL_BITS - 1) + 1) // 2


class _Prover:
    """Writes the lines of one step: payments, and a probe wherever a bound no longer keeps a project out."""

    def __init__(self, election: Election, step: int) -> None:
        self._election = election
        self._purses = Purses(election, step)
        self._place = tie_key(election.costs, election.budget.ties)
        self._bounds = {c: self._rank(c, first_bound(election.counts[c])) for c in election.candidates}
        self._lines: list[Line] = []

    def _rank(self, option: int, level: int) -> int:
        return level << PLACE_BITS | self._place(option)

    def prove(self, rounds: Sequence[Round], *, complete: bool) -> tuple[list[Line], int]:
        """Give the lines and what the projects cost; up to the round that overspends, unless complete."""
        election, spent = self._election, 0
        for bought in rounds:
            cost = election.costs[bought.option]
            del self._bounds[bought.option]
            self._raise_bounds(self._rank(bought.option, level_of(bought.payment, cost)))
            self._lines.append(Line(bought.option, bought.payment, is_probe=False))
            self._purses.pay(bought)
            spent += cost
            if not complete and spent > election.budget.amount:
                return self._lines, spent
        for option in sorted(self._bounds):
            self._lines.append(Line(option, ALL, is_probe=True))
        return self._lines, spent

    def _raise_bounds(self, rank: int) -> None:
        """Probe every project whose bound is below the round that comes."""
        for option in [option for option, bound in self._bounds.items() if bound < rank]:
            payment = self._purses.price(option)
            if payment is None:
                self._lines.append(Line(option, ALL, is_probe=True))
                del self._bounds[option]
                continue
            cost = self._election.costs[option]
            level = level_of(payment, cost)
            self._lines.append(Line(option, probe_cap(level, cost), is_probe=True))
            self._bounds[option] = self._rank(option, level)
