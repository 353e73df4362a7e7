"""`ortaq audit`: a whole ledger checked from its bundle alone."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, Quiet
from scripts.terminal.console import Output


def audit(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A file that `ortaq export bundle` wrote.")],
    anchor: Annotated[
        str | None, typer.Option(metavar="ANCHOR|FILE", help="The trust anchor that you noted down, or a file with it.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="HEAD", help="Last block of an earlier audit: HEIGHT:0xHASH, or its --json in a file."),
    ] = None,
    executor: Annotated[
        str, typer.Option(metavar="stock|geth", help="Who executes: py-evm as its makers publish it, or geth.")
    ] = "stock",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Check a whole ledger, offline, from the bundle alone: every block executed once more, every ballot, result,
    balance and payment worked out again.

    Prints how often each rule was checked, and one line for each finding. Exit codes: 0 all holds, 1 findings, 2 not
    readable, 3 no anchor given, or one above the last block.

    [bold]Examples[/bold]

      ortaq audit town.bundle --anchor ortaq1afqab2k7...
      ortaq audit town.bundle --anchor anchor.txt --executor geth --json > audit.json
      ortaq audit newer.bundle --anchor anchor.txt --since audit.json
    """
    from scripts.auditing.audit import AuditRequest, audit_bundle_file  # noqa: PLC0415  # the engine is slow to import

    return audit_bundle_file(AuditRequest(bundle, anchor, since, executor), Output(as_json, quiet))
