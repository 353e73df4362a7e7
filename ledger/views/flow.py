"""Where a fund's money comes from and where it goes, as sums between neighbours."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.primitives import Hash32, MinorUnits
from ledger.views.books import Books
from ledger.views.money import AppropriationView, FundView


@dataclass(frozen=True, slots=True)
class Flow:
    """A fund's money on its way, from left to right.

    Shape   `sources`: each with its sum; `payees`: (appropriation, payee, sum settled). What a fund received and is not
            in its appropriations is `fund.balance` and `fund.undivided`.
    Units   minor units.
    """

    fund: FundView
    sources: tuple[tuple[Hash32, MinorUnits], ...]
    appropriations: tuple[AppropriationView, ...]
    payees: tuple[tuple[int, Hash32, MinorUnits], ...]


def load_flow(books: Books, fund: FundView) -> Flow:
    """Sum up one fund, the greatest first."""
    sums: defaultdict[Hash32, int] = defaultdict(int)
    for income in books.incomes(fund.id):
        sums[income.source] += income.amount
    appropriations = sorted(books.appropriations(fund.id), key=lambda view: (-view.amount, view.number))
    return Flow(
        fund=fund,
        sources=tuple((source, MinorUnits(sums[source])) for source in sorted(sums, key=lambda s: (-sums[s], s))),
        appropriations=tuple(appropriations),
        payees=tuple(_payees(appropriations)),
    )


def _payees(appropriations: Sequence[AppropriationView]) -> list[tuple[int, Hash32, MinorUnits]]:
    return [(view.number, view.payee, view.paid) for view in appropriations if view.paid]
