"""The second verifier allocates as the model does, and takes no certificate that the model refuses."""

import random
from typing import Any

import pytest

from ledger.primitives import ZERO_HASH
from ledger.voting.allocation import allocate
from ledger.voting.equal_shares import Election, allocate_equal_shares
from ledger.voting.equal_shares_certificate import Certificate, make_certificate
from ledger.voting.question import AllocationRule, Budget, TieRule
from tests.ledger.voting.equal_shares_cases import assen, election
from tests.ledger.voting.equal_shares_tampering import TAMPERED
from tests.verifier.node import ask_many

GREEDY = (AllocationRule.GREEDY, AllocationRule.GREEDY_NO_SKIP)


def _budget(budget: Budget) -> list[Any]:
    numbers = (budget.amount, budget.threshold)
    return [
        *(int(budget.rule), "0x" + budget.fund.hex(), *map(str, numbers), int(budget.ties)),
        *([str(mask) for mask in budget.exclusive], str(budget.step)),
    ]


def _mask(options: tuple[int, ...]) -> str:
    return str(sum(1 << option for option in options))


def test_greedy__random_votes__wins_as_in_the_model() -> None:
    chance = random.Random(7)
    questions, expected = [], []
    for _ in range(400):
        size = chance.randint(1, 9)
        costs = [chance.randint(0, 20) for _ in range(size)]
        counts = [chance.randint(0, 5) for _ in range(size)]
        rule, ties = chance.choice(GREEDY), chance.choice(list(TieRule))
        exclusive = tuple(chance.randrange(1, 1 << size) for _ in range(chance.randint(0, 2)))
        threshold = chance.choice([0, 2])
        budget = Budget(rule, ZERO_HASH, chance.randint(1, 60), threshold, ties, exclusive)
        result = allocate(costs, counts, budget)
        expected.append({"selected": _mask(result.selected), "spent": str(result.spent)})
        questions.append({"ask": "greedy", "costs": costs, "counts": counts, "budget": _budget(budget)})
    assert ask_many(questions) == expected
    assert len({answer["selected"] for answer in expected}) > 20


def _certified(vote: Election, certificate: Certificate) -> dict[str, Any]:
    return {
        "ask": "shares",
        "costs": [str(cost) for cost in vote.costs],
        "groups": [[str(mask), voters] for mask, voters in vote.groups],
        "budget": _budget(vote.budget),
        "step": certificate.step,
        "split": len(certificate.fits),
        "lines": [str(line.word) for line in certificate.lines],
    }


def test_equal_shares__random_votes__certificates_prove_the_models_winners() -> None:
    chance = random.Random(11)
    votes = []
    while len(votes) < 120:
        size = chance.randint(2, 7)
        costs = [chance.randint(1, 30) for _ in range(size)]
        ballots = [chance.randrange(1 << size) for _ in range(chance.randint(1, 10))]
        vote = election(costs, ballots, chance.randint(1, 60), ties=chance.choice(list(TieRule)))
        wanted = sum(cost for i, cost in enumerate(costs) if any(mask >> i & 1 for mask in ballots))
        if wanted > vote.budget.amount:
            votes.append(vote)
    answers = ask_many(_certified(vote, make_certificate(vote)) for vote in votes)
    results = [allocate_equal_shares(vote).allocation for vote in votes]
    assert answers == [{"selected": _mask(r.selected), "spent": str(r.spent)} for r in results]


@pytest.fixture(scope="module")
def real() -> tuple[Election, Certificate]:
    vote = assen()[1]
    return vote, make_certificate(vote)


def test_equal_shares__certificate_of_a_real_vote__holds_and_no_altered_one(real: tuple[Election, Certificate]) -> None:
    vote, certificate = real
    changed = [change(certificate) for change in TAMPERED.values()]
    first, *others = ask_many(_certified(vote, c) for c in [certificate, *changed])
    assert first["selected"] == _mask(allocate_equal_shares(vote).allocation.selected)
    held = [name for name, answer in zip(TAMPERED, others, strict=True) if "refused" not in answer]
    assert held == []
