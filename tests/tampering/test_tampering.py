"""Every kind of tampering is found, for the right reason."""

import io
import shutil
from pathlib import Path

import pytest

from ledger.audit.auditor import audit_bundle
from ledger.bundle.errors import BundleError
from ledger.bundle.reading import Bundle
from scripts.auditing.execution import execute_bundle
from scripts.cli import main
from tests.api.town import Town, find_town
from tests.tampering import kinds_of_files, kinds_of_money, kinds_of_votes
from tests.tampering.draft import Draft
from tests.tampering.kinds import FINDINGS, KINDS, UNREADABLE, Tampering

# Importing them is what lists their kinds.
assert all(module.__doc__ for module in (kinds_of_files, kinds_of_money, kinds_of_votes))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, bytes]]:
    """A town's bundle, and the keys of those who hold its duties."""
    town: Town = find_town(tmp_path_factory)
    folder = Path(shutil.copytree(town.ledger.path, tmp_path_factory.mktemp("tampering") / "town"))
    out = folder.with_name("town.bundle")
    assert main(["export", "bundle", str(folder), "--out", str(out), "--quiet"]) == 0
    return out.read_bytes(), {duty: key.secret for duty, key in town.ledger.keys.items()}


def codes_of(data: bytes, path: Path, *, executes: bool) -> tuple[int, set[str]]:
    """Exit code and codes of an audit."""
    try:
        checks = audit_bundle(Bundle(io.BytesIO(data))).checks
    except BundleError as error:
        return UNREADABLE, {error.code}
    if executes:
        path.write_bytes(data)
        checks.merge(execute_bundle(path, "stock", lambda _: None))
    return (FINDINGS if checks.failures else 0), set(checks.failed)


def test_good_bundle__taken_apart_and_put_together__same_bytes_without_findings(
    good: tuple[bytes, dict[str, bytes]], tmp_path: Path
) -> None:
    assert Draft(*good).write() == good[0]
    assert codes_of(good[0], tmp_path / "bundle", executes=True) == (0, set())


def test_kinds__are_many_and_have_names_of_their_own() -> None:
    assert len(KINDS) >= 40
    assert len({tampering.name for tampering in KINDS}) == len(KINDS)


@pytest.mark.parametrize("tampering", KINDS, ids=lambda tampering: tampering.name)
def test_audit__tampered_bundle__finds_it(
    tampering: Tampering, good: tuple[bytes, dict[str, bytes]], tmp_path: Path
) -> None:
    data = tampering.make(Draft(*good))
    assert data != good[0]
    exit_code, codes = codes_of(data, tmp_path / "bundle", executes=tampering.executes)
    assert tampering.code in codes
    assert exit_code == tampering.exit
