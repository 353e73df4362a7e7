"""Tables on disk hold what tables in memory hold, and an audit finds the same with either."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.auditor import audit_bundle
from ledger.audit.tables import KeptLanes
from ledger.bundle.reading import Bundle
from ledger.bundle.tables import MemoryTables
from ledger.voting.lane import Lane
from scripts.auditing.tables import DiskTables
from scripts.cli import main
from tests.api.town import Town, find_town

SMALL_BUFFER = 400
KEYS = st.sampled_from([b"", b"a", b"ab", b"b", b"\xff"])
STEPS = st.lists(st.tuples(st.integers(0, 1), KEYS, st.one_of(st.none(), st.binary(max_size=200))), max_size=30)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return find_town(tmp_path_factory)


@pytest.fixture
def disk() -> Iterator[DiskTables]:
    with DiskTables(SMALL_BUFFER) as tables:
        yield tables


@given(STEPS)
def test_disk_table__any_steps__as_a_table_in_memory(steps) -> None:
    memory = MemoryTables()
    with DiskTables(SMALL_BUFFER) as disk:
        pairs = [(memory.table(), disk.table()) for _ in range(2)]
        for which, key, value in steps:
            for table in pairs[which]:
                if value is None:
                    table.drop(key)
                else:
                    table.put(key, value)
        for one, other in pairs:
            assert all(list(one.rows(prefix)) == list(other.rows(prefix)) for prefix in (b"", b"a", b"ab", b"\xff"))
            assert all(one.get(key) == other.get(key) for key in (b"", b"a", b"ab", b"b", b"\xff", b"c"))


def test_disk_tables__end__leave_no_file() -> None:
    with DiskTables() as tables:
        folder = Path(tables._folder.name)
        tables.table().put(b"a", b"1")
        assert folder.is_dir()
    assert not folder.exists()


def test_kept_lanes__ballots_replaced__as_a_dictionary(disk: DiskTables) -> None:
    lanes, expected = KeptLanes(disk.table()), {}
    nothing = Lane(0, b"")
    for i in range(300):
        lane = Lane(1 + i // 100, bytes([i % 7, i % 11]))
        lanes[i % 120] = lane
        expected[i % 120] = lane
    assert len(lanes) == len(expected)
    assert list(lanes.values()) == [expected[seat] for seat in sorted(expected)]
    assert all(lanes.get(seat, nothing) == expected.get(seat, nothing) for seat in range(130))


def test_audit__tables_on_disk__finds_the_same(town: Town, tmp_path: Path, disk: DiskTables) -> None:
    folder = shutil.copytree(town.ledger.path, tmp_path / "town")
    path = tmp_path / "town.bundle"
    assert main(["export", "bundle", str(folder), "--out", str(path), "--quiet"]) == 0
    with path.open("rb") as file:
        in_memory = audit_bundle(Bundle(file))
        on_disk = audit_bundle(Bundle(file), tables=disk)
    assert on_disk.checks.checked == in_memory.checks.checked
    assert on_disk.checks.findings == in_memory.checks.findings == []
    assert on_disk.ballots == in_memory.ballots > 0
