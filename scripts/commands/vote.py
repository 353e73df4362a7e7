"""`ortaq vote`: questions, from the opening to what they decided."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import AsJson, KeyOption, LedgerOption, PassphraseFile, Quiet
from scripts.terminal.console import Output

app = typer.Typer(help="Open questions, show and close them, carry out what passed.", rich_markup_mode="rich")

Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="Number of the vote.")]


@app.command("open")
def open_(
    file: Annotated[Path, typer.Argument(metavar="QUESTION.toml", help="The question.")],
    projects: Annotated[
        Path | None, typer.Argument(metavar="[PROJECTS.csv]", help="Its options: id,name,cost,payee.")
    ] = None,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Needed on a rehearsal's ledger: this vote binds nobody.")
    ] = False,
    key: KeyOption = None,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Open a question by the returning officer's key; its text becomes evidence, and ballots bind all of it.

    A question file, and what may stand in it:

      title = "New benches"                     # kind: yes-no, choose-one, approval, ordinal, cumulative, score
      kind = "approval"                         # effect_kind: referendum, parameter, entrenched, budget, permission
      effect_kind = "budget"
      closes = 2026-12-15T20:00:00+05:00        # or window_s = 1209600; opens = ... (else a minute from now)
      limits = {max_length = 3}                 # min_length, max_length, min_points, max_points, min_sum, max_sum
      budget = {rule = "greedy", fund = "participatory budget", amount = "50000"}
      \\[\\[option]]
      id = "park"
      name = "Benches in the park"
      cost = "12500.50"
      payee = "parks office"

    [bold]Examples[/bold]

      ortaq vote open question.toml --ledger town
      ortaq vote open budget.toml projects.csv
      ortaq vote open question.toml --ledger trial --rehearsal
    """
    from scripts.voting.votes import OpenRequest, open_vote  # noqa: PLC0415

    open_vote(OpenRequest(file, projects, rehearsal, key), ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def show(
    number: Annotated[int | None, typer.Argument(metavar="[ID]", min=1, help="One vote; else the newest.")] = None,
    ledger: LedgerOption = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show a vote with all that a ballot binds itself to, or list the newest votes.

    [bold]Examples[/bold]

      ortaq vote show --ledger town
      ortaq vote show 3 --ledger https://ledger.example
    """
    from scripts.voting.votes import show_votes  # noqa: PLC0415

    show_votes(number, ledger, Output(as_json, quiet))


@app.command()
def result(number: Number, ledger: LedgerOption = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show the count of a vote: as it stands, or final.

    [bold]Example[/bold]

      ortaq vote result 3 --ledger town --json
    """
    from scripts.voting.votes import show_result  # noqa: PLC0415

    show_result(number, ledger, Output(as_json, quiet))


@app.command()
def close(
    number: Number,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Record how a vote ended, once its window is over. Nobody can close one early.

    [bold]Example[/bold]

      ortaq vote close 3 --ledger town
    """
    from scripts.voting.votes import close_vote  # noqa: PLC0415

    close_vote(number, ledger, passphrase_file, Output(as_json, quiet))


@app.command()
def execute(
    number: Number,
    ledger: LedgerOption = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Carry out a passed vote after its waiting time: pick a budget's winners, call what was decided.

    [bold]Example[/bold]

      ortaq vote execute 3 --ledger town
    """
    from scripts.voting.votes import execute_vote  # noqa: PLC0415

    execute_vote(number, ledger, passphrase_file, Output(as_json, quiet))
