"""The published vectors: what they hold, and that an audit finds what they say."""

import gzip
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.tampering.kinds import KINDS
from tests.tampering.publish import ANCHOR, GOOD, LIST, apply_edits
from tests.tampering.test_tampering import codes_of

VECTORS: list[dict[str, Any]] = json.loads(LIST.read_text())


@pytest.fixture(scope="module")
def published() -> bytes:
    return gzip.decompress(GOOD.read_bytes())


def test_vectors__are_those_of_the_kinds() -> None:
    stated = [(row["name"], row["code"], row["exit"], row["executes"], row["about"]) for row in VECTORS]
    assert stated == [(kind.name, kind.code, kind.exit, kind.executes, kind.about) for kind in KINDS]
    assert ANCHOR.read_text().startswith("ortaq1")


def test_good_vector__audit__holds(published: bytes, tmp_path: Path) -> None:
    assert codes_of(published, tmp_path / "bundle", executes=True) == (0, set())


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["name"])
def test_vector__audit__says_what_is_stated(row: dict[str, Any], published: bytes, tmp_path: Path) -> None:
    data = apply_edits(published, row["edits"])
    assert sha256(data).hexdigest() == row["sha256"]
    exit_code, codes = codes_of(data, tmp_path / "bundle", executes=row["executes"])
    assert (exit_code, row["code"] in codes) == (row["exit"], True)
