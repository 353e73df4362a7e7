"""`ortaq keys`: key files, and what a ballot must decide to replace one."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerArgument, LedgerOption, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Make, list and show key files; prepare the ballot that replaces one.", rich_markup_mode="rich")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A role, or any name for a voter's key.")],
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to write it; else the ledger's keys, else here.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Write it without a passphrase, for trials.")] = False,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make a key and write its file; a file that exists is never written over.

    [bold]Examples[/bold]

      ortaq keys new "seat 17" --into my-keys
      ortaq keys new treasurer --into usb-stick --passphrase-file secret.txt
      ortaq keys new "seat 3" --into trial-keys --plain --json
    """
    from scripts.founding.keydesk import make_key  # noqa: PLC0415

    make_key(name, into, ledger, passphrase_file, plain, Output(as_json, quiet))


@app.command("list")
def list_(ledger: LedgerArgument = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """List the keys in a ledger's directory, with what each may do now.

    [bold]Example[/bold]

      ortaq keys list town
    """
    from scripts.founding.keydesk import list_ledger_keys  # noqa: PLC0415

    list_ledger_keys(ledger, Output(as_json, quiet))


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A key file.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show whose address a key file holds; with a passphrase also whether it opens. The key itself is never shown.

    [bold]Examples[/bold]

      ortaq keys show my-keys/seat-17.json
      ortaq keys show town/keys/treasurer.json --passphrase-file secret.txt
    """
    from scripts.founding.keydesk import show_key  # noqa: PLC0415

    show_key(file, passphrase_file, Output(as_json, quiet))


@app.command()
def rotate(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="sealer, or a duty such as treasurer.")],
    to: Annotated[str, typer.Option(metavar="0xADDRESS", help="Who shall hold it.")],
    ledger: LedgerOption = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Prepare what a ballot must decide so that somebody else holds a duty. No command can do it without a ballot.

    Prints each call with its calldata and effect hash, and the \\[effect] table for a question file of `ortaq vote
    open`. Handing over a duty takes two questions: appoint the new holder, dismiss the old one.

    [bold]Examples[/bold]

      ortaq keys rotate sealer --to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
      ortaq keys rotate treasurer --to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --json
    """
    from scripts.founding.keydesk import prepare_rotation  # noqa: PLC0415

    prepare_rotation(role, to, ledger, Output(as_json, quiet))
