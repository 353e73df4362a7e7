"""`ortaq watch`: an independent node that re-executes every block and says aloud what is wrong."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.errors import BadInputError
from ledger.proofs.anchor import Anchor
from scripts.commands.options import AsJson, PassphraseFile, Quiet
from scripts.terminal.console import Output

CHECK = "check"
Executors = Annotated[
    list[str] | None, typer.Option(metavar="pyevm|geth", help="Who executes; give it twice to compare two.")
]
Reports = Annotated[
    list[str] | None,
    typer.Option(metavar="PURPOSE=DAYS", help="A document of this purpose is due so often; more than once."),
]


def watch(
    words: Annotated[
        list[str], typer.Argument(metavar="PEER... | check FILE", help="URLs of nodes to follow; or evidence to check.")
    ],
    anchor: Annotated[
        str | None, typer.Option(metavar="ANCHOR|FILE", help="The trust anchor that you noted down, or a file with it.")
    ] = None,
    executor: Executors = None,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where the watchdog keeps its own.")] = Path(
        "watch"
    ),
    webhook: Annotated[
        str | None, typer.Option(envvar="ORTAQ_WEBHOOK", metavar="URL", help="Each alarm is posted there as JSON.")
    ] = None,
    page: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Serve a page, metrics and witness seals.")
    ] = None,
    metrics: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Serve metrics for Prometheus alone.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Bring witness seals to the peers, which serve them if they know you.")
    ] = False,
    report: Reports = None,
    once: Annotated[bool, typer.Option("--once", help="Check everything once, and stop.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Follow nodes without being asked: take their blocks, execute each again, compare, and raise alarms.

    Needs nobody's permission. What it vouched for stays in DIR; a node that later shows another history is found out.
    It signs what it vouched for with a key of its own. Under --json each alarm is an object on a line.
    Exit codes with --once: 0 all is well, 1 it is not, 3 no peer could be asked, or there is no anchor.

    [bold]Examples[/bold]

      ortaq watch --anchor anchor.txt https://ledger.example.org https://mirror.example.net
      ortaq watch --anchor anchor.txt --page 8600 --webhook https://alarm.example.org/x http://127.0.0.1:8545
      ortaq watch --anchor anchor.txt --report "reserve report=183" https://ledger.example.org
      ortaq watch --anchor anchor.txt --once --json http://127.0.0.1:8545
      ortaq watch check watch/misconduct/17-equivocation-9f2c.json --anchor anchor.txt
    """
    from node.watchdog.reports import parse_report_rule  # noqa: PLC0415
    from scripts.watching.running import Outlets, run_watch  # noqa: PLC0415
    from scripts.watching.watch import WatchOptions  # noqa: PLC0415

    output = Output(as_json, quiet)
    if words[0] == CHECK:
        return _check(words[1:], anchor, output)
    trusted, executors = _require_anchor(anchor), tuple(executor or ["pyevm"])
    reports, passphrase = tuple(map(parse_report_rule, report or ())), _passphrase(passphrase_file)
    options = WatchOptions(
        trusted, tuple(words), folder, executors, publishes=publish, reports=reports, passphrase=passphrase
    )
    return run_watch(options, Outlets(webhook, page, metrics), output, is_once=once)


def _check(words: list[str], anchor: str | None, output: Output) -> int:
    """Judge evidence that a watchdog saved."""
    from scripts.terminal.anchors import read_anchor_word  # noqa: PLC0415
    from scripts.watching.running import check_evidence  # noqa: PLC0415

    if len(words) != 1:
        raise BadInputError(f"watch check: {len(words)} files, expected one")
    return check_evidence(Path(words[0]), read_anchor_word(anchor), output)


def _require_anchor(word: str | None) -> Anchor:
    from scripts.terminal.anchors import read_anchor_word  # noqa: PLC0415
    from scripts.watching.running import require_anchor  # noqa: PLC0415

    return require_anchor(read_anchor_word(word))


def _passphrase(file: Path | None) -> str | None:
    from scripts.terminal.passphrases import read_passphrase  # noqa: PLC0415

    return read_passphrase(file)
