"""`ortaq node`: run a node, ask how one does, prepare one for a network."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, LedgerArgument, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Run a node, ask how it does, join a network.", rich_markup_mode="rich")


Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The node's directory.")]


@app.command()
def start(
    ledger: LedgerArgument = None,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="HTTP port; 0 takes a free one.")] = None,
    executor: Annotated[
        str | None, typer.Option(metavar="geth|pyevm", help="What executes blocks, on a member of a network.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Run the ledger's node: it makes and seals blocks, relays ballots, serves pages and API, until Ctrl-C or SIGTERM.

    Where validators decide on blocks, it takes part with CometBFT. Other commands on the same directory go through it.
    With --json the one object is printed as soon as it answers.

    [bold]Examples[/bold]

      ortaq node start town --passphrase-file secret.txt
      ortaq node start town --host 0.0.0.0 --port 80
      ortaq node start town --executor geth
    """
    from scripts.running.ledgers import ledger_directory  # noqa: PLC0415
    from scripts.running.serving import run_node  # noqa: PLC0415

    path = ledger_directory(ledger, "node start")
    flags = {"http_host": host, "http_port": port, "executor": executor, "passphrase_file": passphrase_file}
    return run_node(path, Output(as_json, quiet), **flags)


@app.command()
def keys(
    directory: Directory,
    organisation: Annotated[str, typer.Option(metavar="NAME", help="Whose node it is, in 32 bytes at most.")],
    endpoint: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where other members dial it.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make the keys of a member's node before there is a ledger, and print the line that others need of it.

    The keys never leave the directory. Run again, it prints the same line.

    [bold]Example[/bold]

      ortaq node keys town --organisation "Town hall" --endpoint node.town.example:26656
    """
    from scripts.network.words import make_node_keys  # noqa: PLC0415

    make_node_keys(directory, organisation, endpoint, Output(as_json, quiet))


@app.command()
def join(
    directory: Directory,
    genesis: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="genesis.json; founding.toml and founding.json stand beside it."),
    ] = None,
    anchor: Annotated[str | None, typer.Option(metavar="ANCHOR|FILE", help="The anchor, from elsewhere.")] = None,
    peers: Annotated[
        list[str] | None, typer.Option(metavar="NODE_ID@HOST:PORT", help="Members to dial first; several may be given.")
    ] = None,
    follow: Annotated[
        str | None, typer.Option(metavar="URL", help="Only follow this node's public feed; it needs no permission.")
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Begin with this snapshot instead of executing every block; it is checked."),
    ] = None,
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where to hear other members.")] = None,
    executor: Annotated[str | None, typer.Option(metavar="geth|pyevm", help="What executes blocks.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make the directory of a node that takes part in a network, a founder's or one that a ballot admits, or follows.

    The founding's files are checked against each other and against the anchor; a follower can have them from the feed.
    Started, the node executes every block again and checks who sealed it; with --snapshot, those after the snapshot's
    last. Keys that `ortaq node keys` made in the directory stay; else they are made now.

    [bold]Examples[/bold]

      ortaq node join town --anchor anchor.txt --genesis founding/genesis.json
      ortaq node join town --anchor anchor.txt --genesis founding/genesis.json --executor geth
      ortaq node join watcher --anchor anchor.txt --follow https://town.example
      ortaq node join watcher --anchor anchor.txt --follow https://town.example --snapshot town.snapshot
    """
    from scripts.network.joining import join as make_directory  # noqa: PLC0415

    given = {
        name: value
        for name, value in (("p2p_listen", listen), ("executor", executor), ("follow", follow))
        if value is not None
    }
    make_directory(directory, anchor, genesis, peers or [], Output(as_json, quiet), snapshot=snapshot, **given)


@app.command()
def snapshot(
    directory: Directory,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it.")],
    height: Annotated[int | None, typer.Option(metavar="N", help="Its last block, by default the newest.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write all blocks and the newest state into one file, with which `ortaq node join --snapshot` begins.

    A node may run on the directory meanwhile. Where geth is its executor, every block is executed once more, since geth
    gives no state away. Whoever gets the file believes none of it: seals are checked from their own anchor, and
    everything else against what is sealed.

    [bold]Examples[/bold]

      ortaq node snapshot town --out town.snapshot
      ortaq node snapshot town --out town.snapshot --height 120000
    """
    from scripts.network.snapshots import make_snapshot_file  # noqa: PLC0415

    make_snapshot_file(directory, out, height, Output(as_json, quiet))


@app.command()
def status(ledger: LedgerArgument = None, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Say whether a node runs, and where its chain stands. Exit code 1 if its newest block has no good seal.

    [bold]Examples[/bold]

      ortaq node status town
      ortaq node status http://127.0.0.1:8545 --json
    """
    from scripts.running.status import show_status  # noqa: PLC0415

    return show_status(ledger, Output(as_json, quiet))
