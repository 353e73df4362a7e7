"""Closing questions beside the model, and carrying out what has passed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.primitives import Address
from ledger.voting.form import BallotKind, Form
from ledger.voting.outcome import Electorate, is_passed
from ledger.voting.question import EffectKind, Question, effect_hash
from tests.contracts.chain import Chain, Reverted, account
from tests.contracts.founding import STRANGER, TERMS, bytes32
from tests.contracts.voting.ballot_box import MEMBERS, BallotBox, set_up, shared_box

YES_NO = Form(BallotKind.YES_NO, 3, 0, 1)
CHOOSE = Form(BallotKind.CHOOSE_ONE, 6)
K = EffectKind


def poll(box: BallotBox, question: Question, yes: int, no: int, abstain: int, blank: int = 0) -> None:
    """Cast so many ballots and let the window end."""
    choices = [1] * yes + [2] * no + [3] * abstain + [0] * blank
    if choices:
        assert all(box.cast(question, [box.sign(question, seat, 1, bytes([c])) for seat, c in enumerate(choices)]))
    box.chain.now = question.closes


def close(box: BallotBox, question: Question) -> bool:
    """Close it; whether it passed."""
    sent = box.ballots.send("close", question.id, sender=STRANGER)
    closed, turnout, passed, executed = box.ballots.read("outcome", question.id)
    ((name, event),) = box.ballots.events(sent)
    assert (closed, executed, name) == (True, False, "Closed")
    assert (event["turnout"], event["passed"]) == (turnout, passed)
    return bool(passed)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    kind=st.sampled_from(list(K)),
    counts=st.tuples(*(st.integers(0, 12) for _ in range(4))),
)
def test_close__any_yes_no_poll__is_the_models_outcome(kind: EffectKind, counts: tuple[int, int, int, int]) -> None:
    box = shared_box()
    with box.chain.anchor():
        effect = bytes(32) if kind is K.REFERENDUM else b"\x01" * 32
        question = box.open(YES_NO, effect_kind=kind, effect=effect)
        poll(box, question, *counts)
        electorate = Electorate(MEMBERS, box.seats, 5)
        expected = is_passed(YES_NO.kind, question.terms, electorate, sum(counts), list(counts[:3]))
        assert close(box, question) is expected


@pytest.mark.parametrize(
    ("kind", "counts", "passes"),
    [
        (K.REFERENDUM, (1, 0, 0), True),
        (K.REFERENDUM, (0, 0, 40), False),
        (K.REFERENDUM, (0, 0, 0, 40), False),
        (K.REFERENDUM, (20, 20, 0), False),
        (K.REFERENDUM, (21, 20, 0), True),
        (K.PARAMETER, (20, 5, 7), True),
        (K.PARAMETER, (20, 5, 6), False),
        (K.PARAMETER, (20, 5, 6, 1), True),
        (K.ENTRENCHED, (33, 11, 0), True),
        (K.ENTRENCHED, (33, 12, 0), False),
    ],
)
def test_close__at_the_edge__passes_or_not(
    box: BallotBox, kind: EffectKind, counts: tuple[int, ...], passes: bool
) -> None:
    effect = bytes(32) if kind is K.REFERENDUM else b"\x01" * 32
    question = box.open(YES_NO, effect_kind=kind, effect=effect)
    poll(box, question, *counts)
    assert close(box, question) is passes


@pytest.mark.parametrize("form", [CHOOSE, Form(BallotKind.ORDINAL, 6, 1, 3), Form(BallotKind.APPROVAL, 200, 1, 200)])
def test_close__kind_other_than_yes_no__needs_quorum_only(box: BallotBox, form: Form) -> None:
    few, many = (box.open(form, effect_kind=K.PERMISSION) for _ in range(2))
    choice = b"\x01".ljust(form.choice_length, b"\0")
    for question, seats in ((few, 15), (many, 16)):
        assert all(box.cast(question, [box.sign(question, seat, 1, choice) for seat in range(seats)]))
    box.chain.now = few.closes
    assert [close(box, few), close(box, many)] == [False, True]


def test_close__roll_below_its_minimum__never_passes() -> None:
    box = set_up(Chain(), members=6, seats=4)
    question = box.open(YES_NO)
    poll(box, question, 4, 0, 0)
    assert close(box, question) is False


def test_close__before_the_end_or_twice__reverts(box: BallotBox) -> None:
    question = box.open(YES_NO)
    box.chain.now = question.closes - 1
    with pytest.raises(Reverted, match="still open"):
        box.ballots.send("close", question.id, sender=STRANGER)
    box.chain.now += 1
    close(box, question)
    with pytest.raises(Reverted, match="closed before"):
        box.ballots.send("close", question.id, sender=STRANGER)


NAME = bytes32(b"equal_shares.challenge")


def parameter_question(
    box: BallotBox, value: int, target: Address | None = None, kind: EffectKind = K.PARAMETER
) -> tuple[Question, Address, bytes]:
    """A question whose effect sets a parameter, closed with all for it."""
    target = box.constitution.address if target is None else target
    data = box.constitution.abi.encode_call("set", NAME, value)
    question = box.open(YES_NO, effect_kind=kind, effect=effect_hash(target, data))
    poll(box, question, 44, 0, 0)
    assert close(box, question)
    return question, target, data


def execute(box: BallotBox, question: Question, target: Address, data: bytes) -> None:
    box.ballots.send("execute", question.id, target, data, sender=STRANGER)


def test_execute__passed_and_waited__changes_the_constitution_once(box: BallotBox) -> None:
    question, target, data = parameter_question(box, 90)
    box.chain.now = question.closes + TERMS[K.PARAMETER][2]
    execute(box, question, target, data)
    assert box.constitution.read("get", NAME) == 90
    assert box.ballots.read("outcome", question.id)[3] is True
    assert box.ballots.read("executing") == (0, 0)
    with pytest.raises(Reverted, match="executed before"):
        execute(box, question, target, data)


def test_execute__during_the_waiting_time__reverts(box: BallotBox) -> None:
    question, target, data = parameter_question(box, 90)
    box.chain.now = question.closes + TERMS[K.PARAMETER][2] - 1
    with pytest.raises(Reverted, match="still waiting"):
        execute(box, question, target, data)


def test_execute__another_call_than_the_questions__reverts(box: BallotBox) -> None:
    question, target, data = parameter_question(box, 90)
    box.chain.now += 1000
    other = box.constitution.abi.encode_call("set", NAME, 91)
    for wrong_target, wrong_data in ((target, other), (account("other"), data), (target, data + b"\0")):
        with pytest.raises(Reverted, match="another effect"):
            execute(box, question, wrong_target, wrong_data)


def test_execute__effect_of_a_kind_that_may_not__reverts_and_may_be_tried_again(box: BallotBox) -> None:
    question, target, data = parameter_question(box, 90, kind=K.PERMISSION)
    box.chain.now += 1000
    for _ in range(2):
        with pytest.raises(Reverted, match="authority: other kind of question"):
            execute(box, question, target, data)
    assert box.ballots.read("outcome", question.id)[3] is False


def test_execute__target_without_code__reverts(box: BallotBox) -> None:
    question, target, data = parameter_question(box, 90, target=account("nobody"))
    box.chain.now += 1000
    with pytest.raises(Reverted, match="no contract there"):
        execute(box, question, target, data)


def test_execute__not_closed_or_not_passed__reverts(box: BallotBox) -> None:
    data = box.constitution.abi.encode_call("set", NAME, 90)
    target = box.constitution.address
    question = box.open(YES_NO, effect_kind=K.PARAMETER, effect=effect_hash(target, data))
    poll(box, question, 1, 40, 0)
    box.chain.now += 1000
    with pytest.raises(Reverted, match="not passed"):
        execute(box, question, target, data)
    assert not close(box, question)
    with pytest.raises(Reverted, match="not passed"):
        execute(box, question, target, data)


def test_execute__effect_that_executes_another__reverts(box: BallotBox) -> None:
    inner, target, data = parameter_question(box, 90)
    nested = box.ballots.abi.encode_call("execute", inner.id, target, data)
    question = box.open(YES_NO, effect_kind=K.PARAMETER, effect=effect_hash(box.ballots.address, nested))
    poll(box, question, 44, 0, 0)
    close(box, question)
    box.chain.now += 1000
    with pytest.raises(Reverted):
        execute(box, question, box.ballots.address, nested)
    execute(box, inner, target, data)


def test_set__called_without_a_ballot__reverts(box: BallotBox) -> None:
    with pytest.raises(Reverted, match="authority: not a ballot"):
        box.constitution.send("set", NAME, 90, sender=STRANGER)
