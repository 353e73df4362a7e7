"""Votes on the command line: opened, shown, counted, closed, carried out."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from rich.markup import escape
from rich.table import Table

from api.rendering import iso_time
from ledger.errors import BadInputError
from ledger.evidence.cid import encode_cid_bytes, parse_cid
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_HASH, Timestamp, to_hex
from ledger.system import SystemContract
from ledger.views.questions import load_electorate, load_outcome, load_question, load_tally
from ledger.voting.outcome import NO, YES, Shortfall, find_shortfall
from ledger.voting.question import Question
from scripts.running.ledgers import ledger_directory
from scripts.running.office import Office, open_office, throw_away_key
from scripts.running.sources import open_source
from scripts.terminal.amounts import show_amount
from scripts.terminal.console import Output
from scripts.voting.drafts import Draft, make_draft
from scripts.voting.effects import carry_out, find_effect, finish_appropriations
from scripts.voting.questions import QuestionFile, read_question_file

LEAD_S = 60
"""A question without a time of opening opens this long after it is sent."""
CLOSE_GAS = 1_000_000


class RehearsalError(BadInputError):
    """A real vote on a ledger that is for rehearsals."""

    type = "rehearsal"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Shape   `projects`: CSV with the options; `rehearsal`: said aloud that nothing will bind."""

    file: Path
    projects: Path | None
    rehearsal: bool
    key: Path | None


def open_vote(request: OpenRequest, ledger: str | None, passphrase_file: Path | None, output: Output) -> None:
    """Open a question. Errors: FileFormatError and BadInputErrors before anything is written; CallRefusedError."""
    path = ledger_directory(ledger, "vote open")
    file = read_question_file(request.file, request.projects)
    with open_office(path, passphrase_file) as office:
        constitution = office.founding.constitution
        if constitution.rehearsal and not request.rehearsal:
            raise RehearsalError(f"{path}: a rehearsal, expected --rehearsal with it: what it decides binds nobody")
        draft = make_draft(file, constitution)
        officer = office.ring.open(Duty.RETURNING_OFFICER, request.key)
        facts = _open(office, officer, draft)
    if constitution.rehearsal:
        output.say("[yellow]a rehearsal: this vote binds nobody[/yellow]")
    output.result(facts, f"vote {facts['id']}: {escape(file.title)}", f"hash {facts['hash']}", f"CID  {facts['cid']}")
    output.say(f"open from {iso_time(facts['opens'])} to {iso_time(facts['closes'])}")


def _open(office: Office, officer: PrivateKey, draft: Draft) -> dict[str, Any]:
    opens, closes = _window(office, draft.file)
    proposal = draft.proposal(opens, closes)
    office.try_call(officer, SystemContract.BALLOTS, "open", proposal, draft.option_rows)
    cid = office.evidence.add(draft.document)
    data = encode_cid_bytes(parse_cid(cid))
    office.call(officer, SystemContract.EVIDENCE, "anchor", data, b"question".ljust(32, b"\0"), ZERO_HASH)
    height = office.call(officer, SystemContract.BALLOTS, "open", proposal, draft.option_rows)
    number = office.read(SystemContract.BALLOTS, "count")
    question = load_question(office.chain.state(), number)
    return {
        "id": number,
        "title": draft.file.title,
        "hash": to_hex(question.hash),
        "cid": cid,
        "opens": question.opens,
        "closes": question.closes,
        "height": height,
        "rehearsal": office.founding.constitution.rehearsal,
    }


def _window(office: Office, file: QuestionFile) -> tuple[Timestamp, Timestamp]:
    simulated = office.founding.constitution.is_simulated
    now = office.chain.head().timestamp if simulated else int(time.time())
    opens = now + LEAD_S if file.opens is None else int(file.opens.timestamp())
    closes = opens + file.window_s if file.closes is None and file.window_s else int(_closes(file))
    if opens < now:
        raise BadInputError(f"opens: {opens}, expected not before the ledger's time, {now}")
    if closes <= opens:
        raise BadInputError(f"closes: {closes}, expected after the opening at {opens}")
    return Timestamp(opens), Timestamp(closes)


def _closes(file: QuestionFile) -> float:
    return 0.0 if file.closes is None else file.closes.timestamp()


def close_vote(number: int, ledger: str | None, passphrase_file: Path | None, output: Output) -> None:
    """Record how a question ended. Anybody may; on a simulated ledger the clock is moved to the end of the window."""
    with open_office(ledger_directory(ledger, "vote close"), passphrase_file) as office:
        question = load_question(office.chain.state(), number)
        office.advance_to(question.closes)
        outcome = load_outcome(office.chain.state(), number)
        if not outcome.closed:
            office.call(throw_away_key(), SystemContract.BALLOTS, "close", number, gas=CLOSE_GAS)
            outcome = load_outcome(office.chain.state(), number)
        lacking = None if outcome.passed else _why_not(office, question)
        effective = None if question.effect == ZERO_HASH else question.closes + question.terms.waiting
        facts = {
            "id": number,
            "passed": outcome.passed,
            "shortfall": lacking[0].value if lacking else None,
            "executed": outcome.executed,
            "earliest_effect": effective,
        }
    words = "passed" if outcome.passed else "not passed" if lacking is None else f"not passed: {lacking[1]}"
    output.result(facts, f"vote {number}: {words}")
    if outcome.passed and effective is not None and not outcome.executed:
        output.say(f"its effect waits until {iso_time(effective)}; then: ortaq vote execute {number}")


def _why_not(office: Office, question: Question) -> tuple[Shortfall, str] | None:
    """What a question that is closed lacked, and that in words; None where it passed."""
    state, terms = office.chain.state(), question.terms
    electorate, tally = load_electorate(state, question.id), load_tally(state, question.id)
    short = find_shortfall(question.form.kind, terms, electorate, tally.turnout, tally.votes)
    match short:
        case None:
            return None
        case Shortfall.ROLL:
            why = f"the roll had {electorate.seats} seats when it opened, {electorate.minimum} are needed"
        case Shortfall.QUORUM:
            asked = f"{terms.quorum.numerator}/{terms.quorum.denominator}"
            why = f"{tally.turnout} of {electorate.shares} shares took part, {asked} of them are needed"
        case Shortfall.MAJORITY:
            asked = f"{terms.majority.numerator}/{terms.majority.denominator}"
            bound = "more than" if terms.majority_strict else "at least"
            why = f"{tally.votes[YES]} said yes and {tally.votes[NO]} no, {bound} {asked} of both is needed"
    return short, why


def execute_vote(number: int, ledger: str | None, passphrase_file: Path | None, output: Output) -> None:
    """Carry out a passed question after its waiting time: allocate its budget, then call its effect. Anybody may.

    Errors  CallRefusedError with the contract's reason; UnknownEffectError where the effect is not known here.
    """
    with open_office(ledger_directory(ledger, "vote execute"), passphrase_file) as office:
        question = load_question(office.chain.state(), number)
        effect = find_effect(office, question)
        office.advance_to(Timestamp(question.closes + question.terms.waiting))
        done = load_outcome(office.chain.state(), number).executed
        height = None if done else carry_out(office, question, effect)
        finish_appropriations(office, question, effect)
    facts = {"id": number, "executed": True, "height": height}
    output.result(facts, f"vote {number}: {'carried out before' if done else f'carried out in block {height}'}")


def show_votes(number: int | None, ledger: str | None, output: Output) -> None:
    """Print one vote, or the newest ones."""
    with open_source(ledger) as source:
        record = source.get("votes" if number is None else f"votes/{number}")
    if number is None:
        table = Table("id", "title", "kind", "status", "closes", "turnout", "of")
        for line in record["items"]:
            numbers = (str(line["turnout"]), str(line["electorate"]))
            table.add_row(
                str(line["id"]), escape(line["title"]), line["kind"], line["status"], line["closes"], *numbers
            )
        output.result(record, table)
        return
    facts = Table.grid(padding=(0, 2))
    for name in ("status", "effect", "opens", "closes", "record", "hash", "contract", "document"):
        facts.add_row(name, str(record[name]))
    options = Table("number", "id", "name", "cost")
    for option in record["result"]["options"]:
        cost = show_amount(option["cost"], record["exponent"], record["currency"]) if option["cost"] else ""
        options.add_row(str(option["number"]), escape(option["id"]), escape(option["name"]), cost)
    output.result(record, f"[bold]{escape(record['title'])}[/bold]", facts, options)


def show_result(number: int, ledger: str | None, output: Output) -> None:
    """Print the count of a vote as it stands, in the order of its ranking."""
    with open_source(ledger) as source:
        record = source.get(f"votes/{number}/result")
    columns = ["rank", "id", "name", "votes", *(["points"] if record["points_count"] else [])]
    table = Table(*columns, *(["cost", "wins"] if record["budget"] else []))
    for option in sorted(record["options"], key=lambda row: int(row["rank"])):
        row = [str(option["rank"]), escape(option["id"]), escape(option["name"]), str(option["votes"])]
        row += [str(option["points"])] if record["points_count"] else []
        if record["budget"]:
            wins = {True: "yes", False: "", None: "not known yet"}[option["selected"]]
            row += [show_amount(option["cost"], record["exponent"]), wins]
        table.add_row(*row)
    state = "final" if record["final"] else f"as of block {record['height']}"
    turnout = f"turnout {record['turnout']} of {record['electorate']} members ({record['seats']} seats), {state}"
    output.result(record, table, turnout, f"status: {record['status']}")
