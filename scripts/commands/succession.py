"""`ortaq succession`: another sequencer in the place of one that is lost."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerOption, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(
    help="Put another sequencer in the place of one that is lost, by recovery keys.", rich_markup_mode="rich"
)
LedgerDirectory = Annotated[str, typer.Argument(metavar="LEDGER", help="The ledger's directory; no node runs on it.")]


@app.command()
def propose(
    ledger: LedgerDirectory,
    sequencer: Annotated[str, typer.Option(metavar="0xADDRESS", help="Who shall seal from then on.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write, for signing.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Build the block that makes somebody else the sequencer, for recovery keys to sign. Nothing is decided by it.

    Possible once no block has been made for the silence that the founding text states. It follows the newest block; if
    another one is made meanwhile, the file is void. Whoever has the ledger can build the same block from the file.

    [bold]Example[/bold]

      ortaq succession propose town --sequencer 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --out succession.json
    """
    from scripts.founding.succession import propose_succession  # noqa: PLC0415

    propose_succession(ledger, sequencer, out, Output(as_json, quiet))


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that was proposed; the signature is added.")],
    key: Annotated[Path, typer.Option(metavar="KEYFILE", help="The file of a recovery key.")],
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Sign a succession with a recovery key, and show what is signed. With a ledger, its block is made anew first.

    Copies of the file may be signed apart, by different people in different places.

    [bold]Examples[/bold]

      ortaq succession sign succession.json --key recovery1.json
      ortaq succession sign succession.json --key recovery2.json --ledger town
    """
    from scripts.founding.succession import sign_file  # noqa: PLC0415

    sign_file(file, key, ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def complete(
    ledger: LedgerDirectory,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The signed file, or its signed copies.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the block with its signatures to the ledger: from then on only the new sequencer's key seals.

    Needs as many signatures as the founding text states; on any error nothing is written. If the machine stopped in
    between, the same command once more completes it. Prints the new anchor.

    [bold]Examples[/bold]

      ortaq succession complete town succession.json
      ortaq succession complete town signed-by-ada.json signed-by-bo.json
    """
    from scripts.founding.succession import complete_succession  # noqa: PLC0415

    complete_succession(ledger, files, Output(as_json, quiet))
