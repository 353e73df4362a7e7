"""`ortaq verify`: judge a receipt by an anchor alone."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, Quiet
from scripts.terminal.console import Output


def verify(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="A receipt's file.")],
    anchor: Annotated[
        str | None, typer.Option(metavar="ANCHOR|FILE", help="The trust anchor that you noted down, or a file with it.")
    ] = None,
    no_clock: Annotated[
        bool, typer.Option("--no-clock", help="Trust the anchor however old it is; for simulated time, too.")
    ] = False,
    show_choice: Annotated[bool, typer.Option("--show-choice", help="Say what the ballot says, too.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Check a receipt, offline, asking nobody: is the ballot in the count?

    Says counted (final, or as of a block), replaced by a later ballot of the same seat, not in the count, or that it
    cannot be checked and why. Exit codes: 0 counted, 1 replaced or not in the count, 3 cannot be checked.

    [bold]Examples[/bold]

      ortaq verify receipt.json --anchor ortaq1afqab2k7...
      ortaq verify receipt.json --anchor anchor.txt --show-choice
    """
    from scripts.voting.verification import verify_receipt_file  # noqa: PLC0415

    return verify_receipt_file(receipt, anchor, show_choice, Output(as_json, quiet), is_timeless=no_clock)
