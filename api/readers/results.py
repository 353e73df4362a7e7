"""Results of votes."""

from api.models.votes import BudgetRecord, OptionRecord, ResultRecord, RuleName, TieName
from api.readers.counts import find_allocation, find_budget, find_count, find_definition, find_electorate
from api.readers.names import document_of, find_question, name_of, name_payee
from api.snapshot import Snapshot
from ledger.primitives import to_hex
from ledger.views.definition import document_options
from ledger.views.questions import Tally
from ledger.views.standing import status_of
from ledger.voting.allocation import rank
from ledger.voting.form import BallotKind
from ledger.voting.question import Budget, Option, Question, TieRule

YES_NO = ("Yes", "No", "Abstain")


def result_record(snapshot: Snapshot, number: int) -> ResultRecord:
    """The count of a vote as of this head. Errors: UnknownQuestionError."""
    question = find_question(snapshot, number)
    electorate = find_electorate(snapshot, question)
    tally, outcome = find_count(snapshot, question)
    budget = find_budget(snapshot, question)
    currency = snapshot.services.founding.constitution.currency
    return ResultRecord(
        currency=currency.code,
        exponent=currency.exponent,
        id=number,
        status=status_of(question, outcome, snapshot.now).value,
        final=snapshot.header.timestamp >= question.closes,
        turnout=tally.turnout,
        electorate=electorate.shares,
        seats=electorate.seats,
        points_count=question.form.kind.has_points,
        options=_options(snapshot, question, tally, budget),
        budget=_budget_record(snapshot, question, budget),
        height=snapshot.height,
    )


def _budget_record(snapshot: Snapshot, question: Question, budget: Budget | None) -> BudgetRecord | None:
    allocation = find_allocation(snapshot, question)
    if allocation is None:
        return None
    currency = snapshot.services.founding.constitution.currency
    return BudgetRecord(
        currency=currency.code,
        exponent=currency.exponent,
        rule=None if budget is None else RuleName(name_of(budget.rule)),
        amount=None if budget is None else budget.amount,
        threshold=None if budget is None else budget.threshold,
        ties=None if budget is None else TieName(name_of(budget.ties)),
        exclusive=None if budget is None else [_members(mask) for mask in budget.exclusive],
        spent=allocation.spent,
        final=allocation.selected is not None,
    )


def _options(snapshot: Snapshot, question: Question, tally: Tally, budget: Budget | None) -> list[OptionRecord]:
    document = document_of(snapshot, question)
    listed = find_definition(snapshot, question).options or document_options(document, question)
    options = listed or tuple(Option(Option.label_of("")) for _ in range(question.form.options))
    ties = budget.ties if budget else TieRule.LISTED
    order = rank([option.cost for option in options], tally.counts, ties)
    places = {index: place for place, index in enumerate(order, 1)}
    allocation = find_allocation(snapshot, question)
    selected = allocation.selected if allocation else None
    records = []
    for index, option in enumerate(options):
        text = document.options.get(option.label)
        records.append(
            OptionRecord(
                number=index + 1,
                label=to_hex(option.label),
                id=text.identifier if text else "",
                name=(text.name or text.identifier) if text else _unnamed(question, index),
                description=text.description if text else "",
                cost=option.cost,
                payee=name_payee(option.payee),
                votes=tally.votes[index],
                points=tally.points[index] if tally.points else None,
                rank=places[index],
                selected=None if selected is None else bool(selected >> index & 1),
            )
        )
    return records


def _unnamed(question: Question, index: int) -> str:
    """What an option is called whose document is not held here."""
    return YES_NO[index] if question.form.kind is BallotKind.YES_NO else f"Option {index + 1}"


def _members(mask: int) -> list[int]:
    """Numbers of the options in a mask."""
    return [index + 1 for index in range(mask.bit_length()) if mask >> index & 1]
