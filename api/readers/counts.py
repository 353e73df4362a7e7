"""What the ledger knows of a vote: options, budget, count, winners. Each is kept as long as it cannot have changed."""

from api.readers.names import document_of
from api.snapshot import Snapshot
from ledger.primitives import ZERO_HASH
from ledger.system import SystemContract
from ledger.views.allocations import AllocationView, load_allocation
from ledger.views.definition import Definition, document_budget, load_budget, load_definition
from ledger.views.questions import Tally, load_electorate, load_outcome, load_tally
from ledger.views.standing import Outcome
from ledger.voting.outcome import Electorate
from ledger.voting.question import Budget, Question

OUTCOME_CHANGED = ((SystemContract.BALLOTS, "Closed"), (SystemContract.BALLOTS, "Executed"))
ALLOCATION_CHANGED = ((SystemContract.ALLOCATION, "Allocated"), (SystemContract.EQUAL_SHARES, "Finalised"))


def find_electorate(snapshot: Snapshot, question: Question) -> Electorate:
    """Who could vote when the question opened."""
    return snapshot.facts.once(
        ("electorate", question.hash), lambda: load_electorate(snapshot.state, question.id, question.contract)
    )


def find_count(snapshot: Snapshot, question: Question) -> tuple[Tally, Outcome]:
    """The tally and the outcome, which no longer change once the question is carried out."""
    number, at = question.id, question.contract
    outcome = snapshot.until_changed(
        ("outcome", number, at), OUTCOME_CHANGED, lambda: load_outcome(snapshot.state, number, at)
    )
    kept = snapshot.facts if outcome.closed else snapshot.answers
    return kept.once(("tally", number, at), lambda: load_tally(snapshot.state, number, at)), outcome


def find_definition(snapshot: Snapshot, question: Question) -> Definition:
    services = snapshot.services
    return snapshot.facts.once(
        ("definition", question.hash),
        lambda: load_definition(services.chain, services.founding.chain_id, question),
    )


def find_budget(snapshot: Snapshot, question: Question) -> Budget | None:
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


def find_allocation(snapshot: Snapshot, question: Question) -> AllocationView | None:
    """Who won, None for a question without a budget."""
    if question.budget == ZERO_HASH:
        return None
    number = question.id
    return snapshot.until_changed(
        ("allocation", number),
        ALLOCATION_CHANGED,
        lambda: load_allocation(snapshot.state, snapshot.contracts, number),
    )
