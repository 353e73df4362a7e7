"""`ortaq engines`: the separately built engines that this machine has."""

from scripts.commands.options import AsJson, Quiet
from scripts.terminal.console import Output


def engines(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """List the engines that are built apart: where each is, its version, whether that one was tried, how to build it.

    None is needed for a ledger with one sequencer. Exit code 3 if one is missing or cannot be run.

    [bold]Examples[/bold]

      ortaq engines
      ortaq engines --json
    """
    from scripts.network.engines import list_engines  # noqa: PLC0415

    return list_engines(Output(as_json, quiet))
