"""`ortaq demo`: the shipped vote replayed, then the explorer to look at it."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, Quiet
from scripts.terminal.console import EXIT_DIFFERS, EXIT_DONE, Output

DIRECTORY = Path("demo-ledger")
VOTE = Path(__file__).resolve().parents[2] / "data" / "small-vote.pb"


def demo(
    serve: Annotated[bool, typer.Option(help="Serve the explorer afterwards, until Ctrl-C.")] = True,
    data: Annotated[Path, typer.Option(metavar="DIR", help="The demo's directory; made anew each time.")] = DIRECTORY,
    port: Annotated[int | None, typer.Option(help="HTTP port of the explorer.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Replay a small real vote end to end, then show the ledger in the browser.

    [bold]Examples[/bold]

      ortaq demo
      ortaq demo --no-serve --json
    """
    from scripts.replay.run import replay_file  # noqa: PLC0415  # the engine takes a second to import

    output = Output(as_json, quiet)
    _clear(data)
    report = replay_file(VOTE, data, output)
    output.result({**report.facts(), "data": str(data)}, report.result_table(), "", report.summary_table())
    if not report.holds:
        return EXIT_DIFFERS
    if serve:
        from scripts.running.serving import serve_folder  # noqa: PLC0415

        serve_folder(data, output, http_port=port)
    return EXIT_DONE


def _clear(data: Path) -> None:
    """Remove an earlier demo's ledger, and nothing that is not one."""
    from scripts.replay.ledger import NAME  # noqa: PLC0415

    if (data / NAME).exists():
        shutil.rmtree(data)
