"""The store on disk: durable, whole, guarded against damage, a second writer and a full disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from node.store.errors import NoStoreError, StoreDamagedError, StoreFullError, StoreLockedError
from node.store.lmdb_store import LmdbStore
from node.store.memory import MemoryStore

MAP = 1 << 28


@pytest.fixture(params=["lmdb", "memory"])
def store(request, tmp_path: Path):
    made = LmdbStore(tmp_path / "store", map_bytes=MAP) if request.param == "lmdb" else MemoryStore()
    yield made
    made.close()


def test_commit__rows__are_there_and_others_stay(store) -> None:
    store.commit({b"a": b"1", b"b": b"2"})
    store.commit({b"b": None, b"c": b"3"})
    assert [store.get(key) for key in (b"a", b"b", b"c")] == [b"1", None, b"3"]
    store.commit({b"never": None})


def test_snapshot__later_commits__do_not_change_it(store) -> None:
    store.commit({b"a": b"1", b"b": b"2"})
    snapshot = store.snapshot()
    store.commit({b"a": b"9", b"b": None, b"c": b"3"})
    assert snapshot.get(b"a") == b"1"
    assert list(snapshot.scan(b"a", b"z")) == [(b"a", b"1"), (b"b", b"2")]
    snapshot.close()
    fresh = store.snapshot()
    assert list(fresh.scan(b"b", b"z")) == [(b"c", b"3")]
    assert list(fresh.scan(b"x", b"z")) == []
    fresh.close()


def test_open__again__rows_are_still_there(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path / "store")
    store.commit({b"a": b"1"})
    store.close()
    again = LmdbStore(tmp_path / "store")
    assert again.get(b"a") == b"1"
    again.close()


def test_open__second_writer__is_refused_by_name_of_the_process(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=MAP)
    with pytest.raises(StoreLockedError, match=f"process {os.getpid()}"):
        LmdbStore(tmp_path / "store", map_bytes=MAP)
    store.close()
    LmdbStore(tmp_path / "store", map_bytes=MAP).close()


def test_open__reader_without_a_store__is_an_error_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoStoreError):
        LmdbStore(tmp_path / "store", read_only=True)
    assert not (tmp_path / "store").exists()


def fill(path: Path, rows: int = 500) -> Path:
    store = LmdbStore(path, map_bytes=MAP)
    store.commit({number.to_bytes(4, "big"): os.urandom(300) for number in range(rows)})
    store.close()
    return path / "data.mdb"


@pytest.mark.parametrize("keep", [0, 100, 4_096, 8_192, 40_000, -1])
@pytest.mark.parametrize("read_only", [False, True])
def test_open__truncated_file__is_damaged(tmp_path: Path, keep: int, read_only: bool) -> None:
    data = fill(tmp_path / "store")
    os.truncate(data, keep if keep >= 0 else data.stat().st_size + keep)
    with pytest.raises(StoreDamagedError, match=r"data\.mdb"):
        LmdbStore(tmp_path / "store", read_only=read_only, map_bytes=MAP)
    assert not is_locked(tmp_path / "store")


def is_locked(path: Path) -> bool:
    """Whether the refused opening has kept the writer's lock."""
    (path / "data.mdb").unlink()
    try:
        LmdbStore(path, map_bytes=MAP).close()
    except StoreLockedError:
        return True
    return False


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(9_000), b"\0" * 16_384, b"x" * 16_384])
def test_open__foreign_file__is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "data.mdb").write_bytes(content)
    with pytest.raises(StoreDamagedError):
        LmdbStore(tmp_path / "store", map_bytes=MAP)


def test_commit__map_is_full__nothing_is_written(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=1 << 20)
    store.commit({b"a": b"1"})
    with pytest.raises(StoreFullError):
        store.commit({b"a": b"2", b"b": bytes(1 << 21)})
    assert store.get(b"a") == b"1"
    store.commit({b"a": b"3"})
    assert store.get(b"a") == b"3"
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow mounting a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_commit__disk_is_full__nothing_is_lost_and_it_goes_on_when_there_is_room(small_disk: Path) -> None:
    store = LmdbStore(small_disk / "store", map_bytes=MAP)

    def commit(number: int) -> None:
        store.commit({b"%d.%d" % (number, row): os.urandom(500) for row in range(100)})

    def can_commit(number: int) -> bool:
        try:
            commit(number)
        except StoreFullError:
            return False
        return True

    number = 0
    while can_commit(number):
        number += 1
    assert 5 < number < 50
    for _ in range(3):
        with pytest.raises(StoreFullError, match="no room"):
            commit(number)
    for earlier in range(number):
        assert all(store.get(b"%d.%d" % (earlier, row)) for row in range(100))
    assert store.get(b"%d.0" % number) is None
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    commit(number)
    store.close()
    again = LmdbStore(small_disk / "store", map_bytes=MAP)
    assert again.get(b"%d.99" % number)
    again.close()


READER = """
import sys
from pathlib import Path
from node.store.lmdb_store import LmdbStore
store = LmdbStore(Path(sys.argv[1]), read_only=True, map_bytes=1 << 28)
seen = 0
while seen < 60:
    snapshot = store.snapshot()
    rows = {value for _, value in snapshot.scan(b"row", b"rox")}
    snapshot.close()
    assert len(rows) == 1, rows
    seen = int(rows.pop())
    print(seen, flush=True)
"""


def test_readers__in_another_process_during_commits__see_whole_commits_only(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=MAP)
    store.commit({b"row%d" % row: b"0" for row in range(50)})
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path / "store")], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "0\n"
    for number in range(1, 61):
        store.commit({b"row%d" % row: b"%d" % number for row in range(50)})
    output, _ = reader.communicate(timeout=60)
    seen = [int(line) for line in output.split()]
    assert reader.returncode == 0
    assert seen == sorted(seen)
    assert seen[-1] == 60
    store.close()


def test_file__after_every_commit__has_the_size_its_pages_need(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path / "store", map_bytes=MAP)
    for number in range(60):
        keys = {os.urandom(33): os.urandom(number * 100) for _ in range(40)}
        store.commit({**keys, b"big": os.urandom(9_000 * (number % 3)), b"old%d" % (number // 2): None})
        info, page = store._environment.info(), store._environment.stat()["psize"]
        assert (tmp_path / "store" / "data.mdb").stat().st_size >= (info["last_pgno"] + 1) * page
    store.close()
