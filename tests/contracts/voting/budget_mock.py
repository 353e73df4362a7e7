"""A Ballots with nothing but results, and the packing that its callers expect."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boa

from ledger.voting.form import Form
from ledger.voting.question import Budget, Option, options_hash

SOURCE = """# pragma version ^0.4.0
struct Question:
    hash: bytes32
    form: uint256
    options: bytes32
    budget: bytes32
    more: uint256

question: public(HashMap[uint256, Question])
closed: HashMap[uint256, bool]
passed: HashMap[uint256, bool]
turnout: HashMap[uint256, uint256]
votes: HashMap[uint256, DynArray[uint256, 255]]
points: HashMap[uint256, DynArray[uint256, 255]]
lanes: uint256[2**200]

@external
def put(id: uint256, form: uint256, options: bytes32, budget: bytes32, closed: bool, passed: bool):
    self.question[id] = Question(hash=keccak256("q"), form=form, options=options, budget=budget, more=7)
    self.closed[id] = closed
    self.passed[id] = passed

@external
def put_result(id: uint256, turnout: uint256, votes: DynArray[uint256, 255], points: DynArray[uint256, 255]):
    self.turnout[id] = turnout
    self.votes[id] = votes
    self.points[id] = points

@external
def put_lanes(id: uint256, first: uint256, words: DynArray[uint256, 4096]):
    slot: uint256 = first + (id << 48)
    for word: uint256 in words:
        self.lanes[slot] = word
        slot += 1

@external
@view
def outcome(id: uint256) -> (bool, uint256, bool, bool):
    return self.closed[id], self.turnout[id], self.passed[id], False

@external
@view
def result(id: uint256) -> (uint256, DynArray[uint256, 255], DynArray[uint256, 255]):
    return self.turnout[id], self.votes[id], self.points[id]

@external
@view
def lane_words(id: uint256, first: uint256, count: uint256) -> DynArray[uint256, 1024]:
    words: DynArray[uint256, 1024] = []
    slot: uint256 = first + (id << 48)
    for i: uint256 in range(count, bound=1024):
        words.append(self.lanes[slot + i])
    return words
"""


def make_ballots() -> Any:
    """Deploy the mock."""
    return boa.loads(SOURCE, name="BallotsMock")


@contextmanager
def own_chain() -> Iterator[None]:
    """A chain without a past, on which gas can be measured."""
    with boa.swap_env(boa.Env()):
        yield


def settle() -> None:
    """End the block: the next call finds every slot cold and its value an old one."""
    boa.env.evm.vm.state.lock_changes()
    boa.env.reset_gas_used()


def option_rows(options: Sequence[Option]) -> list[tuple[bytes, int, bytes]]:
    """Options as a contract takes them."""
    return [(option.label, option.cost, option.payee) for option in options]


def budget_row(budget: Budget) -> tuple[Any, ...]:
    """A budget as a contract takes it."""
    return (
        int(budget.rule),
        budget.fund,
        budget.amount,
        budget.threshold,
        int(budget.ties),
        list(budget.exclusive),
        budget.step,
    )


def make_options(costs: Sequence[int]) -> list[Option]:
    """Options that differ by their labels."""
    return [Option(Option.label_of(f"project {i}"), cost) for i, cost in enumerate(costs)]


def put_question(
    ballots: Any,
    id_: int,
    form: Form,
    options: Sequence[Option],
    budget: Budget,
    *,
    counts: Sequence[int],
    turnout: int = 99,
    closed: bool = True,
    passed: bool = True,
) -> None:
    """Have the mock hold a question whose options got these counts (points where the kind has them)."""
    ballots.put(id_, form.packed | 7 << 136, options_hash(options), budget.hash, closed, passed)
    if form.kind.has_points:
        ballots.put_result(id_, turnout, [1] * len(counts), list(counts))
    else:
        ballots.put_result(id_, turnout, list(counts), [])
