"""Votes."""

from api.models.base import Listing
from api.models.votes import EffectName, FormRecord, Kind, TermsRecord, VoteLine, VoteRecord
from api.paging import next_page, numbers
from api.readers.checked import CheckedCounts
from api.readers.counts import find_allocation, find_count, find_definition, find_electorate
from api.readers.names import document_of, find_question, name_of, title_of, vote_count
from api.readers.results import result_record
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.money.account import numbered_key
from ledger.primitives import to_hex
from ledger.views.question_document import document_cid
from ledger.views.standing import status_of
from ledger.voting.form import Form
from ledger.voting.outcome import find_shortfall
from ledger.voting.question import Question


def vote_list(snapshot: Snapshot, before: int | None, limit: int, path: str) -> Listing[VoteLine]:
    items, total = vote_lines(snapshot, before, limit)
    following = next_page(path, items[-1].id, limit) if items and items[-1].id > 1 else None
    return Listing[VoteLine](total=total, items=items, next=following, height=snapshot.height)


def vote_lines(snapshot: Snapshot, before: int | None, limit: int) -> tuple[list[VoteLine], int]:
    """A page of votes, the newest first, and how many there are."""
    total = vote_count(snapshot)
    return [_line(snapshot, number) for number in numbers(total, before, limit)], total


def vote_record(snapshot: Snapshot, number: int, counts: CheckedCounts) -> VoteRecord:
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
        shortfall=_shortfall(snapshot, question),
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
        options_checked=find_definition(snapshot, question).options is not None,
        checked=None if (checked := counts.of(snapshot, question)) is None else min(checked, result.turnout),
        authority=to_hex(numbered_key(question.contract, number)),
        result=result,
    )


def _shortfall(snapshot: Snapshot, question: Question) -> str | None:
    tally, outcome = find_count(snapshot, question)
    if not outcome.closed:
        return None
    kind, electorate = question.form.kind, find_electorate(snapshot, question)
    found = find_shortfall(kind, question.terms, electorate, tally.turnout, tally.votes)
    return None if found is None else found.value


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
    electorate = find_electorate(snapshot, question)
    tally, outcome = find_count(snapshot, question)
    allocation = find_allocation(snapshot, question)
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
