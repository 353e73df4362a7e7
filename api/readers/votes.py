"""Votes and their results."""

from enum import Enum

from api.models.base import Listing
from api.models.votes import (
    BudgetRecord,
    EffectName,
    FormRecord,
    Kind,
    OptionRecord,
    ResultRecord,
    RuleName,
    TermsRecord,
    TieName,
    VoteLine,
    VoteRecord,
)
from api.paging import next_page, numbers
from api.readers.names import document_of, find_question, name_payee, title_of, vote_count
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.money.account import numbered_key
from ledger.primitives import ZERO_HASH, to_hex
from ledger.system import SystemContract
from ledger.views.allocations import AllocationView, load_allocation
from ledger.views.definition import Definition, document_budget, document_options, load_budget, load_definition
from ledger.views.question_document import document_cid
from ledger.views.questions import Tally, load_electorate, load_outcome, load_tally
from ledger.views.standing import Outcome, status_of
from ledger.voting.allocation import rank
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import Budget, Option, Question, TieRule

YES_NO = ("Yes", "No", "Abstain")
OUTCOME_CHANGED = ((SystemContract.BALLOTS, "Closed"), (SystemContract.BALLOTS, "Executed"))
ALLOCATION_CHANGED = ((SystemContract.ALLOCATION, "Allocated"), (SystemContract.EQUAL_SHARES, "Finalised"))


def name_of(member: Enum) -> str:
    """A member of an enumeration as the API spells it: `YES_NO` becomes `yes-no`."""
    return member.name.lower().replace("_", "-")


def vote_list(snapshot: Snapshot, before: int | None, limit: int, path: str) -> Listing[VoteLine]:
    items, total = vote_lines(snapshot, before, limit)
    following = next_page(path, items[-1].id, limit) if items and items[-1].id > 1 else None
    return Listing[VoteLine](total=total, items=items, next=following, height=snapshot.height)


def vote_lines(snapshot: Snapshot, before: int | None, limit: int) -> tuple[list[VoteLine], int]:
    """A page of votes, the newest first, and how many there are."""
    total = vote_count(snapshot)
    return [_line(snapshot, number) for number in numbers(total, before, limit)], total


def vote_record(snapshot: Snapshot, number: int) -> VoteRecord:
    """A vote with its result. Errors: UnknownQuestionError."""
    question = find_question(snapshot, number)
    document = document_of(snapshot, question)
    result = result_record(snapshot, number)
    terms = question.terms
    return VoteRecord(
        currency=result.currency,
        exponent=result.exponent,
        id=number,
        title=title_of(snapshot, question),
        place=document.place,
        summary=document.summary,
        source=document.source,
        status=result.status,
        effect=EffectName(name_of(question.effect_kind)),
        form=form_record(question.form),
        record=iso_time(question.record),
        opens=iso_time(question.opens),
        closes=iso_time(question.closes),
        terms=TermsRecord(
            quorum=[terms.quorum.numerator, terms.quorum.denominator],
            majority=[terms.majority.numerator, terms.majority.denominator],
            majority_strict=terms.majority_strict,
            waiting_s=terms.waiting,
        ),
        hash=to_hex(question.hash),
        contract=to_hex(question.contract),
        document=snapshot.facts.once(("document cid", question.text), lambda: str(document_cid(question.text))),
        document_held=bool(document.title or document.options),
        options_checked=_definition(snapshot, question).options is not None,
        authority=to_hex(numbered_key(question.contract, number)),
        result=result,
    )


def result_record(snapshot: Snapshot, number: int) -> ResultRecord:
    """The count of a vote as of this head. Errors: UnknownQuestionError."""
    question = find_question(snapshot, number)
    electorate = snapshot.facts.once(
        ("electorate", question.hash), lambda: load_electorate(snapshot.state, number, question.contract)
    )
    tally, outcome = _count(snapshot, question)
    budget = _budget(snapshot, question)
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


def form_record(form: Form) -> FormRecord:
    return FormRecord(
        kind=Kind(name_of(form.kind)),
        options=form.options,
        min_length=form.min_length,
        max_length=form.max_length,
        min_points=form.min_points,
        max_points=form.max_points,
        min_sum=form.min_sum,
        max_sum=form.max_sum,
        choice_bytes=form.choice_length,
    )


def _line(snapshot: Snapshot, number: int) -> VoteLine:
    question = find_question(snapshot, number)
    electorate = snapshot.facts.once(
        ("electorate", question.hash), lambda: load_electorate(snapshot.state, number, question.contract)
    )
    tally, outcome = _count(snapshot, question)
    allocation = _allocation(snapshot, question)
    return VoteLine(
        id=number,
        title=title_of(snapshot, question),
        kind=Kind(name_of(question.form.kind)),
        status=status_of(question, outcome, snapshot.now).value,
        opens=iso_time(question.opens),
        closes=iso_time(question.closes),
        options=question.form.options,
        turnout=tally.turnout,
        electorate=electorate.shares,
        selected=allocation.count if allocation else None,
    )


def _count(snapshot: Snapshot, question: Question) -> tuple[Tally, Outcome]:
    """The tally and the outcome, which no longer change once the question is carried out."""
    number, at = question.id, question.contract
    outcome = snapshot.until_changed(
        ("outcome", number, at), OUTCOME_CHANGED, lambda: load_outcome(snapshot.state, number, at)
    )
    kept = snapshot.facts if outcome.closed else snapshot.answers
    return kept.once(("tally", number, at), lambda: load_tally(snapshot.state, number, at)), outcome


def _definition(snapshot: Snapshot, question: Question) -> Definition:
    services = snapshot.services
    return snapshot.facts.once(
        ("definition", question.hash),
        lambda: load_definition(services.chain, services.founding.chain_id, question),
    )


def _budget(snapshot: Snapshot, question: Question) -> Budget | None:
    """The budget, once something that hashes to it is known: the question's document, or its allocation."""
    if question.budget == ZERO_HASH:
        return None
    services = snapshot.services

    def find() -> Budget | None:
        stated = document_budget(document_of(snapshot, question))
        if stated is not None and stated.hash == question.budget:
            return stated
        rules = (SystemContract.ALLOCATION, SystemContract.EQUAL_SHARES)
        found = (load_budget(services.chain, services.founding.chain_id, question, rule, None) for rule in rules)
        return next((budget for budget in found if budget is not None), None)

    return snapshot.facts.once(("budget", question.hash), find)


def _allocation(snapshot: Snapshot, question: Question) -> AllocationView | None:
    """Who won, None for a question without a budget."""
    if question.budget == ZERO_HASH:
        return None
    number = question.id
    return snapshot.until_changed(
        ("allocation", number),
        ALLOCATION_CHANGED,
        lambda: load_allocation(snapshot.state, snapshot.contracts, number),
    )


def _budget_record(snapshot: Snapshot, question: Question, budget: Budget | None) -> BudgetRecord | None:
    allocation = _allocation(snapshot, question)
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
    listed = _definition(snapshot, question).options or document_options(document, question)
    options = listed or tuple(Option(Option.label_of("")) for _ in range(question.form.options))
    ties = budget.ties if budget else TieRule.LISTED
    order = rank([option.cost for option in options], tally.counts, ties)
    places = {index: place for place, index in enumerate(order, 1)}
    allocation = _allocation(snapshot, question)
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
