"""Against a real Kubo daemon: our CIDs are its CIDs, and either store reads what the other wrote."""

from pathlib import Path

import pytest

from ledger.evidence import layout
from ledger.evidence.cid import Codec, cid_of
from ledger.evidence.errors import EvidenceNotFoundError, EvidenceTooLargeError, MalformedBlockError
from ledger.evidence.layout import MAX_DIRECTORY_WEIGHT, pack_directory, split_file
from ledger.evidence.reader import read_file
from node.evidence import KuboEvidenceStore, LocalEvidenceStore, open_evidence_store
from node.evidence.errors import KuboUnreachableError
from tests.ledger.evidence.golden import CHUNK, DIRECTORIES, FILES, NESTED, content
from tests.node.evidence.kubo_daemon import KuboDaemon

pytestmark = [
    pytest.mark.engine,
    pytest.mark.xdist_group("kubo"),
    pytest.mark.filterwarnings("ignore:The 'strict' parameter:FutureWarning"),
]


@pytest.fixture
def store(kubo) -> KuboEvidenceStore:
    return KuboEvidenceStore(kubo.address)


@pytest.fixture
def local(tmp_path) -> LocalEvidenceStore:
    return LocalEvidenceStore(tmp_path / "evidence")


def add_by_command(kubo: KuboDaemon, folder: Path, files: dict[str, bytes], *options: str) -> str:
    """What `ipfs add -r` says of these files."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    folder.mkdir(exist_ok=True)
    return kubo.run("add", "-r", "-Q", "-H", "--cid-version=1", *options, str(folder))


def test_kubo__version__is_the_pinned_one(kubo, store, tmp_path):
    assert kubo.run("version", "--number") == "0.42.0"
    assert store.version == "0.42.0"
    assert isinstance(open_evidence_store(tmp_path, kubo.address), KuboEvidenceStore)


@pytest.mark.parametrize("size", FILES)
def test_add__file__command_daemon_and_local_store_agree(kubo, store, local, size):
    data = content(size)
    assert kubo.run("add", "-Q", "--cid-version=1", stdin=data) == FILES[size]
    assert store.add(data) == FILES[size]
    assert local.add(data) == FILES[size]
    assert store.has(FILES[size])
    assert FILES[size] in store.roots()
    assert store.get(FILES[size]) == local.get(FILES[size]) == data


@pytest.mark.parametrize("golden", DIRECTORIES)
def test_add_directory__files__command_daemon_and_local_store_agree(kubo, store, local, tmp_path, golden):
    files, cid = golden
    assert add_by_command(kubo, tmp_path / "files", files) == cid
    assert store.add_directory(files) == cid
    assert local.add_directory(files) == cid
    assert store.get_directory(cid) == local.get_directory(cid) == files
    assert list(store.blocks(cid)) == list(local.blocks(cid))


def test_local_blocks__put_into_kubo_one_by_one__kubo_reads_the_files(kubo, tmp_path):
    """What a stranger does who got only our store's files."""
    files = {name: data + b"!" for name, data in NESTED.items()}
    dag = pack_directory(files)
    for cid, block in dag.blocks:
        codec = cid.codec.label
        assert kubo.run("block", "put", f"--cid-codec={codec}", stdin=block) == str(cid)
    kubo.run("get", "--output", str(tmp_path / "out"), str(dag.root))
    found = {
        str(path.relative_to(tmp_path / "out")): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert found == files
    assert kubo.run("files", "stat", "--format=<cumulsize>", f"/ipfs/{dag.root}") == str(dag.size)


@pytest.mark.parametrize("size", [0, 1, 16, 17, 48, 49, 144, 145, 1000, 1295, 1296, 1297])
def test_split_file__deep_trees_of_tiny_chunks__have_the_cid_of_kubo(kubo, monkeypatch, size):
    monkeypatch.setattr(layout, "CHUNK_SIZE", 16)
    monkeypatch.setattr(layout, "MAX_LINKS", 3)
    data = content(size)
    told = kubo.run("add", "-Q", "--cid-version=1", "--chunker=size-16", "--max-file-links=3", stdin=data)
    dag = split_file(data)
    assert str(dag.root) == told
    assert read_file(dag.root, dict(dag.blocks).__getitem__) == data


@pytest.mark.parametrize(
    "options",
    [
        ("--raw-leaves=false",),
        ("--trickle", "--max-file-links=2"),
        ("--trickle", "--max-file-links=2", "--raw-leaves=false"),
        ("--chunker=size-1048576", "--max-file-links=1024"),
        ("--chunker=rabin-16384-65536-131072",),
        ("--preserve-mode",),
    ],
)
def test_get__file_that_somebody_cut_in_another_way__is_read(kubo, store, tmp_path, options):
    data = content(5 * CHUNK + 3)
    (tmp_path / "file").write_bytes(data)
    told = kubo.run("add", "-Q", "--cid-version=1", *options, str(tmp_path / "file"))
    assert told != str(split_file(data).root)
    assert store.get(told) == data


def test_pack_directory__weight_at_the_limit__is_where_kubo_begins_to_shard(kubo, tmp_path):
    """1,024 names of 220 bytes and their CIDs make 256 KiB."""
    files = {f"{number:0220d}": b"" for number in range(MAX_DIRECTORY_WEIGHT // 256)}
    dag = pack_directory(files)
    assert add_by_command(kubo, tmp_path / "full", files) == str(dag.root)
    longer = {("x" + name if name.endswith("0" * 200) else name): data for name, data in files.items()}
    with pytest.raises(EvidenceTooLargeError, match="found 262145"):
        pack_directory(longer)
    sharded = add_by_command(kubo, tmp_path / "over", longer)
    with pytest.raises(MalformedBlockError, match="type: found 5"):
        KuboEvidenceStore(kubo.address).get_directory(sharded)


def test_get__cid_that_nobody_added__is_not_found(store):
    cid = str(cid_of(Codec.RAW, b"never added"))
    assert not store.has(cid)
    with pytest.raises(EvidenceNotFoundError, match=cid):
        store.get(cid)


def test_get__directory__is_refused(store):
    with pytest.raises(MalformedBlockError, match="expected a file"):
        store.get(store.add_directory({"a": b"a"}))


def test_add__daemon_set_to_the_newer_profile__still_gives_our_cids(newer_kubo):
    store = KuboEvidenceStore(newer_kubo.address)
    size = 5 * CHUNK
    assert newer_kubo.run("add", "-Q", "--cid-version=1", stdin=content(size)) != str(split_file(content(size)).root)
    assert store.add(content(size)) == str(split_file(content(size)).root)
    assert store.add_directory(NESTED) == str(pack_directory(NESTED).root)


def test_store__daemon_stopped__is_unreachable(newer_kubo):
    store = KuboEvidenceStore(newer_kubo.address)
    cid = store.add(b"before")
    newer_kubo.stop()
    for ask in (store.get, store.has):
        with pytest.raises(KuboUnreachableError, match=newer_kubo.address):
            ask(cid)
    with pytest.raises(KuboUnreachableError):
        store.add(b"after")
