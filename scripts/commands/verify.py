"""`ortaq verify`: judge a receipt by an anchor alone."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import LEDGER_VARIABLE, AsJson, PassphraseFile, Quiet
from scripts.terminal.console import Output


def verify(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT|CODE", help="A receipt's file, or a ballot's code.")],
    anchor: Annotated[
        str | None, typer.Option(metavar="ANCHOR|FILE", help="The trust anchor that you noted down, or a file with it.")
    ] = None,
    no_clock: Annotated[
        bool, typer.Option("--no-clock", help="Trust the anchor however old it is; for simulated time, too.")
    ] = False,
    trust_witness: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A witness whom you trust besides the anchor's; more than once."),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            "--ledger", "-l", envvar=LEDGER_VARIABLE, metavar="LEDGER", help="Where to take the proof of a CODE from."
        ),
    ] = None,
    show_choice: Annotated[bool, typer.Option("--show-choice", help="Say what the ballot says, too.")] = False,
    report: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Say there, signed, that you checked: all learn that your seat looked."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="The key file of your seat, for --report.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Check a receipt, offline, asking nobody: is the ballot in the count? Of a code, the proof is fetched first.

    Says counted (final, or as of a block), replaced by a later ballot of the same seat, not in the count, or that it
    cannot be checked and why. Exit codes: 0 counted, 1 replaced or not in the count, 2 no receipt, 3 cannot be checked.

    A witness whom you trust, and who vouches for another block than the receipt's, makes it uncheckable: two histories.

    With --report a counted ballot is also reported as checked, once for each seat, to a server that publishes what was
    signed beside its number of such reports; it learns your network address. Exit code 3 if it was not taken.

    [bold]Examples[/bold]

      ortaq verify receipt.json --anchor ortaq1afqab2k7...
      ortaq verify receipt.json --anchor anchor.txt --show-choice
      ortaq verify zebra-7K2M-QX4T-9DWA-3HNC -l https://ledger.example --anchor anchor.txt
      ortaq verify receipt.json --anchor anchor.txt --report https://ledger.example --key seat-17.json
    """
    from scripts.voting.checking import read_report  # noqa: PLC0415
    from scripts.voting.verification import ReaderWords, is_code, verify_code, verify_receipt_file  # noqa: PLC0415

    output, reader = Output(as_json, quiet), ReaderWords(anchor, trust_witness or [], no_clock)
    wanted = read_report(report, key, passphrase_file)
    if is_code(receipt):
        return verify_code(receipt, ledger, reader, show_choice, output, wanted)
    return verify_receipt_file(Path(receipt), reader, show_choice, output, wanted)
