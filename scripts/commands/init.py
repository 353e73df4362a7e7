"""`ortaq init`: found a ledger."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, PassphraseFile, Quiet
from scripts.terminal.console import Output


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory that is new or empty.")],
    constitution: Annotated[
        str,
        typer.Option(metavar="FILE.toml|NAME", help="The founding text: a file; town, cooperative, replay ship."),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=0xADDRESS", help="A key that somebody else holds; several may be given."),
    ] = None,
    validator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORG=KEY,NODE_ID@HOST:PORT", help="A validator, as its `ortaq node keys` prints it; several may be."
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Found a ledger: keys, genesis and settings in a new directory.

    Roles are registrar, relay, returning officer, treasurer, sealer, and as many as the text has of recovery1,
    recovery2, ... A key that --key does not name is made here, and encrypted; only a rehearsal's keys may lie in the
    open. Where --validator names some, they decide on blocks and there is no sealer. Move recovery keys to other places
    and hands. The anchor that is printed is what everybody checks against: publish it, compare its six words by voice.

    [bold]Examples[/bold]

      ortaq init town --constitution town
      ortaq init town --constitution our-town.toml --passphrase-file secret.txt
      ortaq init coop --constitution cooperative --key "treasurer=0x5aAe...eAed"
      ortaq init trial --constitution replay
    """
    from scripts.founding.inception import begin  # noqa: PLC0415  # the engine takes a second to import

    begin(directory, constitution, key or [], validator or [], passphrase_file, Output(as_json, quiet))
