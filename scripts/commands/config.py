"""`ortaq config`: the settings of a ledger's directory."""

import typer

from scripts.commands.options import AsJson, LedgerArgument, Quiet
from scripts.terminal.console import EXIT_BAD_INPUT, EXIT_DONE, Output

app = typer.Typer(help="Show and check settings: flags first, then ORTAQ_*, then ortaq.toml.", rich_markup_mode="rich")


@app.command()
def show(ledger: LedgerArgument = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show every setting with its value and where that comes from.

    [bold]Examples[/bold]

      ortaq config show town
      ORTAQ_HTTP_PORT=8080 ortaq config show town
    """
    from scripts.founding.settings_view import show_settings  # noqa: PLC0415

    show_settings(ledger, Output(as_json, quiet))


@app.command()
def check(ledger: LedgerArgument = None, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Name every setting that is bad. Exit code 2 if there is one.

    [bold]Example[/bold]

      ortaq config check town
    """
    from scripts.founding.settings_view import check_settings  # noqa: PLC0415

    return EXIT_DONE if check_settings(ledger, Output(as_json, quiet)) else EXIT_BAD_INPUT
