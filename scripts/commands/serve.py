"""`ortaq serve`: the explorer over a directory."""

from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerArgument, Quiet
from scripts.terminal.console import Output


def serve(
    ledger: LedgerArgument = None,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="HTTP port; 0 takes a free one.")] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Whose witness seals are shown: a watchdog's page, a node; several may be."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show a ledger's pages and API, read-only, beside a running node or without one.

    [bold]Examples[/bold]

      ortaq serve town
      ortaq serve town --port 8080
      ORTAQ_LEDGER=town ortaq serve --host 0.0.0.0
      ortaq serve town --witness https://watchdog.example.org --witness http://127.0.0.1:8600
    """
    from scripts.running.ledgers import ledger_directory  # noqa: PLC0415
    from scripts.running.serving import serve_folder  # noqa: PLC0415

    path = ledger_directory(ledger, "serve")
    asked = ",".join(witness) if witness else None
    return serve_folder(path, Output(as_json, quiet), http_host=host, http_port=port, witness=asked)
