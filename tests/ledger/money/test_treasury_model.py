"""The treasury in Python: its refusals name account, amount and rest. The contract beside it: tests/contracts/money."""

from dataclasses import replace

import pytest

from ledger.errors import LedgerError
from ledger.money.account import Account, AccountKind, fund_id, numbered_key
from ledger.money.appropriation import PassedQuestion
from ledger.money.document import Document
from ledger.money.errors import (
    AmountError,
    DocumentError,
    NotAllowedError,
    OverdrawnError,
    PaymentStateError,
    UnknownRecordError,
)
from ledger.money.journal import Journal
from ledger.money.payment import PaymentState
from ledger.money.text import encode_text
from ledger.money.treasury import Treasury
from ledger.primitives import ZERO_HASH, Address, keccak256
from ledger.system import SystemContract
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option, options_hash

PLN, PARKS = encode_text("PLN"), fund_id("parks")
TREASURER, OTHER = Address(b"t" * 20), Address(b"o" * 20)
SOURCE, PAYEE, PURPOSE = keccak256(b"council"), keccak256(b"gardener"), encode_text("bench")
YES_NO = PassedQuestion(numbered_key(SystemContract.BALLOTS.address, 1))
OPTIONS = [Option(Option.label_of(f"p{i}"), cost, PAYEE) for i, cost in enumerate([100, 0, 300])]
BUDGET = Budget(AllocationRule.GREEDY, PARKS, 500)
PROJECTS = PassedQuestion(
    numbered_key(SystemContract.BALLOTS.address, 2),
    options=options_hash(OPTIONS),
    budget=BUDGET.hash,
    selected=0b111,
)


@pytest.fixture
def documents() -> dict[int, Document]:
    return {i: Document(keccak256(b"document %d" % i)) for i in range(1, 4)}


@pytest.fixture
def treasury(documents: dict[int, Document]) -> Treasury:
    """1,000 in the parks fund; appropriation 1 of 400."""
    made = Treasury(SystemContract.TREASURY.address, Journal(), PLN, [PARKS], {TREASURER}, documents)
    made.receive(TREASURER, PARKS, 1000, SOURCE, 1)
    made.appropriate(YES_NO, PARKS, PAYEE, 400, PURPOSE)
    return made


def test_life_of_a_payment__settled__payee_has_it(treasury: Treasury) -> None:
    treasury.order(TREASURER, 1, 150, PURPOSE, 2)
    treasury.settle(TREASURER, 1, 3)
    assert treasury.payment(1).state is PaymentState.SETTLED
    assert treasury.rest(1) == 250
    assert treasury.books.held(Account(AccountKind.PAYEE, PAYEE)) == 150
    assert treasury.books.journal.total(PLN) == 0


def test_life_of_a_payment__failed_and_reversed__money_and_document_free(treasury: Treasury) -> None:
    entry = treasury.order(TREASURER, 1, 150, PURPOSE, 2).entry
    treasury.fail(TREASURER, 1, 3)
    assert treasury.rest(1) == 250
    treasury.reverse(TREASURER, 1)
    assert treasury.rest(1) == 400
    assert treasury.books.journal.entries[-1].heading.reverses == entry
    assert treasury.order(TREASURER, 1, 400, PURPOSE, 2).number == 2


def test_appropriate_result__winners__without_the_one_of_cost_0(treasury: Treasury) -> None:
    treasury.appropriate_result(PROJECTS, OPTIONS, BUDGET)
    assert [a.amount for a in treasury.appropriations.made] == [400, 100, 300]
    assert treasury.fund_balance(PARKS) == 200
    assert treasury.appropriations.decisions[PROJECTS.authority].pending_mask == 0


def test_appropriate_result__many_winners__hundred_a_call(treasury: Treasury) -> None:
    options = [Option(Option.label_of(str(i)), 1, PAYEE) for i in range(250)]
    question = replace(PROJECTS, options=options_hash(options), selected=2**250 - 1)
    treasury.appropriate_result(question, options, BUDGET)
    assert treasury.appropriations.decisions[question.authority].pending_mask == (2**250 - 1) ^ (2**100 - 1)
    for expected in (201, 251):
        treasury.appropriate_pending(question.authority, options)
        assert len(treasury.appropriations.made) == expected
    with pytest.raises(NotAllowedError, match="no winner without appropriation"):
        treasury.appropriate_pending(question.authority, options)


def test_release__rest__back_to_the_fund(treasury: Treasury) -> None:
    treasury.order(TREASURER, 1, 150, PURPOSE, 2)
    treasury.release(replace(YES_NO, authority=PROJECTS.authority), 1)
    assert (treasury.rest(1), treasury.fund_balance(PARKS)) == (0, 850)


@pytest.mark.parametrize(
    ("call", "values", "error", "said"),
    [
        ("receive", (OTHER, PARKS, 1, SOURCE, 1), NotAllowedError, "expected a treasurer"),
        ("receive", (TREASURER, PAYEE, 1, SOURCE, 1), UnknownRecordError, "fund: found"),
        ("receive", (TREASURER, PARKS, 0, SOURCE, 1), AmountError, "income: found 0"),
        ("receive", (TREASURER, PARKS, 2**127, SOURCE, 1), AmountError, "income: found"),
        ("receive", (TREASURER, PARKS, 1, ZERO_HASH, 1), UnknownRecordError, "source: found"),
        ("receive", (TREASURER, PARKS, 1, SOURCE, 9), UnknownRecordError, "evidence: found 9"),
        ("order", (OTHER, 1, 1, PURPOSE, 2), NotAllowedError, "expected a treasurer"),
        ("order", (TREASURER, 2, 1, PURPOSE, 2), UnknownRecordError, "appropriation: found 2"),
        ("order", (TREASURER, 1, 0, PURPOSE, 2), AmountError, "payment: found 0"),
        ("order", (TREASURER, 1, 401, PURPOSE, 2), OverdrawnError, "takes 401, expected at most the rest, 400"),
        ("order", (TREASURER, 1, 1, ZERO_HASH, 2), UnknownRecordError, "purpose: found"),
        ("settle", (TREASURER, 1, 2), UnknownRecordError, "payment: found 1"),
        ("appropriate", (YES_NO, PARKS, PAYEE, 1, PURPOSE), NotAllowedError, "has appropriated before"),
        ("appropriate", (PROJECTS, PARKS, PAYEE, 1, PURPOSE), NotAllowedError, "expected yes/no"),
        ("release", (replace(YES_NO, effect_kind=EffectKind.PARAMETER), 1), NotAllowedError, "found parameter"),
        ("appropriate_result", (PROJECTS, OPTIONS[:2], BUDGET), NotAllowedError, "options or budget"),
        ("appropriate_result", (PROJECTS, OPTIONS, replace(BUDGET, amount=9)), NotAllowedError, "options or budget"),
        ("appropriate_result", (replace(PROJECTS, selected=None), OPTIONS, BUDGET), NotAllowedError, "final"),
    ],
)
def test_refusal__any__named_and_nothing_changed(
    treasury: Treasury, call: str, values: tuple[object, ...], error: type[LedgerError], said: str
) -> None:
    before = treasury.books.journal.trial_balance(PLN)
    with pytest.raises(error, match=said):
        getattr(treasury, call)(*values)
    assert treasury.books.journal.trial_balance(PLN) == before
    assert (len(treasury.appropriations.made), len(treasury.payments.made)) == (1, 0)


def test_order__document_used_or_withheld__refused(treasury: Treasury, documents: dict[int, Document]) -> None:
    treasury.order(TREASURER, 1, 1, PURPOSE, 2)
    documents[4] = documents[2]
    with pytest.raises(DocumentError, match="evidence 4: pays payment 1"):
        treasury.order(TREASURER, 1, 1, PURPOSE, 4)
    documents[3] = replace(documents[3], is_available=False)
    with pytest.raises(DocumentError, match="evidence 3: found withheld or lost"):
        treasury.order(TREASURER, 1, 1, PURPOSE, 3)


def test_reverse__settled__refused_with_both_states(treasury: Treasury) -> None:
    treasury.order(TREASURER, 1, 1, PURPOSE, 2)
    treasury.settle(TREASURER, 1, 3)
    with pytest.raises(PaymentStateError, match="payment 1: found settled, expected failed"):
        treasury.reverse(TREASURER, 1)
