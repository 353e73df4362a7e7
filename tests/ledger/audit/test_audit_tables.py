"""What an audit follows lies in tables: it comes back as it was put, and memory does not grow with it."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from ledger.audit.appropriations import Grant
from ledger.audit.asked import IN_MEMORY, AskedQuestions
from ledger.audit.documents import AnchoredDocument
from ledger.audit.journal import Balances
from ledger.audit.payments import Paid
from ledger.audit.proved import ProvedRows
from ledger.audit.tables import KeptLanes, Records, numbered
from ledger.bundle.plan import ProofPlan
from ledger.bundle.roots import EvidenceRoots
from ledger.bundle.tables import MemoryTables
from ledger.chain.receipt import Log, Receipt
from ledger.money.payment import PaymentState
from ledger.primitives import Gas, Hash32, Timestamp, keccak256, to_word
from ledger.system import SystemContract
from ledger.voting.form import BallotKind, Form
from ledger.voting.lane import Lane
from ledger.voting.outcome import Electorate
from ledger.voting.question import AllocationRule, Budget, EffectKind, Fraction, Option, Question, Terms
from ledger.voting.tally import OpenTally
from scripts.auditing.tables import DiskTables
from tests.tampering.draft import make_log

MANY = 8_000
BUFFER_BYTES = 1 << 18
MIB = 1 << 20
VERSION = SystemContract.TREASURY.address
HASH = keccak256(b"x")


@pytest.fixture
def disk() -> Iterator[DiskTables]:
    with DiskTables(BUFFER_BYTES) as tables:
        yield tables


def make_tally(question: Question, lanes: KeptLanes) -> OpenTally:
    return OpenTally(question.form, question.hash, HASH, question.record, lambda _: 1, lanes)


def a_question(id_: int) -> Question:
    terms = Terms(Fraction(1, 3), Fraction(1, 2), True, 60)
    times = (Timestamp(5), Timestamp(10), Timestamp(20))
    form = Form(BallotKind.APPROVAL, 3, 1, 2)
    contract = SystemContract.BALLOTS.address
    return Question(HASH, contract, id_, HASH, HASH, form, 0, EffectKind.BUDGET, *times, terms, HASH, HASH)


def test_asked__many_questions__come_back_as_they_were_left() -> None:
    asked = AskedQuestions(MemoryTables(), make_tally)
    options = tuple(Option(keccak256(bytes([i])), 2**200 + i, HASH) for i in range(3))
    budget = Budget(AllocationRule.EQUAL_SHARES_ADD1, HASH, 2**128, 1, exclusive=(3, 6), step=7)
    numbers = range(1, 3 * IN_MEMORY)
    for id_ in numbers:
        asked.add(a_question(id_), options, Electorate(9, 8, 7))
        found = asked.find(SystemContract.BALLOTS.address, id_)
        assert found is not None
        found.tally.lanes[id_] = Lane(1, bytes([id_]))
        found.tally.votes[1] = id_
        found.closed, found.turnout, found.selected = True, 1, None if id_ % 2 else 0
        found.budget = budget if id_ % 2 else None
        found.executed_call = (VERSION, bytes(id_)) if id_ % 3 else None
    for found, id_ in zip(asked.items(), numbers, strict=True):
        assert (found.question, found.options, found.electorate) == (a_question(id_), options, Electorate(9, 8, 7))
        assert (found.tally.votes, found.tally.turnout) == ([0, id_, 0], 1)
        assert list(found.tally.lanes.values()) == [Lane(1, bytes([id_]))]
        assert (found.closed, found.passed, found.turnout) == (True, False, 1)
        assert found.selected == (None if id_ % 2 else 0)
        assert found.budget == (budget if id_ % 2 else None)
        assert found.executed_call == ((VERSION, bytes(id_)) if id_ % 3 else None)
    assert asked.find(SystemContract.BALLOTS.address, 0) is None
    assert asked.find(VERSION, 1) is None


def test_records__any_values__come_back() -> None:
    label, payee = keccak256(b"label"), keccak256(b"payee")
    for record in (
        Grant(label, HASH, payee, HASH, 2**256 - 1),
        Grant(label, HASH, payee, HASH, -(2**255)),
        Paid(3, 2**255, PaymentState.FAILED, label, 2**40, 8),
        AnchoredDocument(b"cid" * 12, bytes(VERSION), 2, 2**40, payee),
    ):
        records = Records(MemoryTables().table(), type(record))
        records.put(b"key", record)
        assert records.get(b"key") == record
        assert list(records.items()) == [(b"key", record)]
        assert records.get(b"other") is None


def test_balances__amounts_of_both_signs__are_added_and_summed_by_currency() -> None:
    balances = Balances(MemoryTables().table())
    euro, yen = (Hash32(name.ljust(32, b"\0")) for name in (b"EUR", b"JPY"))
    largest = 2**255 - 1
    assert [balances.add(euro, HASH, amount) for amount in (5, -300, 295, largest, largest)][-1] == 2 * largest
    balances.add(euro, VERSION.rjust(32, b"\0"), -2 * largest)
    balances.add(yen, HASH, -128)
    assert dict(balances.totals()) == {euro: 0, yen: -128}


def test_proved_rows__compared__counts_both_sides_and_minds_the_order() -> None:
    ours, theirs = (ProvedRows(MemoryTables().table()) for _ in range(2))
    for slot in (1, 2, 5, 9):
        ours.put((VERSION, slot), 0)
    for slot in (2, 3, 9, 10, 11):
        theirs.put((VERSION, slot), slot)
    assert ours.compare(theirs) == (2, 2, 3)
    assert (theirs.value(VERSION, 9), theirs.value(VERSION, 1)) == (9, 0)
    assert ours.is_ascending
    for slot in (11, 4):
        theirs.put((VERSION, slot), slot)
        assert not theirs.is_ascending


def put_balances(tables: DiskTables) -> object:
    balances = Balances(tables.table())
    for i in range(MANY):
        balances.add(HASH, Hash32(to_word(i)), i)
    assert sum(1 for _ in balances.items()) == MANY
    return balances


def put_payments(tables: DiskTables) -> object:
    payments = Records(tables.table(), Paid)
    for i in range(MANY):
        payments.put(numbered(VERSION, i), Paid(i, i, PaymentState.ORDERED, HASH))
    assert sum(1 for _ in payments.items()) == MANY
    return payments


def put_documents(tables: DiskTables) -> object:
    roots = EvidenceRoots(tables=tables)
    for i in range(MANY):
        roots.take([receipt(Log(SystemContract.EVIDENCE.address, *anchored(i)))])
    assert sum(1 for _ in roots.iterate()) == MANY
    return roots


def put_planned(tables: DiskTables) -> object:
    plan = ProofPlan(tables)
    expected = ProvedRows(tables.table())
    for i in range(1, MANY):
        plan.take(i, [receipt(make_log(SystemContract.TREASURY, "Ordered", [i, i, HASH], [i, HASH, i, 0]))])
    for row in plan.iterate_rows(MANY, MANY, lambda _, __: 0):
        expected.put(row, 0)
    return plan, expected


def put_questions(tables: DiskTables) -> object:
    asked = AskedQuestions(tables, make_tally)
    options = tuple(Option(HASH, i) for i in range(3))
    for id_ in range(1, MANY // 4):
        asked.add(a_question(id_), options, Electorate(9, 8, 7))
    assert sum(1 for _ in asked.items()) == MANY // 4 - 1
    return asked


def receipt(log: Log) -> Receipt:
    return Receipt(2, True, Gas(0), (log,))


def anchored(number: int) -> tuple[tuple[Hash32, ...], bytes]:
    """Topics and data of an event of Evidence."""
    cid = b"\x01\x55\x12\x20" + keccak256(to_word(number))
    log = make_log(SystemContract.EVIDENCE, "Anchored", [number, VERSION, HASH], [0, 64, len(cid)])
    return log.topics, log.data + cid.ljust(64, b"\0")


@pytest.mark.parametrize("put", [put_balances, put_payments, put_documents, put_planned, put_questions])
def test_memory__many_rows__does_not_grow_with_them(put: Callable[[DiskTables], object], disk: DiskTables) -> None:
    tracemalloc.start()
    try:
        kept = put(disk)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # In memory these rows take 1.4 MiB and more.
    assert kept is not None
    assert held < MIB
    assert peak < 1.5 * MIB
