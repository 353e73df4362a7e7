"""`ortaq roll`: members and seats."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, KeyOption, LedgerArgument, LedgerOption, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Import members and seats, and count them.", rich_markup_mode="rich")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.csv...", help="Members or seats, by the header.")],
    check: Annotated[bool, typer.Option("--check", help="Read and compare only; write nothing.")] = False,
    key: KeyOption = None,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Admit members and fill seats from CSV files; what the ledger has already is passed over, so repeating is safe.

    A file of members has the header `account,commitment` (28 bytes of a salted hash), a file of seats the header
    `seat_key`. Put seats into an order of their own: seats and members must never be linked. Nothing is written unless
    every line of every file is good.

    [bold]Examples[/bold]

      ortaq roll import members.csv seats.csv --ledger town
      ortaq roll import seats.csv --check
    """
    from scripts.people.registry import import_roll  # noqa: PLC0415

    import_roll(files, check, key, ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def show(ledger: LedgerArgument = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Count members and seats.

    [bold]Example[/bold]

      ortaq roll show town
    """
    from scripts.people.registry import show_roll  # noqa: PLC0415

    show_roll(ledger, Output(as_json, quiet))
