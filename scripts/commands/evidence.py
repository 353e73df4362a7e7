"""`ortaq evidence`: documents behind decisions and payments."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, KeyOption, LedgerOption, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Keep documents by their CID, anchor them, check their bytes.", rich_markup_mode="rich")


@app.command()
def add(
    path: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="What to keep.")],
    purpose: Annotated[
        str, typer.Option(metavar="WORD", help="What it is for, at most 32 ASCII letters.")
    ] = "document",
    subject: Annotated[
        str | None, typer.Option(metavar="0xHASH", help="What it is about: 32 bytes, for example a vote's authority.")
    ] = None,
    role: Annotated[
        str, typer.Option("--as", metavar="DUTY", help="Whose key anchors it: anybody with a duty may.")
    ] = "treasurer",
    anchor: Annotated[bool, typer.Option(help="Anchor its CID on the ledger; else only keep it.")] = True,
    key: KeyOption = None,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Keep a file or a directory, and anchor its CID on the ledger. The CID is that of `ipfs add --cid-version=1`.

    [bold]Examples[/bold]

      ortaq evidence add invoice-17.pdf --purpose invoice --ledger town
      ortaq evidence add scans/ --purpose "paper ballots" --as "returning officer"
      ortaq evidence add draft.pdf --no-anchor
    """
    from scripts.records.documents import AddRequest, add_evidence  # noqa: PLC0415

    request = AddRequest(path, purpose, subject, role, anchor, key)
    add_evidence(request, ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def get(
    what: Annotated[str, typer.Argument(metavar="CID|NUMBER", help="Which document.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="PATH", help="Where to write it; else standard output.")
    ] = None,
    ledger: LedgerOption = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fetch a document; its bytes are checked against the CID on the way.

    [bold]Examples[/bold]

      ortaq evidence get 3 -o invoice.pdf --ledger town
      ortaq evidence get bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy > text
    """
    from scripts.records.documents import get_evidence  # noqa: PLC0415

    get_evidence(what, out, ledger, Output(as_json, quiet))


@app.command()
def check(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="One document; else all of them.")] = None,
    ledger: LedgerOption = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Check that what is kept is what was anchored. Exit code 1 for damaged bytes, 3 where bytes are missing here.

    [bold]Examples[/bold]

      ortaq evidence check --ledger town
      ortaq evidence check 3
    """
    from scripts.records.documents import check_evidence  # noqa: PLC0415

    return check_evidence(number, ledger, Output(as_json, quiet))
