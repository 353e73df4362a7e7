"""The store of voters' statements: durable, one row a seat, shared by processes, honest where it cannot write."""

import multiprocessing
from pathlib import Path

import pytest

from ledger.primitives import Hash32
from ledger.voting.checked import Checked, SignedChecked, StatementsNotKeptError
from node.statements import StatementStore
from node.store.errors import StoreDamagedError
from node.store.lmdb_store import LmdbStore

QUESTION, OTHER = Hash32(b"\x01" * 32), Hash32(b"\x02" * 32)


def statement(seat: int, ballot: int = 1, question: Hash32 = QUESTION) -> SignedChecked:
    return SignedChecked(Checked(question, seat, Hash32(bytes([ballot]) * 32)), bytes([seat % 256, ballot]) * 32)


def test_put__new__is_there_for_another_process_to_read(tmp_path: Path) -> None:
    store = StatementStore(tmp_path / "statements")
    assert store.scan(QUESTION) == []
    assert not (tmp_path / "statements").exists()

    assert store.put(1, statement(7))

    assert StatementStore(tmp_path / "statements").scan(QUESTION) == [(1, statement(7))]


def test_put__same_again_or_older__changes_nothing_and_newer_replaces(tmp_path: Path) -> None:
    store = StatementStore(tmp_path)
    assert store.put(2, statement(7, 2))

    assert not store.put(2, statement(7, 2))
    assert not store.put(1, statement(7, 1))
    assert store.scan(QUESTION) == [(2, statement(7, 2))]
    assert store.put(3, statement(7, 3))
    assert store.scan(QUESTION) == [(3, statement(7, 3))]


def test_scan__many_seats_and_questions__gives_one_questions_by_seat(tmp_path: Path) -> None:
    store = StatementStore(tmp_path)
    for seat in (2**32 - 1, 300, 0, 5):
        store.put(1, statement(seat))
    store.put(1, statement(4, question=OTHER))

    assert [signed.statement.seat for _, signed in store.scan(QUESTION)] == [0, 5, 300, 2**32 - 1]
    assert [signed.statement.seat for _, signed in store.scan(QUESTION, 5, 2)] == [5, 300]
    assert len(store.scan(OTHER)) == 1


def test_put__path_that_cannot_be_a_directory__says_that_it_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "statements").write_text("a file")

    with pytest.raises(StatementsNotKeptError, match="cannot keep them"):
        StatementStore(tmp_path / "statements").put(1, statement(1))


def test_put__another_process_that_never_ends_writing__is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.statements.PATIENCE_S", 0.1)
    holder = LmdbStore(tmp_path, map_bytes=1 << 24)
    try:
        with pytest.raises(StatementsNotKeptError, match="writes to it"):
            StatementStore(tmp_path).put(1, statement(1))
    finally:
        holder.close()


def test_scan__row_of_another_form__is_damage(tmp_path: Path) -> None:
    store = StatementStore(tmp_path)
    store.put(1, statement(1))
    raw = LmdbStore(tmp_path, map_bytes=1 << 24)
    raw.commit({QUESTION + b"\0\0\0\2": b"short"})
    raw.close()

    with pytest.raises(StoreDamagedError):
        store.scan(QUESTION)


def _put_many(path: str, first: int) -> None:
    store = StatementStore(Path(path))
    for seat in range(first, first + 15):
        store.put(1, statement(seat))


def test_put__two_processes_at_once__keeps_all(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=_put_many, args=(str(tmp_path), first)) for first in (0, 100)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)

    assert [job.exitcode for job in jobs] == [0, 0]
    assert len(StatementStore(tmp_path).scan(QUESTION)) == 30
