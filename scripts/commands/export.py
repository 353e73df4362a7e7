"""`ortaq export`: what others check, or work with, without this ledger's node."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerArgument, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Write a whole ledger into a file that others can check.", rich_markup_mode="rich")


@app.callback()
def export() -> None:
    """Write a whole ledger into a file that others can check."""


@app.command()
def bundle(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it.")],
    ledger: LedgerArgument = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write an audit bundle: genesis, blocks, receipts, seals, proofs and evidence in one file, for `ortaq audit`.

    The bytes are the same whichever node they come from. Start a run that was killed once more, and it goes on where
    it ended.

    [bold]Examples[/bold]

      ortaq export bundle town -o town.bundle
      ortaq export bundle https://ledger.example.org -o town.bundle
    """
    from scripts.records.bundles import export_bundle_file  # noqa: PLC0415

    export_bundle_file(ledger, out, Output(as_json, quiet))
