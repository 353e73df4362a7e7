"""`ortaq replay`: a vote of the past, from founding to payment, on a ledger of its own."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ledger.errors import BadInputError
from scripts.commands.options import AsJson, Quiet
from scripts.terminal.console import EXIT_DIFFERS, EXIT_DONE, Output

ALL = "all"


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.pb", help="A Pabulib file.")],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The ledger's directory: new, or of a replay to go on with.")
    ] = None,
    receipts: Annotated[
        str, typer.Option(metavar="N|all", help="How many receipts to take and check, spread over the seats.")
    ] = "200",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Replay a real vote: found a ledger, admit the roll, cast every ballot by a key of its own, count, allocate, pay.

    The result comes from the chain, is counted a second time from the raw ballots, and is compared with the official
    figures in the file. Exit code 0 only if all that can be compared is equal. A run that was stopped goes on where it
    was when it is repeated with the same --data.

    [bold]Examples[/bold]

      ortaq replay vote.pb
      ortaq replay vote.pb --data ledgers/vote --receipts all
      ortaq replay vote.pb --json | jq .official
    """
    from scripts.replay.run import replay_file  # noqa: PLC0415  # the engine takes a second to import

    output = Output(as_json, quiet)
    count = _receipts(receipts)
    folder = data if data is not None else Path(tempfile.mkdtemp(prefix="ortaq-replay-")) / "ledger"
    if data is None:
        output.say(f"ledger in {folder}")
    report = replay_file(file, folder, output, count)
    output.result({**report.facts(), "data": str(folder)}, report.result_table(), "", report.summary_table())
    for difference in report.differences:
        output.say(
            f"[red]differs[/red] {difference.of} {difference.project} {difference.field}: "
            f"expected {difference.expected}, found {difference.found}"
        )
    return EXIT_DONE if report.holds else EXIT_DIFFERS


def _receipts(text: str) -> int | None:
    if text == ALL:
        return None
    if not text.isdecimal():
        raise BadInputError(f"--receipts: {text!r}, expected a number or 'all'")
    return int(text)
