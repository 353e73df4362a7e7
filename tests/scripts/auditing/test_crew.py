"""Processes that execute for an audit find what one executor alone finds, whoever takes which block."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.audit.checks import Checks
from ledger.bundle.documents import decode_facts
from ledger.bundle.reading import Bundle
from ledger.primitives import keccak256
from scripts.auditing import execution
from scripts.auditing.crew import Crew, ExecutorLostError, Soloist
from scripts.auditing.execution import ExecutionRun, UnknownExecutorError, execute_bundle
from scripts.cli import main
from tests.api.town import Town, find_town
from tests.engines import geth_binary
from tests.tampering.draft import Draft

WRONG = 9


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return find_town(tmp_path_factory)


@pytest.fixture(scope="module")
def bundle(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("crew")
    folder = shutil.copytree(town.ledger.path, place / "town")
    assert main(["export", "bundle", str(folder), "--out", str(place / "town.bundle"), "--quiet"]) == 0
    return place / "town.bundle"


@pytest.fixture(scope="module")
def tampered(town: Town, bundle: Path) -> Path:
    """A bundle whose blocks from the ninth on name states that no execution gives."""
    draft = Draft(bundle.read_bytes(), {duty: key.secret for duty, key in town.ledger.keys.items()})
    draft.change_header(WRONG, state_root=keccak256(b"a better state"))
    draft.relink(WRONG)
    path = bundle.with_name("tampered.bundle")
    path.write_bytes(draft.write())
    return path


@contextmanager
def running(run: Crew | Soloist) -> Iterator[Crew | Soloist]:
    try:
        yield run
    finally:
        run.stop()


def last_of(path: Path) -> int:
    with path.open("rb") as file:
        return decode_facts(Bundle(file).content("bundle.json")).last


def findings(checks: Checks) -> tuple[dict[str, int], list[object], dict[str, str]]:
    return dict(checks.checked), list(checks.findings), checks.not_checked


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a machine with one."""
    monkeypatch.setattr(execution, "crew_size", lambda: 2)
    monkeypatch.setattr(execution, "WORTH_SPLITTING", 1)


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("is_tampered", [False, True])
def test_run__by_a_crew__finds_what_one_executor_finds(bundle: Path, tampered: Path, is_tampered: bool) -> None:
    path = tampered if is_tampered else bundle
    with path.open("rb") as file:
        run = ExecutionRun(path, "stock", decode_facts(Bundle(file).content("bundle.json")))
    told: list[int] = []
    try:
        found = run.join(told.append)
    finally:
        run.stop()
    alone: list[int] = []
    assert findings(found) == findings(execute_bundle(path, "stock", alone.append))
    assert sorted(told) == alone
    assert alone[-1] == (WRONG - 1 if is_tampered else last_of(path))


def test_crew__process_that_is_killed__says_so(bundle: Path) -> None:
    with running(Crew(bundle, last_of(bundle), 1)) as crew:
        assert isinstance(crew, Crew)
        pid = crew._processes[1].pid
        assert pid is not None
        with pytest.raises(ExecutorLostError):
            crew.result(lambda _: os.kill(pid, signal.SIGKILL))


def test_soloist__process_that_is_ended__says_so(bundle: Path) -> None:
    with running(Soloist(bundle, "stock")) as soloist:
        soloist.stop()
        with pytest.raises(ExecutorLostError):
            soloist.result(lambda _: None)


@pytest.mark.engine
@pytest.mark.parametrize("name", ["stock", "geth"])
def test_soloist__stopped_in_the_middle__leaves_nothing(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    if name == "geth":
        monkeypatch.setenv("ORTAQ_GETH", str(geth_binary()))
    with running(Soloist(bundle, name)) as soloist:

        def stop(_: int) -> None:
            assert len(list(tmp_path.glob("ortaq-audit-*"))) == 1
            soloist.stop()

        with pytest.raises(ExecutorLostError):
            soloist.result(stop)
    assert list(tmp_path.glob("ortaq-audit-*")) == []
    assert not [pid for pid in processes() if str(tmp_path) in pid]


def processes() -> list[str]:
    """Command lines of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            # It ended meanwhile.
            continue
    return found


def test_run__unknown_executor__refused(bundle: Path) -> None:
    with bundle.open("rb") as file, pytest.raises(UnknownExecutorError, match="stock, geth"):
        ExecutionRun(bundle, "abacus", decode_facts(Bundle(file).content("bundle.json")))
