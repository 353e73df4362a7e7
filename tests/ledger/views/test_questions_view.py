"""Questions rebuilt from a real chain: their hashes are those that ballots sign."""

from collections.abc import Iterator

import pytest

from ledger.primitives import Hash32, Timestamp
from ledger.system import SystemContract
from ledger.views.allocations import load_allocation
from ledger.views.contracts import load_contracts
from ledger.views.definition import document_options, load_budget, load_definition
from ledger.views.question_document import find_document
from ledger.views.questions import (
    UnknownQuestionError,
    decode_form,
    load_electorate,
    load_outcome,
    load_question,
    load_tally,
    question_count,
)
from ledger.views.standing import Outcome, QuestionStatus, status_of
from ledger.views.structs import read_struct
from ledger.voting.form import BallotKind
from ledger.voting.question import options_hash
from tests.api.town import Town, make_budget
from tests.scripts.small_ledger import FORMS, SmallLedger, choice_of, found_small


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLedger]:
    opened = SmallLedger(found_small(tmp_path_factory.mktemp("questions") / "ledger")).fill()
    yield opened
    opened.node.close()


@pytest.mark.parametrize("kind", list(BallotKind))
def test_question__of_any_kind__has_the_hash_on_the_chain(ledger: SmallLedger, kind: BallotKind) -> None:
    question = ledger.open_question(kind)
    state = ledger.node.chain.state()

    assert question.form == FORMS[kind]
    assert question.id == question_count(state)
    assert question.hash == read_struct(state, SystemContract.BALLOTS, "question", question.id)["hash"]
    assert question.word == state.storage(question.contract, 2**65 + question.id)
    assert question.hash.hex() == state.storage(question.contract, 2**64 + question.id).to_bytes(32, "big").hex()


def test_tally__of_cast_ballots__is_the_contracts(ledger: SmallLedger) -> None:
    question = ledger.open_question(BallotKind.ORDINAL)
    choices = [choice_of(BallotKind.ORDINAL, numbers) for numbers in ((1, 2, 3), (2, 1), (2,))]
    ledger.cast(question, [ledger.sign(question, seat, choice) for seat, choice in enumerate(choices)])

    tally = load_tally(ledger.node.chain.state(), question.id)

    assert tally.turnout == 3
    assert tally.votes == (2, 3, 1, 0, 0)
    assert tally.points == tally.counts == (3 + 2, 2 + 3 + 3, 1, 0, 0)


def test_question__unknown__is_refused_with_what_there_is(town: Town) -> None:
    for number in (0, 5, 2**48 - 1):
        with pytest.raises(UnknownQuestionError, match="expected 1 to 4") as caught:
            load_question(town.chain.state(), number)
        assert caught.value.facts == {"question": number, "count": 4}


def test_question__earlier_state__is_not_there_yet(town: Town) -> None:
    with pytest.raises(UnknownQuestionError, match="expected 1 to 0"):
        load_question(town.chain.state(0), 1)


@pytest.mark.parametrize("kind", list(BallotKind))
def test_form__packed__comes_back(kind: BallotKind) -> None:
    assert decode_form(FORMS[kind].packed | 0xABCDEF << 136) == FORMS[kind]


def test_definition__of_the_opening__has_options_with_costs_and_payees(town: Town) -> None:
    definition = load_definition(town.chain, town.chain_id, town.decided)

    assert definition.options is not None
    assert options_hash(definition.options) == town.decided.options
    assert [option.cost for option in definition.options] == [40_000, 25_050, 30_000, 10_000, 99_999]
    assert definition.opened is not None
    assert definition.opened < town.chain.head().number


def test_budget__before_and_after_the_allocation__comes_from_what_hashes_to_it(town: Town) -> None:
    budget = load_budget(town.chain, town.chain_id, town.decided, SystemContract.ALLOCATION, None)

    assert budget == make_budget()
    assert load_budget(town.chain, town.chain_id, town.decided, SystemContract.EQUAL_SHARES, None) is None
    assert load_budget(town.chain, town.chain_id, town.running, SystemContract.ALLOCATION, None) is None


def test_document__held__names_every_option(town: Town) -> None:
    document = find_document(town.evidence, town.decided.text)

    assert document is not None
    assert document.place == "Aşyq & around"
    options = document_options(document, town.decided)
    assert options is not None
    assert [document.options[option.label].identifier for option in options] == [f"p{i}" for i in range(1, 6)]
    assert find_document(town.evidence, town.coming.text) is None
    assert find_document(town.evidence, Hash32(bytes(32))) is None


def test_allocation__final__is_the_mask_of_the_winners(town: Town) -> None:
    state = town.chain.state()
    contracts = load_contracts(state)

    decided = load_allocation(state, contracts, town.decided.id)

    assert (decided.selected, decided.spent, decided.count) == (0b01011, 75_050, 3)
    assert load_allocation(state, contracts, town.running.id).selected is None


def test_electorate_and_outcome__are_those_of_the_question(town: Town) -> None:
    state = town.chain.state()

    electorate = load_electorate(state, town.decided.id)
    assert (electorate.shares, electorate.seats) == (12, 12)
    assert load_outcome(state, town.decided.id) == Outcome(closed=True, passed=True, executed=True)
    assert load_outcome(state, town.refused.id) == Outcome(closed=True, passed=False, executed=False)
    assert load_outcome(state, town.running.id) == Outcome(closed=False, passed=False, executed=False)


@pytest.mark.parametrize(
    ("outcome", "offset", "status"),
    [
        (Outcome(False, False, False), -1, QuestionStatus.UPCOMING),
        (Outcome(False, False, False), 0, QuestionStatus.OPEN),
        (Outcome(False, False, False), 999, QuestionStatus.OPEN),
        (Outcome(False, False, False), 1000, QuestionStatus.ENDED),
        (Outcome(True, False, False), 1000, QuestionStatus.NOT_PASSED),
        (Outcome(True, True, False), 1000, QuestionStatus.PASSED),
        (Outcome(True, True, True), 1000, QuestionStatus.EXECUTED),
    ],
)
def test_status__by_time_and_outcome__is_what_people_say(
    town: Town, outcome: Outcome, offset: int, status: QuestionStatus
) -> None:
    assert status_of(town.decided, outcome, Timestamp(town.decided.opens + offset)) is status
