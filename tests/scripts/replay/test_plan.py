"""Plans: which question holds a file's vote."""

from pathlib import Path

import pytest

from ledger.views.definition import document_budget
from ledger.views.question_document import read_document
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule
from scripts.replay.plan import UnsupportedVoteError, make_plan
from tests.paths import pabulib_dir

POINTED = """META
key;value
description;A made-up vote
country;Nowhere
unit;Testtown
instance;2026
num_projects;2
num_votes;2
budget;100
vote_type;{kind}
rule;greedy
date_begin;2026
date_end;2026
{limits}PROJECTS
project_id;cost
a;10
b;20
VOTES
voter_id;vote;points
1;a,b;{points}
2;b;3
"""


def pointed(kind: str, limits: str, points: str) -> bytes:
    return POINTED.format(kind=kind, limits=limits, points=points).encode()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Netherlands_Amsterdam_643", Form(BallotKind.CHOOSE_ONE, 3)),
        ("Poland_Krakow_2018_Wzgorza_Krzeslawickie", Form(BallotKind.ORDINAL, 8, 3, 3)),
        ("Poland_Gdansk_2020_Rudniki", Form(BallotKind.CUMULATIVE, 2, 1, 2, 0, 5, 1, 5)),
        ("Poland_Gdynia_2021", Form(BallotKind.APPROVAL, 6, 1, 3)),
        ("Netherlands_Assen_2024", Form(BallotKind.APPROVAL, 14, 2, 14)),
    ],
)
def test_plan__of_a_real_vote__has_its_form(name: str, form: Form) -> None:
    path = pabulib_dir() / f"{name}.pb"
    plan = make_plan(path.read_bytes(), str(path))
    assert plan.form == form
    assert all(len(plan.choice(vote)) == form.choice_length for vote in plan.file.votes)


def test_plan__of_gdynia__keeps_its_threshold() -> None:
    path = pabulib_dir() / "Poland_Gdynia_2021.pb"
    budget = make_plan(path.read_bytes(), str(path)).budget
    assert (budget.rule, budget.threshold, budget.amount) == (AllocationRule.GREEDY_NO_SKIP, 1000, 100_051_700)


def test_plan__of_equal_shares__raises_shares_by_one_unit_of_the_currency() -> None:
    path = pabulib_dir() / "Netherlands_Assen_2024.pb"
    assert make_plan(path.read_bytes(), str(path)).budget.step == 100


def test_plan__its_document__states_the_whole_budget() -> None:
    path = pabulib_dir() / "Poland_Gdynia_2021.pb"
    plan = make_plan(path.read_bytes(), str(path))
    document = read_document(plan.document)
    assert document is not None
    stated = document_budget(document)
    assert stated is not None
    assert stated.hash == plan.budget.hash


def test_plan__of_cumulative_ballots_without_limits__takes_them_from_the_ballots() -> None:
    plan = make_plan(pointed("cumulative", "max_sum_points;9\n", "4,5"), "vote.pb")
    assert plan.form == Form(BallotKind.CUMULATIVE, 2, 1, 2, 0, 9, 0, 9)


def test_plan__of_scores_with_a_default__is_refused() -> None:
    with pytest.raises(UnsupportedVoteError, match="default_score 1"):
        make_plan(pointed("scoring", "default_score;1\nmax_points;9\n", "4,5"), "vote.pb")


def test_plan__of_negative_points__is_refused() -> None:
    with pytest.raises(UnsupportedVoteError, match="points below 0"):
        make_plan(pointed("scoring", "min_points;-9\nmax_points;9\n", "4,-5"), "vote.pb")


def test_plan__made_twice__asks_the_same_question(tmp_path: Path) -> None:
    data = pointed("cumulative", "max_sum_points;9\n", "4,5")
    first, second = make_plan(data, "one.pb"), make_plan(data, "two.pb")
    assert (first.text, first.options) == (second.text, second.options)
