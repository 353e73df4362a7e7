"""The local store: durable, verified, one file per block."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.evidence.cid import Codec, cid_of
from ledger.evidence.errors import BadCidError, EvidenceDamagedError, EvidenceNotFoundError, MalformedBlockError
from ledger.evidence.layout import split_file
from node.evidence import open_evidence_store
from node.evidence.errors import EvidenceNotStoredError
from node.evidence.local import LocalEvidenceStore
from tests.ledger.evidence.golden import CHUNK, DIRECTORIES, FILES, NESTED, content
from tests.paths import REPOSITORY


@pytest.fixture
def store(tmp_path) -> LocalEvidenceStore:
    return LocalEvidenceStore(tmp_path / "evidence")


def block_file(folder: Path, cid: object) -> Path:
    (found,) = folder.rglob(f"blocks/*/{cid}")
    return found


@pytest.mark.parametrize("size", [size for size in FILES if size <= 4 * CHUNK])
def test_add__file__reads_back_under_kubos_cid(store, size):
    cid = store.add(content(size))
    assert cid == FILES[size]
    assert store.has(cid)
    assert store.get(cid) == content(size)


@pytest.mark.parametrize(("files", "cid"), DIRECTORIES)
def test_add_directory__files__read_back_under_kubos_cid(store, files, cid):
    assert store.add_directory(files) == cid
    assert store.get_directory(cid) == files
    assert store.roots() == [cid]


def test_get__file_inside_a_directory__is_found_by_its_own_cid(store):
    store.add_directory(NESTED)
    assert store.get(str(split_file(NESTED["a/c.bin"]).root)) == NESTED["a/c.bin"]


def test_roots__several_added__are_listed_once_without_their_parts(store):
    cids = {store.add(content(CHUNK + 1)), store.add(b"a"), store.add(b"a"), store.add_directory({"b": b"b"})}
    assert store.roots() == sorted(cids)


def test_open__again__has_what_was_added(store, tmp_path):
    cid = store.add(b"minutes of the assembly")
    again = open_evidence_store(tmp_path / "evidence")
    assert isinstance(again, LocalEvidenceStore)
    assert again.get(cid) == b"minutes of the assembly"
    assert again.roots() == [cid]


def test_get__never_added__is_not_found(store):
    cid = str(cid_of(Codec.RAW, b"never"))
    assert not store.has(cid)
    with pytest.raises(EvidenceNotFoundError, match=f"evidence {cid} is not in "):
        store.get(cid)


@pytest.mark.parametrize("cid", ["", "../../etc/passwd", "bafk", "b" + "a" * 58])
def test_get__no_cid__is_refused_before_the_disk_is_asked(store, cid):
    for ask in (store.get, store.has, store.get_directory):
        with pytest.raises(BadCidError):
            ask(cid)


def test_get__directory__is_refused(store):
    with pytest.raises(MalformedBlockError, match="expected a file"):
        store.get(store.add_directory({"a": b""}))


def test_get__one_bit_changed_on_disk__is_damaged_and_adding_again_repairs_it(store, tmp_path):
    data = content(2 * CHUNK)
    cid = store.add(data)
    part = cid_of(Codec.RAW, data[CHUNK:])
    file = block_file(tmp_path, part)
    changed = bytearray(file.read_bytes())
    changed[1000] ^= 4
    file.write_bytes(changed)
    with pytest.raises(EvidenceDamagedError, match=f"evidence {part} is damaged"):
        store.get(cid)
    assert store.add(data) == cid
    assert store.get(cid) == data


def test_get__part_missing_on_disk__is_damage_not_absence(store, tmp_path):
    cid = store.add(content(2 * CHUNK))
    part = cid_of(Codec.RAW, content(CHUNK))
    block_file(tmp_path, part).unlink()
    with pytest.raises(EvidenceDamagedError, match=f"evidence {part} is damaged: this part of {cid} is missing"):
        store.get(cid)


def test_add__disk_takes_no_more__is_refused_and_nothing_is_claimed(store, tmp_path):
    small = store.add(b"small")
    data = content(2 * CHUNK)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK // 2, hard))
    try:
        with pytest.raises(EvidenceNotStoredError, match="File too large"):
            store.add(data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not store.has(str(split_file(data).root))
    assert store.roots() == [small]
    assert list((tmp_path / "evidence" / "tmp").iterdir()) == []
    assert store.get(store.add(data)) == data


def test_open__where_a_file_stands__is_refused(tmp_path):
    (tmp_path / "evidence").write_text("no directory")
    with pytest.raises(EvidenceNotStoredError, match="evidence cannot be written to"):
        LocalEvidenceStore(tmp_path / "evidence")


ADD_WITHOUT_END = """
import sys
from pathlib import Path
from node.evidence.local import LocalEvidenceStore
store = LocalEvidenceStore(Path(sys.argv[1]))
number = 0
while True:
    print(store.add(number.to_bytes(8, "big") * 100_000), flush=True)
    number += 1
"""


@pytest.mark.parametrize("acknowledged", [1, 7, 23])
def test_add__process_killed__every_acknowledged_file_is_whole(tmp_path, acknowledged):
    """800,000 bytes in 4 chunks each; whatever root is listed or stands in the store must read back."""
    adder = subprocess.Popen(
        [sys.executable, "-c", ADD_WITHOUT_END, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    cids = [adder.stdout.readline().strip() for _ in range(acknowledged)]
    os.kill(adder.pid, signal.SIGKILL)
    cids += adder.stdout.read().split()
    adder.wait()
    store = LocalEvidenceStore(tmp_path)
    assert set(cids) <= set(store.roots())
    for number, cid in enumerate(cids):
        assert store.get(cid) == number.to_bytes(8, "big") * 100_000
    nodes = [path.name for path in tmp_path.glob("blocks/*/bafy*")]
    assert all(len(store.get(cid)) == 800_000 for cid in nodes)
