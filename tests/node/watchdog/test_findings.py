"""Alarms told once, votes that are missing, changes that people should hear of."""

import pytest
from eth_abi import encode

from ledger.abi import contract
from ledger.chain.receipt import Log, Receipt
from ledger.primitives import Gas, Hash32, Height, to_word
from ledger.proofs.seal import make_commit_seal
from ledger.system import SystemContract
from node.watchdog.alarms import Alarm, AlarmBook, Code, Severity
from node.watchdog.changes import find_changes, touches
from node.watchdog.sealing import MISSES, Attendance
from tests.ledger.proofs.comet.synthetic import CHAIN_ID, make_signers, sign


def test_book__same_alarm_again__told_once_until_it_is_over() -> None:
    times = iter(range(100))
    told: list[Alarm] = []
    book = AlarmBook(lambda: next(times))
    book.listen(told.append)
    assert book.find(Code.STALL, "a", "no block") is not None
    assert book.find(Code.STALL, "a", "still no block") is None
    assert book.find(Code.STALL, "b", "no block") is not None
    book.end(Code.STALL, "a")
    book.end(Code.STALL, "a")
    assert [(alarm.subject, alarm.ended) for alarm in told] == [("a", None), ("b", None), ("a", 3)]
    assert book.find(Code.STALL, "a", "no block") is not None
    assert book.counts[Code.STALL] == 3


def test_book__what_lasts__gravest_first_and_notices_never() -> None:
    book = AlarmBook(lambda: 1.0)
    for code in (Code.SEALERS_CHANGED, Code.STALL, Code.STATE_ROOT):
        book.find(code, "x", "y")
    assert [alarm.code for alarm in book.active] == [Code.STATE_ROOT, Code.STALL]
    assert [alarm.code for alarm in book.past] == [Code.SEALERS_CHANGED]
    assert book.active[0].record["severity"] == Severity.CRITICAL


def test_attendance__validator_without_a_vote__counted_until_it_votes() -> None:
    signers = make_signers([4, 3, 3, 3])
    absent = signers[2].validator.address
    attendance = Attendance()
    for height, voters in enumerate(([0, 1, 3], [0, 1, 3], [0, 1, 3]), 1):
        seal = make_commit_seal(Height(height), sign(signers, Hash32(to_word(height)), voters))
        missed = attendance.take(seal, CHAIN_ID)
    assert missed[absent] == MISSES
    assert sum(missed.values()) == MISSES
    seal = make_commit_seal(Height(4), sign(signers, Hash32(to_word(4))))
    assert set(attendance.take(seal, CHAIN_ID).values()) == {0}


def _log(of: SystemContract, event: str, data: bytes, *topics: bytes) -> Receipt:
    topic = contract(of.contract_name).topic(event)
    log = Log(of.address, (topic, *(Hash32(one) for one in topics)), data)
    return Receipt(2, True, Gas(1), (log,))


def test_changes__parameter_set_by_ballot__named_with_its_question() -> None:
    entry = contract("Constitution")
    name = b"roll.minimum".ljust(32, b"\0")
    topic = entry.topic("ParameterSet")
    indexed = encode(["uint256", "uint256", "uint256"], [5, 7, 3])
    log = Log(SystemContract.CONSTITUTION.address, (topic, Hash32(name)), indexed)
    (change,) = find_changes([Receipt(2, True, Gas(1), (log,))])
    assert (change.code, change.subject) == (Code.CONSTITUTION_CHANGED, "roll.minimum")
    assert "value 7" in change.detail
    assert "question 3" in change.detail


@pytest.mark.parametrize("of", [SystemContract.CONSTITUTION, SystemContract.DIRECTORY])
def test_changes__event_that_is_not_known__is_said_all_the_same(of: SystemContract) -> None:
    log = Log(of.address, (Hash32(b"\x77" * 32),), b"")
    (change,) = find_changes([Receipt(2, True, Gas(1), (log,))])
    assert "unknown" in change.subject


def test_changes__of_persons_and_ballots__are_none() -> None:
    receipts = [
        Receipt(2, True, Gas(1), (Log(SystemContract.BALLOTS.address, (Hash32(b"\x77" * 32),), b""),)),
        _log(SystemContract.PERMISSIONS, "Dismissed", to_word(1), to_word(9)),
    ]
    assert list(find_changes(receipts)) == []
    assert touches(receipts, SystemContract.PERMISSIONS)
    assert not touches(receipts, SystemContract.CONSTITUTION)
