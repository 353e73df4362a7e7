"""`ortaq ballot`: a citizen's own ballots."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerOption, PassphraseFile, QrFile, Quiet, Site
from scripts.terminal.console import Output

app = typer.Typer(help="Make, send and cast ballots.", rich_markup_mode="rich")

Vote = Annotated[int, typer.Option("--question", metavar="ID", min=1, help="Number of the vote.")]
Seat = Annotated[int, typer.Option(metavar="N", min=0, help="Your seat on the roll.")]
SeatKey = Annotated[Path, typer.Option("--key", metavar="FILE", help="The key file of your seat.")]
Choice = Annotated[
    str, typer.Option(metavar="CHOICE", help="Ids or numbers, with points where there are some; or blank.")
]
Sequence = Annotated[
    int | None, typer.Option(metavar="N", min=1, max=255, help="Your ballot's number, if not the next one.")
]
ReceiptOut = Annotated[
    Path | None, typer.Option("--receipt", metavar="FILE", help="Where to write the receipt; else receipt-CODE.json.")
]


@app.command()
def make(
    question: Vote,
    seat: Seat,
    key: SeatKey,
    choice: Choice,
    sequence: Sequence = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; else ballot-CODE.json.")
    ] = None,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Sign a ballot and write it to a file, which anyone may carry to any relay. Nothing is sent.

    [bold]Examples[/bold]

      ortaq ballot make --question 3 --seat 17 --key seat-17.json --choice yes --ledger https://ledger.example
      ortaq ballot make --question 4 --seat 17 --key seat-17.json --choice "park,bus" -o mine.json
      ortaq ballot make --question 5 --seat 17 --key seat-17.json --choice "park=7,bus=3"
    """
    from scripts.voting.ballots import BallotRequest, make_ballot_file  # noqa: PLC0415

    request = BallotRequest(question, seat, key, choice, sequence)
    make_ballot_file(request, out, ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def send(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A ballot file.")],
    receipt: ReceiptOut = None,
    site: Site = None,
    qr: QrFile = None,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Carry a signed ballot to the ledger; sending it twice does no harm. Ends when it stands in a sealed block.

    To a directory it goes in a transaction of its own, from a key used once, To a URL it goes through the node's
    relay. Either way its receipt is written; exit code 3 if there is only a promise yet, which is kept in a file.

    [bold]Examples[/bold]

      ortaq ballot send ballot-zebra-7K2M-QX4T-9DWA-3HNC.json --ledger https://ledger.example
      ortaq ballot send mine.json --ledger town --receipt receipt.json
    """
    from scripts.voting.ballots import Leaving, send_ballot_file  # noqa: PLC0415
    from scripts.voting.slip import SlipRequest  # noqa: PLC0415

    leaving = Leaving(receipt, SlipRequest(site, qr))
    return send_ballot_file(file, leaving, ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def cast(
    question: Vote,
    seat: Seat,
    key: SeatKey,
    choice: Choice,
    sequence: Sequence = None,
    receipt: ReceiptOut = None,
    site: Site = None,
    qr: QrFile = None,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Make a ballot and send it. A later one replaces it until the vote ends.

    [bold]Examples[/bold]

      ortaq ballot cast --question 3 --seat 17 --key seat-17.json --choice yes --ledger town
      ortaq ballot cast --question 4 --seat 17 --key seat-17.json --choice blank --ledger https://ledger.example
    """
    from scripts.voting.ballots import BallotRequest, Leaving, cast_ballot  # noqa: PLC0415
    from scripts.voting.slip import SlipRequest  # noqa: PLC0415

    request = BallotRequest(question, seat, key, choice, sequence)
    leaving = Leaving(receipt, SlipRequest(site, qr))
    return cast_ballot(request, leaving, ledger, passphrase_file, Output(as_json, quiet))
