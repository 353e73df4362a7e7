"""What is anchored, and whether the bytes are what they are said to be."""

from pathlib import Path

import pytest
from eth_abi.abi import encode as abi_encode

from ledger.abi import contract
from ledger.errors import CannotCheckError
from ledger.evidence.cid import parse_cid
from ledger.evidence.layout import split_file
from ledger.views.evidence import (
    BytesState,
    EvidenceStatus,
    UnknownEvidenceError,
    check_bytes,
    evidence_count,
    load_evidence,
)
from node.evidence.local import LocalEvidenceStore
from tests.api.town import Town

LARGE = bytes(range(256)) * 2000


@pytest.fixture
def store(tmp_path: Path) -> LocalEvidenceStore:
    return LocalEvidenceStore(tmp_path / "evidence")


def test_evidence__anchored__has_its_entry(town: Town) -> None:
    state = town.chain.state()
    view = load_evidence(state, town.documents["withheld"])

    assert evidence_count(state) == 12
    assert view.status is EvidenceStatus.WITHHELD
    assert view.authority == town.decided.hash
    assert view.reason == "holds a name <i>of</i> a person"
    assert load_evidence(state, town.documents["lost"]).status is EvidenceStatus.LOST


@pytest.mark.parametrize("number", [0, 13, 2**63])
def test_evidence__unknown__is_refused(town: Town, number: int) -> None:
    with pytest.raises(UnknownEvidenceError, match="expected 1 to 12"):
        load_evidence(town.chain.state(), number)


@pytest.mark.parametrize("data", [b"", b"short", LARGE])
def test_bytes__held__give_their_cid(store: LocalEvidenceStore, data: bytes) -> None:
    cid = parse_cid(store.add(data))

    found = check_bytes(store, cid)

    assert found.state is BytesState.MATCHING
    assert found.data == data
    assert found.computed == cid


def test_bytes__absent__are_told(store: LocalEvidenceStore) -> None:
    assert check_bytes(store, split_file(b"elsewhere").root).state is BytesState.ABSENT


@pytest.mark.parametrize("data", [b"short", LARGE])
def test_bytes__altered_on_disk__are_damaged(store: LocalEvidenceStore, tmp_path: Path, data: bytes) -> None:
    cid = parse_cid(store.add(data))
    block = max((tmp_path / "evidence" / "blocks").rglob("b*"), key=lambda path: path.is_file() and path.stat().st_size)
    block.write_bytes(b"x" + block.read_bytes()[1:])

    found = check_bytes(store, cid)

    assert found.state is BytesState.DAMAGED
    assert found.data is None
    assert found.reason


def test_bytes__directory__is_no_file(store: LocalEvidenceStore) -> None:
    cid = parse_cid(store.add_directory({"a.txt": b"a"}))

    assert check_bytes(store, cid).state is BytesState.UNREADABLE


def test_bytes__store_out_of_reach__is_unchecked() -> None:
    class Silent(LocalEvidenceStore):
        def __init__(self) -> None:
            """Keeps nothing."""

        def has(self, cid: str) -> bool:
            raise CannotCheckError("no daemon answers")

    assert check_bytes(Silent(), split_file(b"x").root).state is BytesState.UNCHECKED


def test_reason__that_is_no_utf8__can_be_shown_all_the_same() -> None:
    output = abi_encode(["(bytes32,bytes)"], [(bytes(32), b"\xff\xfe burnt")])

    ((_, reason),) = contract("Evidence").decode_output("note", output)

    assert reason == "\ufffd\ufffd burnt"
