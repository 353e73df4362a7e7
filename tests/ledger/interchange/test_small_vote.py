"""The vote that ships with the project: the figures of a real one, and nothing personal."""

from ledger.interchange.pabulib import PabulibFile, Rule, VoteType, parse_pabulib
from tests.ledger.interchange.test_pabulib import assert_official_counts, load
from tests.paths import REPOSITORY


def small_vote() -> PabulibFile:
    return parse_pabulib((REPOSITORY / "data" / "small-vote.pb").read_bytes(), "small-vote.pb")


def greedy_with_skip(file: PabulibFile) -> tuple[list[str], list[str]]:
    """Ids of the winners and of those that were skipped, in the order of the official score."""
    left, winners, skipped = file.meta.budget_minor, [], []
    for project in sorted(file.projects, key=lambda project: -(project.score or 0)):
        if project.cost_minor <= left:
            left -= project.cost_minor
            winners.append(project.id)
        else:
            skipped.append(project.id)
    return winners, skipped


def test_small_vote__parsed__is_ranked_and_counted_right() -> None:
    file = small_vote()
    assert (file.meta.vote_type, file.meta.rule, len(file.projects), len(file.votes)) == (
        VoteType.ORDINAL,
        Rule.GREEDY,
        8,
        755,
    )
    assert_official_counts(file)


def test_small_vote__allocated__shows_skipping() -> None:
    winners, skipped = greedy_with_skip(small_vote())
    assert winners == ["3", "6", "1", "2", "4"]
    assert skipped == ["8", "7", "5"]


def test_small_vote__columns__hold_nothing_personal() -> None:
    lines = (REPOSITORY / "data" / "small-vote.pb").read_text(encoding="utf-8").split("\n")
    assert lines[lines.index("VOTES") + 1] == "voter_id;vote"
    assert [vote.voter for vote in small_vote().votes] == [str(number) for number in range(1, 756)]
    assert "Pabulib" in small_vote().meta.entries["comment"]


def test_small_vote__beside_the_original__has_its_figures_and_other_titles() -> None:
    small, original = small_vote(), load("Poland_Krakow_2018_Wzgorza_Krzeslawickie.pb")
    assert [(p.id, p.cost_minor, p.votes, p.score) for p in small.projects] == [
        (p.id, p.cost_minor, p.votes, p.score) for p in original.projects
    ]
    assert [vote.options for vote in small.votes] == [vote.options for vote in original.votes]
    assert (small.meta.budget_minor, small.meta.limits) == (original.meta.budget_minor, original.meta.limits)
    assert greedy_with_skip(small) == greedy_with_skip(original)
    assert not {project.name for project in small.projects} & {project.name for project in original.projects}
