"""Elections for the tests of equal shares."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import strategies as st

from ledger.interchange.pabulib import PabulibFile, parse_pabulib
from ledger.primitives import ZERO_HASH
from ledger.voting.equal_shares import Election
from ledger.voting.question import AllocationRule, Budget, TieRule
from tests.paths import pabulib_dir

RULE = AllocationRule.EQUAL_SHARES_ADD1
EURO = 100


INSTANCES = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(1, 30), min_size=size, max_size=size),
        st.lists(st.integers(0, 2**size - 1), min_size=1, max_size=10),
        st.integers(1, 60),
        st.sampled_from(TieRule),
    )
)


def election(
    costs: Sequence[int],
    ballots: Sequence[int],
    amount: int,
    *,
    ties: TieRule = TieRule.LISTED,
    threshold: int = 0,
    step: int = 1,
) -> Election:
    """Ballots as masks; bit i is option i + 1."""
    groups = tuple(sorted(Counter(ballots).items()))
    return Election(tuple(costs), groups, Budget(RULE, ZERO_HASH, amount, threshold, ties, step=step))


def assen() -> tuple[PabulibFile, Election]:
    """The real vote of a town, one euro a step."""
    path = pabulib_dir() / "Netherlands_Assen_2024.pb"
    file = parse_pabulib(path.read_bytes(), str(path))
    ballots = [sum(1 << option for option in vote.options) for vote in file.votes]
    costs = [project.cost_minor for project in file.projects]
    return file, election(costs, ballots, file.meta.budget_minor, step=EURO)
