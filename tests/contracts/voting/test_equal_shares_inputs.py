"""EqualShares.vy: what it takes and refuses, how lanes are read, and what it costs."""

import random
from collections.abc import Iterator
from dataclasses import replace

import boa
import pytest

from ledger.primitives import ZERO_HASH
from ledger.voting.equal_shares import Election, allocate_equal_shares
from ledger.voting.equal_shares_certificate import MAX_LINES, Certificate, Line, make_certificate
from ledger.voting.equal_shares_ranges import start
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule, Budget
from tests.contracts.gas import snapshot
from tests.contracts.voting.budget_mock import budget_row, make_options, option_rows, own_chain, put_question, settle
from tests.contracts.voting.equal_shares_mock import (
    QUESTION,
    UNEVEN,
    Contracts,
    Vote,
    cast,
    certificate_row,
    deploy,
    events,
    finalise,
    town,
)
from tests.ledger.voting.equal_shares_cases import RULE, election


@pytest.fixture(scope="module")
def deployed() -> Contracts:
    return deploy()


@pytest.fixture
def contracts(deployed: Contracts) -> Iterator[Contracts]:
    with boa.env.anchor():
        yield deployed


@pytest.fixture
def uneven(contracts: Contracts) -> Vote:
    costs, ballots, amount = UNEVEN
    return cast(contracts, election(costs, ballots, amount), ballots)


@pytest.mark.parametrize(("closed", "passed", "said"), [(False, False, "not closed"), (True, False, "not passed")])
def test_propose__question_that_binds_nothing__reverts(
    contracts: Contracts, closed: bool, passed: bool, said: str
) -> None:
    costs, ballots, amount = UNEVEN
    vote = cast(contracts, election(costs, ballots, amount), ballots, closed=closed, passed=passed)
    with boa.reverts(f"budget: question {said}"):
        vote.propose(make_certificate(vote.election))
    with boa.reverts(f"budget: question {said}"):
        contracts.shares.allocate_all(*vote.arguments)


def test_propose__other_options_or_budget__reverts(uneven: Vote) -> None:
    row = certificate_row(make_certificate(uneven.election))
    id_, options, budget = uneven.arguments
    with boa.reverts("budget: not the options of the question"):
        uneven.contracts.shares.propose(id_, options[::-1], budget, row)
    with boa.reverts("budget: not the budget of the question"):
        uneven.contracts.shares.propose(id_, options, (*budget[:-1], 2), row)


@pytest.mark.parametrize(
    ("form", "budget", "said"),
    [
        (Form(BallotKind.ORDINAL, 3, 1, 3), Budget(RULE, ZERO_HASH, 9, step=1), "needs approval ballots"),
        (Form(BallotKind.YES_NO, 3), Budget(RULE, ZERO_HASH, 9, step=1), "needs approval ballots"),
        (
            Form(BallotKind.CUMULATIVE, 3, 1, 3, 1, 5, 1, 5),
            Budget(RULE, ZERO_HASH, 9, step=1),
            "needs approval ballots",
        ),
        (None, Budget(AllocationRule.GREEDY, ZERO_HASH, 9), "other rule"),
        (None, Budget(RULE, ZERO_HASH, 9, exclusive=(3,), step=1), "exclusive sets"),
        (None, Budget(RULE, ZERO_HASH, 2**64, step=1), "budget too high"),
    ],
)
def test_propose__vote_that_the_rule_cannot_take__reverts(
    contracts: Contracts, form: Form | None, budget: Budget, said: str
) -> None:
    options = make_options([5, 5, 8])
    put_question(
        contracts.ballots, QUESTION, form or Form(BallotKind.APPROVAL, 3, 0, 3), options, budget, counts=[2, 2, 2]
    )
    with boa.reverts(f"equal shares: {said}"):
        contracts.shares.propose(QUESTION, option_rows(options), budget_row(budget), (0, 0, []))
    with boa.reverts(f"equal shares: {said}"):
        contracts.shares.allocate_all(QUESTION, option_rows(options), budget_row(budget))


def test_propose__step_whose_share_is_too_high__reverts(uneven: Vote) -> None:
    for step in (2**64, 2**256 - 1, 2**64 - 2):
        with boa.reverts():
            uneven.propose(replace(make_certificate(uneven.election), step=step))


def test_propose__more_lines_than_it_takes__reverts(uneven: Vote) -> None:
    with boa.reverts():
        uneven.propose(Certificate(0, (Line(0, 1, is_probe=True),) * (MAX_LINES + 1), ()))


def test_allocate_all__more_than_the_budget__reverts(uneven: Vote) -> None:
    with boa.reverts("equal shares: not all fits"):
        uneven.contracts.shares.allocate_all(*uneven.arguments)


def test_allocate_all__all_fits__is_final_at_once(contracts: Contracts) -> None:
    vote = cast(contracts, election([6, 4, 90, 0], [0b1001, 0b0010], 10), [0b1001, 0b0010])
    contracts.shares.allocate_all(*vote.arguments)
    shares = contracts.shares
    assert (shares.selected(QUESTION), shares.spent(QUESTION), shares.is_final(QUESTION)) == (0b1011, 10, True)


def test_allocate_all__nobody_voted__nothing_wins(contracts: Contracts) -> None:
    vote = cast(contracts, election([6, 0], [], 10), [])
    contracts.shares.allocate_all(*vote.arguments)
    assert (contracts.shares.selected(QUESTION), contracts.shares.is_final(QUESTION)) == (0, True)
    assert contracts.shares.spent(QUESTION) == 0


def test_propose__option_without_cost__wins_beside_the_bought(contracts: Contracts) -> None:
    ballots = [0b0101, 0b1001]
    vote = cast(contracts, election([0, 0, 6, 7], ballots, 10), ballots)
    vote.prove()
    finalise(vote)
    assert contracts.shares.selected(QUESTION) == 0b0101


def test_propose__threshold__leaves_out_what_is_below(contracts: Contracts) -> None:
    ballots = [0b001, 0b110, 0b110, 0b000]
    vote = cast(contracts, election([6, 7, 9], ballots, 10, threshold=2), ballots)
    vote.prove()
    finalise(vote)
    assert contracts.shares.selected(QUESTION) == 0b010


@pytest.mark.parametrize(
    "form",
    [
        Form(BallotKind.CHOOSE_ONE, 20, 0, 1),
        Form(BallotKind.APPROVAL, 20, 0, 20),
        Form(BallotKind.APPROVAL, 20, 0, 2),
        Form(BallotKind.APPROVAL, 255, 0, 31),
        Form(BallotKind.APPROVAL, 255, 0, 255),
        Form(BallotKind.APPROVAL, 255, 0, 4),
    ],
)
def test_check__any_layout_of_lanes__reads_the_same_ballots(contracts: Contracts, form: Form) -> None:
    single = form.max_length == 1
    masks: list[int | None] = []
    for seat in range(40):
        own = [seat % 7, form.options - 1 - seat % 3][: 1 if single else 2]
        masks.append(None if seat % 11 == 5 else 0 if seat % 13 == 3 else sum(1 << option for option in own))
    ballots = [mask for mask in masks if mask is not None]
    costs = [100 + 13 * i for i in range(form.options)]
    vote = cast(contracts, election(costs, ballots, 700), masks, form)
    vote.prove(words=form.slots_per_lane * 3)
    finalise(vote)
    assert contracts.shares.selected(QUESTION) == allocate_equal_shares(vote.election).allocation.mask


def test_check__half_a_seat__reverts(contracts: Contracts) -> None:
    form = Form(BallotKind.APPROVAL, 255, 0, 255)
    costs = [100] * 255
    vote = cast(contracts, election(costs, [3, 5], 150), [3, 5], form)
    certificate = make_certificate(vote.election)
    vote.propose(certificate)
    program = vote.program(certificate)
    with boa.reverts("approvals: half a seat"):
        contracts.shares.check(program.row, start(program).row, 3)


def test_gas__of_assen__is_as_noted() -> None:
    with own_chain():
        vote = town(deploy())
        shares = vote.contracts.shares
        certificate = make_certificate(vote.election)
        program = vote.program(certificate)
        settle()
        vote.propose(certificate)
        snapshot("allocation/EqualShares.propose of 14 options, 28 lines", shares._computation.get_gas_used())
        settle()
        vote.check(program, start(program), len(vote.words))
        snapshot("allocation/EqualShares.check of 84 ballots", shares._computation.get_gas_used())
        settle()
        finalise(vote)
        snapshot("allocation/EqualShares.finalise", shares._computation.get_gas_used())


def big_election() -> tuple[Election, list[int]]:
    """255 options, 300 ballots of up to ten, with as uneven support as real votes have."""
    dice = random.Random(7)
    weights = [1 / (i + 3) for i in range(255)]
    masks = [
        sum(1 << option for option in set(dice.choices(range(255), weights, k=dice.randint(1, 10)))) for _ in range(300)
    ]
    costs = [dice.randint(500, 60_000) * 100 for _ in range(255)]
    return election(costs, masks, sum(costs) // 4, step=100_000), masks


def test_check__255_options__costs_so_little_that_a_transaction_takes_800_ballots() -> None:
    votes, masks = big_election()
    contracts = deploy()
    vote = cast(contracts, votes, masks, Form(BallotKind.APPROVAL, 255, 0, 10))
    certificate = make_certificate(votes)
    vote.propose(certificate)
    calldata = 21_000 + 16 * 32 * (4 * 255 + 2 * len(certificate.lines) + 30)
    assert contracts.shares._computation.get_gas_used() + calldata < 2**24
    program = vote.program(certificate)
    progress, gas = start(program), []
    for words in (1, len(vote.words) - 1):
        seen = progress.ballots
        progress = vote.check(program, progress, words)
        gas.append((contracts.shares._computation.get_gas_used(), progress.ballots - seen))
    assert events(contracts.shares) == ["Checked", "Stands"]
    each = (gas[1][0] - gas[0][0]) // (gas[1][1] - gas[0][1])
    assert calldata + gas[0][0] + 800 * each < 2**24
