"""`ortaq trace`: the way of the money."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerOption, Quiet
from scripts.terminal.console import Output


def trace(
    kind: Annotated[str, typer.Argument(metavar="payment|payee|fund|evidence|ballot", help="What the name is of.")],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A number, a payee's or fund's name, or a ballot's code.")
    ],
    ledger: LedgerOption = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a picture instead.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Follow the money both ways: from income to fund, vote, appropriation, payment, payee, with every document.

    [bold]Examples[/bold]

      ortaq trace payment 3 --ledger town
      ortaq trace fund "participatory budget" -l https://ledger.example.org --svg fund.svg
      ortaq trace ballot zebra-7K2M-QX4T-9DWA-3HNC --json
    """
    from scripts.auditing.trace import trace_money  # noqa: PLC0415

    trace_money(kind, name, ledger, svg, Output(as_json, quiet))
