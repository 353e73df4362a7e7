"""Comparing a result: with the file's official figures, and with the model's own count of the raw ballots."""

from collections.abc import Iterable, Iterator

from ledger.views.questions import Tally
from ledger.voting.tally import OpenTally
from scripts.replay.plan import Plan
from scripts.replay.report import Difference


def official_differences(plan: Plan, tally: Tally, selected: frozenset[int]) -> Iterator[Difference]:
    """Where the ledger's figures are not the file's. What the file does not state is not compared."""
    for index, project in enumerate(plan.file.projects):
        if project.votes is not None and project.votes != tally.votes[index]:
            yield Difference("official", project.id, "votes", project.votes, tally.votes[index])
        if project.score is not None and project.score != tally.counts[index]:
            yield Difference("official", project.id, "score", project.score, tally.counts[index])
    winners = plan.file.winners
    if plan.has_our_rule and winners is not None:
        expected = {index + 1 for index in winners}
        yield from _selection(plan, "official", expected, selected)


def recount_differences(plan: Plan, tally: Tally, count: OpenTally) -> Iterator[Difference]:
    """Where the contract's count is not the model's."""
    if count.turnout != tally.turnout:
        yield Difference("recount", "", "turnout", count.turnout, tally.turnout)
    for index, project in enumerate(plan.file.projects):
        if count.votes[index] != tally.votes[index]:
            yield Difference("recount", project.id, "votes", count.votes[index], tally.votes[index])
        if tally.points and count.points[index] != tally.points[index]:
            yield Difference("recount", project.id, "score", count.points[index], tally.points[index])


def allocation_differences(plan: Plan, expected: Iterable[int], selected: frozenset[int]) -> Iterator[Difference]:
    """Where the contract's winners are not the model's."""
    yield from _selection(plan, "recount", set(expected), selected)


def _selection(plan: Plan, of: str, expected: set[int], selected: frozenset[int]) -> Iterator[Difference]:
    for option in sorted(expected ^ selected):
        project = plan.file.projects[option - 1]
        yield Difference(of, project.id, "selected", option in expected, option in selected)
