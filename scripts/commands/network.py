"""`ortaq network`: a trial network of validators on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Run a trial network of validators on this machine.", rich_markup_mode="rich")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The network's directory.")]


@app.command()
def up(
    directory: Directory,
    validators: Annotated[
        int | None, typer.Option(metavar="N", help="How many found it, if it is new; else 4.")
    ] = None,
    engines: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Executors by member, such as geth,geth,pyevm,geth; one name for all."),
    ] = None,
    constitution: Annotated[
        str, typer.Option(metavar="FILE.toml|NAME", help="The founding text of a rehearsal.")
    ] = "replay",
    detach: Annotated[bool, typer.Option("--detach", help="Return once every member takes part.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Found a network in a new directory, or go on with one, and run its members until Ctrl-C.

    Each member is a directory of its own, validator1 to validatorN, each an organisation with its own keys; validator1
    holds the keys of the duties besides. All commands work on a member's directory. It needs CometBFT, and geth where
    it executes: `ortaq engines`. Only rehearsals run like this: one program makes all keys.

    [bold]Examples[/bold]

      ortaq network up trial-net --validators 4 --engines geth,geth,pyevm,geth
      ortaq network up trial-net --detach --json
    """
    from scripts.network.control import bring_up  # noqa: PLC0415

    return bring_up(directory, validators, engines, constitution, detach, Output(as_json, quiet))


@app.command()
def down(directory: Directory, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Stop a network's members in order, and whatever a killed one left behind.

    [bold]Example[/bold]

      ortaq network down trial-net
    """
    from scripts.network.control import bring_down  # noqa: PLC0415

    return bring_down(directory, Output(as_json, quiet))


@app.command()
def status(directory: Directory, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Say how each member does: height, round, peers, mempool, executor, blocks behind. Exit code 3 if none answers.

    [bold]Examples[/bold]

      ortaq network status trial-net
      ortaq network status trial-net --json
    """
    from scripts.network.control import show_status  # noqa: PLC0415

    return show_status(directory, Output(as_json, quiet))
