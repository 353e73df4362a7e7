"""Every way to change a certificate of the vote of Assen, by name."""

from collections.abc import Callable
from dataclasses import replace

from ledger.voting.equal_shares_certificate import ALL, Certificate, Line


def _change(lines: tuple[Line, ...], index: int, **values: int) -> tuple[Line, ...]:
    return (*lines[:index], lines[index]._replace(**values), *lines[index + 1 :])


def _first_probe(lines: tuple[Line, ...]) -> int:
    """The first line that bounds a project's level."""
    return next(i for i, line in enumerate(lines) if line.is_probe and line.cap < ALL)


TAMPERED: dict[str, Callable[[Certificate], Certificate]] = {
    "rho a grain too high": lambda c: replace(c, fits=_change(c.fits, 0, cap=c.fits[0].cap + 1)),
    "rho a grain too low": lambda c: replace(c, fits=_change(c.fits, 0, cap=c.fits[0].cap - 1)),
    "last rho a grain too high": lambda c: replace(
        c, exceeds=_change(c.exceeds, len(c.exceeds) - 1, cap=c.exceeds[-1].cap + 1)
    ),
    "no payment at all": lambda c: replace(c, fits=_change(c.fits, 0, cap=0)),
    "two rounds exchanged": lambda c: replace(c, fits=(c.fits[1], c.fits[0], *c.fits[2:])),
    "round left out": lambda c: replace(c, fits=c.fits[1:]),
    "last round left out": lambda c: replace(c, fits=c.fits[:-1]),
    "project skipped as unpayable": lambda c: replace(c, fits=(Line(0, ALL, is_probe=True), *c.fits[1:])),
    "bound raised": lambda c: replace(
        c, exceeds=_change(c.exceeds, _first_probe(c.exceeds), cap=c.exceeds[_first_probe(c.exceeds)].cap * 2)
    ),
    "probe left out": lambda c: replace(
        c, exceeds=(*c.exceeds[: _first_probe(c.exceeds)], *c.exceeds[_first_probe(c.exceeds) + 1 :])
    ),
    "project bought twice": lambda c: replace(c, fits=(*c.fits, c.fits[-1])),
    "project bought for another": lambda c: replace(c, fits=_change(c.fits, 0, option=1)),
    "step one too low": lambda c: replace(c, step=c.step - 1),
    "step one too high": lambda c: replace(c, step=c.step + 1),
    "next step does not overspend": lambda c: replace(c, exceeds=c.exceeds[:-1]),
    "steps exchanged": lambda c: Certificate(c.step, c.exceeds, c.fits),
    "nothing shown": lambda c: Certificate(c.step, (), ()),
    "option that is not there": lambda c: replace(c, fits=(Line(14, 5, is_probe=False), *c.fits)),
}
