"""Opening questions: by an officer and by seats; what is copied, bound and refused."""

from typing import Any

import pytest

from ledger.primitives import Hash32, keccak256, to_word
from ledger.secp256k1 import sign_compact
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import EffectKind
from tests.contracts.chain import Reverted
from tests.contracts.founding import OFFICER, REGISTRAR, STRANGER, TERMS
from tests.contracts.voting.ballot_box import (
    MEMBERS,
    WINDOW,
    BallotBox,
    key_of,
    make_options,
    rows,
)
from tests.contracts.voting.forms import FORMS, name_of

FORM = Form(BallotKind.CHOOSE_ONE, 6)
YES_NO = Form(BallotKind.YES_NO, 3, 0, 1)
HASH = Hash32(b"\x22" * 32)
OPENING = keccak256(b"Opening(bytes32 proposal,uint32 seat)")
PROPOSAL = "(bytes32,(uint8,uint8,uint8,uint8,uint16,uint16,uint32,uint32),uint8,uint8,uint40,uint40,bytes32,bytes32)"


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_open__any_form__binds_what_the_model_binds(box: BallotBox, form: Form) -> None:
    question = box.open(form)
    view = box.ballots.read("question", question.id)
    assert view[:6] == (question.hash, question.word, question.options, question.budget, question.effect, question.text)
    assert view[-3:] == (MEMBERS, box.seats, 5)
    assert box.ballots.slot(2**64 + question.id) == int.from_bytes(question.hash, "big")
    assert box.ballots.slot(2**65 + question.id) == question.word


def test_open__twice__numbers_and_hashes_differ(box: BallotBox) -> None:
    first, second = box.open(FORM), box.open(FORM)
    assert (first.id, second.id, box.ballots.read("count")) == (1, 2, 2)
    assert first.hash != second.hash


def test_open__terms_of_each_kind__are_copied(box: BallotBox) -> None:
    for kind, row in enumerate(TERMS):
        question = box.open(YES_NO, effect_kind=kind, effect=HASH if kind else bytes(32))
        view = box.ballots.read("question", question.id)
        assert view[6:14] == (kind, 0, row[2], *row[3:])
        assert view[0] == question.hash


def test_open__logs__hash_and_window(box: BallotBox) -> None:
    values = box.proposal(FORM)
    sent = box.ballots.send("open", values, rows(make_options(FORM)), sender=OFFICER)
    ((name, event),) = box.ballots.events(sent)
    assert (name, event["id"], event["opens"], event["closes"]) == ("Opened", 1, values[4], values[5])
    assert event["hash"] == box.ballots.read("question", 1)[0]


@pytest.mark.parametrize("sender", [STRANGER, REGISTRAR])
def test_open__without_the_duty__reverts(box: BallotBox, sender: Any) -> None:
    with pytest.raises(Reverted, match="duties: caller lacks the duty"):
        box.ballots.send("open", box.proposal(FORM), rows(make_options(FORM)), sender=sender)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"text": bytes(32)}, "no text"),
        ({"secrecy": 1}, "unknown secrecy"),
        ({"effect_kind": 5}, "constitution: kind without terms"),
        ({"effect": HASH}, "referendum with effect"),
        ({"effect": HASH, "effect_kind": 1}, "effect without budget or yes/no"),
        ({"budget": HASH}, "budget of another kind"),
        ({"budget": HASH, "effect_kind": 4}, "budget of another kind"),
    ],
)
def test_open__proposal_against_the_rules__reverts(box: BallotBox, changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Reverted, match=reason):
        box.open(FORM, **changed)


def test_open__budget_asked_by_yes_or_no__reverts(box: BallotBox) -> None:
    with pytest.raises(Reverted, match="budget of another kind"):
        box.open(YES_NO, budget=HASH, effect_kind=EffectKind.BUDGET)


@pytest.mark.parametrize(
    ("opens", "length", "reason"),
    [
        (-1, WINDOW, "opens in the past"),
        (0, 59, "window too short"),
        (0, 3601, "window too long"),
        (5, -9, "too short"),
    ],
)
def test_open__window_out_of_bounds__reverts(box: BallotBox, opens: int, length: int, reason: str) -> None:
    start = box.chain.now + opens
    with pytest.raises(Reverted, match=reason):
        box.open(FORM, opens=start, closes=start + length)


@pytest.mark.parametrize("length", [60, 3600])
def test_open__window_at_its_bounds__is_opened(box: BallotBox, length: int) -> None:
    assert box.open(FORM, closes=box.chain.now + length).closes == box.chain.now + length


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ((0, 6, 1, 1, 0, 0, 0, 0), "unknown kind"),
        ((7, 6, 1, 1, 0, 0, 0, 0), "unknown kind"),
        ((2, 0, 0, 0, 0, 0, 0, 0), "number of options"),
        ((1, 2, 0, 1, 0, 0, 0, 0), "number of options"),
        ((2, 6, 1, 2, 0, 0, 0, 0), "max_length"),
        ((3, 6, 1, 7, 0, 0, 0, 0), "max_length"),
        ((3, 6, 0, 0, 0, 0, 0, 0), "max_length"),
        ((3, 6, 4, 3, 0, 0, 0, 0), "min_length"),
        ((3, 6, 1, 3, 0, 1, 0, 0), "points"),
        ((4, 6, 1, 3, 0, 0, 0, 1), "points"),
        ((5, 6, 1, 3, 0, 0, 0, 9), "points"),
        ((5, 6, 1, 3, 4, 3, 0, 9), "points"),
        ((5, 6, 1, 3, 0, 3, 0, 0), "sum"),
        ((6, 6, 1, 3, 0, 3, 9, 8), "sum"),
        ((5, 255, 1, 128, 0, 3, 0, 9), "choice too long"),
        ((6, 255, 1, 86, 0, 256, 0, 900), "choice too long"),
    ],
)
def test_open__impossible_form__reverts(box: BallotBox, fields: tuple[int, ...], reason: str) -> None:
    options = [(bytes([i + 1]) * 32, 0, bytes(32)) for i in range(fields[1])]
    with pytest.raises(Reverted, match=reason):
        box.ballots.send("open", box.proposal(FORM, form=fields), options, sender=OFFICER)


@pytest.mark.parametrize("number", [5, 7])
def test_open__other_number_of_options__reverts(box: BallotBox, number: int) -> None:
    options = rows(make_options(Form(BallotKind.CHOOSE_ONE, number)))
    with pytest.raises(Reverted, match="number of options"):
        box.ballots.send("open", box.proposal(FORM), options, sender=OFFICER)


def _sign(box: BallotBox, values: tuple[Any, ...], seat: int, by: int | None = None) -> tuple[int, int, int]:
    options = box.question(1, FORM, values, make_options(FORM)).options
    text, form, *rest = values
    words = [text, *map(to_word, form), *(w if isinstance(w, bytes) else to_word(w) for w in rest)]
    proposed = keccak256(b"".join(words) + options)
    message = keccak256(OPENING + proposed + to_word(seat))
    signature = sign_compact(key_of(seat if by is None else by), keccak256(b"\x19\x01" + box.domain + message))
    return seat, int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def _open(box: BallotBox, values: tuple[Any, ...], signatures: list[tuple[int, int, int]]) -> None:
    box.ballots.send("open_by_seats", values, rows(make_options(FORM)), signatures, sender=STRANGER)


def test_open_by_seats__enough_signatures__opens_once(box: BallotBox) -> None:
    values = box.proposal(FORM)
    signatures = [_sign(box, values, seat) for seat in (0, 7, 8)]
    _open(box, values, signatures)
    assert box.ballots.read("question", 1)[0] == box.question(1, FORM, values, make_options(FORM)).hash
    with pytest.raises(Reverted, match="opened before"):
        _open(box, values, signatures)


def test_open_by_seats__another_question_opened_meanwhile__still_holds(box: BallotBox) -> None:
    values = box.proposal(FORM)
    signatures = [_sign(box, values, seat) for seat in (1, 2, 3, 4)]
    box.open(FORM)
    _open(box, values, signatures)
    assert box.ballots.read("count") == 2


def test_open_by_seats__too_few_twice_or_not_theirs__reverts(box: BallotBox) -> None:
    values = box.proposal(FORM)
    a, b, c = (_sign(box, values, seat) for seat in (1, 2, 3))
    other = _sign(box, box.proposal(FORM, text=HASH), 3)
    for signatures, reason in (
        ([], "too few signatures"),
        ([a, b], "too few signatures"),
        ([a, b, b], "not ascending"),
        ([b, a, c], "not ascending"),
        ([a, b, _sign(box, values, 3, by=4)], "signature of an opener"),
        ([a, b, (3, 0, 0)], "signature of an opener"),
        ([a, b, other], "signature of an opener"),
        ([a, b, (box.seats, 0, 0)], "signature of an opener"),
    ):
        with pytest.raises(Reverted, match=reason):
            _open(box, values, signatures)
    _open(box, values, [a, b, c])


@pytest.mark.parametrize("entry", ["question", "result", "outcome", "close"])
def test_views__unknown_question__revert(box: BallotBox, entry: str) -> None:
    box.open(FORM)
    for question_id in (0, 2, 2**255):
        with pytest.raises(Reverted, match="unknown question"):
            box.ballots.send(entry, question_id, sender=STRANGER)


def test_lane_views__out_of_bounds__revert(box: BallotBox) -> None:
    box.open(FORM)
    for values in ((2, 0), (1, 2**32)):
        with pytest.raises(Reverted, match=r"unknown question|no such seat"):
            box.ballots.read("lane", *values)
    for values in ((2, 0, 1), (1, 0, 513), (1, 2**48, 1), (1, 2**255, 1)):
        with pytest.raises(Reverted, match=r"unknown question|too many words"):
            box.ballots.read("lane_words", *values)


def test_lane_words__after_ballots__are_the_storage_words(box: BallotBox) -> None:
    question = box.open(FORM)
    box.cast(question, [box.sign(question, seat, 1, b"\x02") for seat in (0, 15, 16, 40)])
    words = box.ballots.read("lane_words", question.id, 0, 4)
    assert list(words) == [box.ballots.slot(2**96 + (question.id << 48) + i) for i in range(4)]
    assert words[0] == 0x0102 | 0x0102 << 240
