"""Question documents: whatever the bytes are, reading them neither fails nor invents."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ledger.money.account import fund_id
from ledger.primitives import to_hex
from ledger.views.definition import document_budget
from ledger.views.question_document import QuestionDocument, read_document
from ledger.voting.question import AllocationRule, Budget, Option, TieRule

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
MEMBERS = ("title", "place", "summary", "source", "rule", "currency", "exponent", "budget", "options")


def test_document__whole__is_read() -> None:
    record = {
        "title": "T",
        "exponent": 2,
        "budget": 100,
        "options": [{"id": "a", "name": "A", "cost": 5}, {"id": "b"}],
    }
    document = read_document(json.dumps(record).encode())

    assert document is not None
    assert (document.title, document.exponent, document.budget) == ("T", 2, 100)
    first, second = document.options.values()
    assert (first.name, first.cost) == ("A", 5)
    assert (second.name, second.cost) == ("", None)
    assert list(document.options) == [Option.label_of("a"), Option.label_of("b")]


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_document__members_of_any_type__never_fail(record: dict[str, object]) -> None:
    document = read_document(json.dumps(record).encode())

    assert isinstance(document, QuestionDocument)
    document.title.encode()
    document_budget(document)


@given(st.binary())
def test_document__any_bytes__never_fail(data: bytes) -> None:
    document = read_document(data)

    assert document is None or isinstance(document, QuestionDocument)


def test_document__lone_surrogate_or_deep_nesting__does_no_harm() -> None:
    document = read_document(b'{"title": "a\\ud800b", "options": [{"id": "\\udc00"}, {"id": "x", "name": "\\ud800"}]}')

    assert document is not None
    assert document.title == ""
    assert [(text.identifier, text.name) for text in document.options.values()] == [("x", "")]
    assert read_document(b"[" * 100_000) is None


def test_document__endless_texts__are_cut() -> None:
    record = {"title": "t" * 10_000, "summary": "s" * 10_000, "options": [{"id": "i" * 1_000, "name": "n" * 1_000}]}
    document = read_document(json.dumps(record).encode())

    assert document is not None
    assert (len(document.title), len(document.summary)) == (300, 5_000)
    assert list(document.options) == [Option.label_of("i" * 1_000)]
    assert len(document.options[Option.label_of("i" * 1_000)].name) == 300


def test_budget__stated_in_full__gives_the_hash() -> None:
    budget = Budget(AllocationRule.GREEDY, fund_id("x"), 500, 3, TieRule.CHEAPER_THEN_LISTED, (3, 12))
    stated = {
        "rule": 1,
        "fund": to_hex(budget.fund),
        "amount": 500,
        "threshold": 3,
        "ties": 1,
        "exclusive": [3, 12],
    }

    assert document_budget(QuestionDocument("T", budget=stated)) == budget
    for broken in ({**stated, "rule": 9}, {**stated, "fund": "0xzz"}, {"rule": 1}, {**stated, "step": 5}):
        assert document_budget(QuestionDocument("T", budget=broken)) is None
