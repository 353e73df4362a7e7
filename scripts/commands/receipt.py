"""`ortaq receipt`: proofs of where a ballot stands."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.errors import BadInputError
from scripts.commands.options import LEDGER_VARIABLE, AsJson, QrFile, Quiet, Site
from scripts.terminal.console import Output

app = typer.Typer(help="Make receipts, and pages that check them.", rich_markup_mode="rich")


@app.callback()
def receipt() -> None:
    """Make receipts, and pages that check them."""


@app.command()
def make(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[LEDGER] [CODE]", help="A ledger; a ballot's code.")
    ] = None,
    ledger: Annotated[
        str | None, typer.Option("--ledger", "-l", envvar=LEDGER_VARIABLE, metavar="LEDGER", help="The same, by name.")
    ] = None,
    seat: Annotated[int | None, typer.Option(metavar="N", min=0, help="The seat, with --question.")] = None,
    question: Annotated[int | None, typer.Option(metavar="ID", min=1, help="The vote, with --seat.")] = None,
    ballot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A ballot file; proves also that it is not in the count.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; else receipt-CODE.json.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A watchdog's or a node's feed, asked for witness seals; more than once."),
    ] = None,
    site: Site = None,
    qr: QrFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Prove where a ballot stands, against the newest sealed block. The file says how she voted: it is the voter's own.

    [bold]Examples[/bold]

      ortaq receipt make town zebra-7K2M-QX4T-9DWA-3HNC
      ortaq receipt make town --seat 17 --question 3 -o mine.json
      ortaq receipt make https://ledger.example zebra-7K2M-QX4T-9DWA-3HNC --qr code.svg
      ortaq receipt make town zebra-7K2M-QX4T-9DWA-3HNC --witness https://watchdog.example
      ortaq receipt make --ledger town --ballot ballot-zebra-7K2M-QX4T-9DWA-3HNC.json
    """
    from scripts.voting.receipts import ReceiptRequest, make_receipt_file  # noqa: PLC0415
    from scripts.voting.slip import SlipRequest  # noqa: PLC0415

    named, code = _split(words or [], seat is not None or ballot is not None)
    request = ReceiptRequest(code, seat, question, ballot)
    make_receipt_file(request, out, named or ledger, SlipRequest(site, qr), Output(as_json, quiet), witness or [])


@app.command()
def page(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="A receipt's file.")],
    anchor: Annotated[
        str | None, typer.Option(metavar="ANCHOR|FILE", help="The anchor that you noted down, to fill it in as well.")
    ] = None,
    trust_witness: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A witness whom you trust besides the anchor's; more than once."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; else receipt-CODE.html.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write one HTML file that checks the receipt by itself, with the receipt inside: it needs no network, no server.

    [bold]Examples[/bold]

      ortaq receipt page receipt.json --out my-receipt.html
      ortaq receipt page receipt.json --anchor anchor.txt --trust-witness 0xdA29...
    """
    from scripts.terminal.anchors import read_anchor_word  # noqa: PLC0415
    from scripts.voting.receipts import make_page_file  # noqa: PLC0415

    make_page_file(receipt, out, read_anchor_word(anchor), trust_witness or [], Output(as_json, quiet))


def _split(words: list[str], is_named: bool) -> tuple[str | None, str | None]:
    """LEDGER and CODE: one word alone is the code, unless options name the ballot already."""
    if len(words) > 2 or (is_named and len(words) > 1):
        raise BadInputError(f"receipt make: {len(words)} words, expected LEDGER and the ballot's CODE or its options")
    if is_named:
        return (words[0] if words else None), None
    if len(words) == 1:
        return None, words[0]
    return (words[0], words[1]) if words else (None, None)
