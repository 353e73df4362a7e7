"""Options that mean the same in every command."""

from pathlib import Path
from typing import Annotated

import typer

LEDGER_VARIABLE = "ORTAQ_LEDGER"

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger", "-l", envvar=LEDGER_VARIABLE, metavar="LEDGER", help="A ledger's directory, or a node's URL."
    ),
]
LedgerArgument = Annotated[
    str | None,
    typer.Argument(envvar=LEDGER_VARIABLE, metavar="[LEDGER]", help="A ledger's directory, or a node's URL."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        envvar="ORTAQ_PASSPHRASE_FILE", metavar="FILE", help="A file whose first line opens the keys, or encrypts them."
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The key file to sign with, if not the one in the ledger's directory."),
]
Site = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the pages are, for the link and the QR; else the LEDGER's own address."),
]
QrFile = Annotated[Path | None, typer.Option("--qr", metavar="FILE", help="Write the QR code too, as .svg or .png.")]
