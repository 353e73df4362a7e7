"""The numbers that the ledger is governed by: what contracts/access/Constitution.vy does, stated once more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ledger.access.authority import Effect, validate_effect
from ledger.errors import BadInputError
from ledger.founding.constitution import PARAMETERS
from ledger.voting.question import EffectKind, Fraction, Terms

_UINT40 = 2**40 - 1


class ParameterError(BadInputError):
    """A parameter that is unknown, missing, or outside of its bounds."""

    type = "parameter"


class TermsError(BadInputError):
    """Terms that contradict themselves."""

    type = "terms"


@dataclass(frozen=True, slots=True)
class Bounded:
    """A parameter's value, within what a ballot may set it to."""

    value: int
    lower: int
    upper: int
    entrenched: bool

    def __post_init__(self) -> None:
        if not self.lower <= self.value <= self.upper:
            raise ParameterError(f"parameter: {self.value}, expected within [{self.lower}, {self.upper}]")


@dataclass(frozen=True, slots=True)
class EffectTerms:
    """On what terms a question of one kind of effect is put and passes.

    Units   `window_min`, `window_max`: seconds.
    Errors  TermsError if they contradict themselves.
    """

    window_min: int
    window_max: int
    terms: Terms

    def __post_init__(self) -> None:
        if not 0 < self.window_min <= self.window_max <= _UINT40:
            raise TermsError(f"terms: window from {self.window_min} to {self.window_max} s, expected 0 < from <= to")
        if not 0 <= self.terms.waiting <= _UINT40:
            raise TermsError(f"terms: waiting {self.terms.waiting} s, expected 0 to {_UINT40}")
        share = self.terms.majority
        twice, whole = 2 * share.numerator, share.denominator
        if twice < whole or (twice == whole and not self.terms.majority_strict):
            raise TermsError(f"terms: majority {share.numerator}/{whole}, expected above 1/2, or 1/2 and strict")
        if share.numerator == whole and self.terms.majority_strict:
            raise TermsError("terms: majority of more than all, expected one that can be reached")

    @property
    def row(self) -> tuple[int, int, int, int, int, int, int, bool]:
        """The values of the contract's `Terms`."""
        quorum, majority = self.terms.quorum, self.terms.majority
        return (
            self.window_min,
            self.window_max,
            self.terms.waiting,
            quorum.numerator,
            quorum.denominator,
            majority.numerator,
            majority.denominator,
            self.terms.majority_strict,
        )

    @classmethod
    def from_row(cls, row: tuple[int, int, int, int, int, int, int, bool]) -> "EffectTerms":
        """Read the contract's `Terms`."""
        shortest, longest, waiting, *fractions, strict = row
        quorum, majority = Fraction(*fractions[:2]), Fraction(*fractions[2:])
        return cls(shortest, longest, Terms(quorum, majority, bool(strict), waiting))


class Constitution:
    """Parameters by name, terms by kind of effect.

    Errors  AuthorityError, ParameterError, TermsError; what is refused changes nothing.
    """

    def __init__(self, parameters: Mapping[str, Bounded], terms: Mapping[int, EffectTerms]) -> None:
        if set(parameters) != set(PARAMETERS):
            raise ParameterError(f"parameters: {', '.join(sorted(parameters))}, expected {', '.join(PARAMETERS)}")
        if parameters["opening.signatures"].lower < 1:
            raise ParameterError("opening.signatures: lower bound 0, expected at least 1")
        if set(terms) != set(EffectKind):
            raise TermsError(f"terms: for kinds {sorted(terms)}, expected {sorted(EffectKind)}")
        self.parameters = dict(parameters)
        self.terms = dict(terms)

    def set(self, effect: Effect | None, name: str, value: int) -> None:
        """Change a parameter; an entrenched one only by an entrenched ballot."""
        if name not in self.parameters:
            raise ParameterError(f"parameter: found {name!r}, expected one of {', '.join(PARAMETERS)}")
        ordinary = () if self.parameters[name].entrenched else (EffectKind.PARAMETER,)
        validate_effect(effect, EffectKind.ENTRENCHED, *ordinary)
        self.parameters[name] = replace(self.parameters[name], value=value)

    def set_terms(self, effect: Effect | None, kind: int, terms: EffectTerms) -> None:
        """Change the terms of a kind of effect, or give terms to a new kind."""
        validate_effect(effect, EffectKind.ENTRENCHED)
        self.terms[kind] = terms
