"""The check of a certificate, as EqualShares.vy makes it: its plan first, then its sums over the voters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode as abi_encode

from ledger.primitives import Hash32, keccak256
from ledger.voting.allocation import tie_key
from ledger.voting.equal_shares import GRAIN_BITS, Election, level_of
from ledger.voting.equal_shares_certificate import (
    ALL,
    PLACE_BITS,
    BadCertificateError,
    Certificate,
    Line,
    bound_of,
    first_bound,
)

COUNT_BITS = 32
"""A sum is grains << 32 | how many voters have at least the line's cap."""
PROGRAM_TYPE = f"({'uint256,' * 9}uint256[],uint256[])"


@dataclass(frozen=True, slots=True)
class Program:
    """A certificate with all that its check needs.

    Shape   `form`: the question's storage word, times included; `selected`: winners as a mask.
    Units   shares in grains; `spent` and `costs` in minor units.
    """

    question: int
    form: int
    certificate: Certificate
    turnout: int
    fits_share: int
    exceeds_share: int
    selected: int
    spent: int
    costs: tuple[int, ...]

    @property
    def row(self) -> tuple[int | list[int], ...]:
        """The program as the contract takes it."""
        return (
            self.question,
            self.form,
            self.turnout,
            self.certificate.step,
            len(self.certificate.fits),
            self.fits_share,
            self.exceeds_share,
            self.selected,
            self.spent,
            list(self.costs),
            [line.word for line in self.certificate.lines],
        )

    @property
    def hash(self) -> Hash32:
        """Its name on the chain."""
        return keccak256(abi_encode([PROGRAM_TYPE], [self.row]))


def make_program(election: Election, certificate: Certificate, question: int, form_word: int) -> Program:
    """Check the plan of a certificate and give what its check over the voters needs.

    Errors  BadCertificateError.
    """
    selected, spent = validate_plan(election, certificate)
    return Program(
        question,
        form_word,
        certificate,
        election.turnout,
        election.share(certificate.step),
        election.share(certificate.step + 1),
        selected,
        spent,
        election.costs,
    )


def validate_plan(election: Election, certificate: Certificate) -> tuple[int, int]:
    """Check all of a certificate that needs no ballots: order, bounds, and what the projects cost.

    Shape   the winners as a mask and what they cost, in minor units.
    Errors  BadCertificateError says what is wrong.
    """
    amount = election.budget.amount
    bought, spent = _read_step(election, certificate.fits, is_complete=True)
    if spent > amount:
        raise BadCertificateError(f"step {certificate.step}: costs {spent}, expected at most {amount}")
    _, overspent = _read_step(election, certificate.exceeds, is_complete=False)
    if overspent <= amount:
        raise BadCertificateError(f"step {certificate.step + 1}: costs {overspent}, expected more than {amount}")
    return bought | sum(1 << option for option in election.free), spent


def _read_step(election: Election, lines: Sequence[Line], *, is_complete: bool) -> tuple[int, int]:
    """Check the lines of one step; give what they buy and what it costs."""
    place = tie_key(election.costs, election.budget.ties)
    bounds = {c: first_bound(election.counts[c]) << PLACE_BITS | place(c) for c in election.candidates}
    rank = bought = spent = 0
    for line in lines:
        option, cap = line.option, line.cap
        if option not in bounds:
            raise BadCertificateError(f"option {option}: has a line, but is no open project")
        if not 0 <= cap <= ALL:
            raise BadCertificateError(f"cap: {cap}, expected 0 to {ALL}")
        _check_bound(option, bounds[option], rank)
        cost = election.costs[option]
        if line.is_probe and cap == ALL:
            del bounds[option]
        elif line.is_probe:
            bounds[option] = max(bounds[option], bound_of(cap, cost) << PLACE_BITS | place(option))
        else:
            own = level_of(cap, cost) << PLACE_BITS | place(option)
            if own <= rank:
                raise BadCertificateError(f"option {option}: is bought out of order")
            rank, bought, spent = own, bought | 1 << option, spent + cost
            del bounds[option]
    if is_complete and bounds:
        raise BadCertificateError(f"option {min(bounds)}: is open at the end, expected that nobody can pay it")
    for option, bound in bounds.items():
        _check_bound(option, bound, rank)
    return bought, spent


def _check_bound(option: int, bound: int, rank: int) -> None:
    if bound <= rank:
        raise BadCertificateError(f"option {option}: is not shown to come later than a round, expected a probe")


def add_voters(program: Program, sums: Sequence[int], masks: Iterable[int]) -> list[int]:
    """Take voters through the lines and add what they pay to the sums, one for each line."""
    after = list(sums)
    split = len(program.certificate.fits)
    for mask in masks:
        left = program.fits_share
        for i, line in enumerate(program.certificate.lines):
            if i == split:
                left = program.exceeds_share
            if mask >> line.option & 1:
                amount = min(left, line.cap)
                after[i] += amount << COUNT_BITS | (left >= line.cap)
                left -= 0 if line.is_probe else amount
    return after


def failing_line(program: Program, sums: Sequence[int]) -> int | None:
    """The index of the first line whose sum over all voters is wrong; None if all are right.

    Shape   a payment is right if it is the least that reaches the cost, a probe if it does not reach it.
    """
    for i, (line, total) in enumerate(zip(program.certificate.lines, sums, strict=True)):
        cost = program.costs[line.option] << GRAIN_BITS
        collected, reached = total >> COUNT_BITS, total % (1 << COUNT_BITS)
        is_right = collected < cost if line.is_probe else collected - reached < cost <= collected
        if not is_right:
            return i
    return None


def validate_certificate(election: Election, certificate: Certificate) -> tuple[int, int]:
    """Check a certificate over all ballots.

    Shape   the winners as a mask and what they cost, in minor units.
    Errors  BadCertificateError.
    """
    program = make_program(election, certificate, 0, 0)
    masks = [mask for mask, size in election.groups for _ in range(size)]
    line = failing_line(program, add_voters(program, [0] * len(certificate.lines), masks))
    if line is not None:
        raise BadCertificateError(f"line {line}: the voters' money says otherwise", line=line)
    return program.selected, program.spent
