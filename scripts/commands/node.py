"""`ortaq node`: run a node, and ask how one does."""

from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerArgument, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Run a node, and ask how it does.", rich_markup_mode="rich")


@app.command()
def start(
    ledger: LedgerArgument = None,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="HTTP port; 0 takes a free one.")] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Run the ledger's node: it makes and seals blocks, relays ballots, serves pages and API, until Ctrl-C or SIGTERM.

    Other commands on the same directory go through it. With --json the one object is printed as soon as it answers.

    [bold]Examples[/bold]

      ortaq node start town --passphrase-file secret.txt
      ortaq node start town --host 0.0.0.0 --port 80
    """
    from scripts.running.ledgers import ledger_directory  # noqa: PLC0415
    from scripts.running.serving import run_node  # noqa: PLC0415

    path = ledger_directory(ledger, "node start")
    return run_node(path, Output(as_json, quiet), http_host=host, http_port=port, passphrase_file=passphrase_file)


@app.command()
def status(ledger: LedgerArgument = None, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Say whether a node runs, and where its chain stands. Exit code 1 if its newest block has no good seal.

    [bold]Examples[/bold]

      ortaq node status town
      ortaq node status http://127.0.0.1:8545 --json
    """
    from scripts.running.status import show_status  # noqa: PLC0415

    return show_status(ledger, Output(as_json, quiet))
