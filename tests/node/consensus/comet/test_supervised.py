"""A process that is watched: started again when it ends, stopped in order, by force where needed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from node.consensus.comet import process
from node.consensus.comet.process import EngineMissingError, Supervised, WrongEngineVersionError, check_version
from node.noted import NotedProcess

RUNS = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def supervised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Supervised]]:
    monkeypatch.setattr(process, "FIRST_DELAY_S", 0.05)
    monkeypatch.setattr(process, "LONGEST_DELAY_S", 0.2)
    made: list[Supervised] = []

    def make(program: str, **options: object) -> Supervised:
        made.append(Supervised([sys.executable, "-c", program], tmp_path, tmp_path / "logs" / "out", **options))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()


def wait_until(is_so: Callable[[], bool], timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def output(tmp_path: Path) -> str:
    path = tmp_path / "logs" / "out"
    return path.read_text() if path.exists() else ""


def test_start__process_that_ends__is_started_again_with_a_growing_delay(
    supervised: Callable[..., Supervised], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = supervised("print('up'); raise SystemExit(3)")
    wait_until(lambda: one.restarts >= 3)
    one.stop()
    assert output(tmp_path).count("up") >= 3
    delays = [record.args[2] for record in caplog.records if "started again" in record.msg]
    assert delays[:3] == [0.05, 0.1, 0.2]
    assert "exit code 3" in caplog.text
    assert f"last in {tmp_path / 'logs' / 'out'}: up" in caplog.text


def test_start__process_that_is_killed__is_started_again(supervised: Callable[..., Supervised], tmp_path: Path) -> None:
    restarted = []
    one = supervised(RUNS, on_restart=lambda: restarted.append(1))
    wait_until(lambda: "up" in output(tmp_path))
    assert restarted == []
    first = one.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: output(tmp_path).count("up") == 2)
    assert one.pid not in (first, None)
    assert restarted == [1]


def test_start__files_left_behind__are_removed_before_each_start(
    supervised: Callable[..., Supervised], tmp_path: Path
) -> None:
    left = tmp_path / "left"
    left.touch()
    program = "import os, sys; print(os.path.exists('left'), flush=True); open('left', 'w'); sys.exit(1)"
    one = supervised(program, leftovers=[left])
    wait_until(lambda: one.restarts >= 2)
    one.stop()
    assert set(output(tmp_path).split()) == {"False"}


def test_stop__process_that_is_deaf__is_killed_and_stays_down(
    supervised: Callable[..., Supervised], tmp_path: Path
) -> None:
    one = supervised(DEAF, stop_s=0.3)
    wait_until(lambda: "up" in output(tmp_path))
    pid = one.pid
    one.stop()
    assert one.pid is None
    assert not Path(f"/proc/{pid}").exists()
    assert one.restarts == 0


def test_restart__process_that_runs__is_another_at_once_and_no_fault(
    supervised: Callable[..., Supervised], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    restarted = []
    one = supervised(RUNS, on_restart=lambda: restarted.append(1))
    wait_until(lambda: "up" in output(tmp_path))
    first = one.pid
    one.restart("a reason")
    wait_until(lambda: output(tmp_path).count("up") == 2)
    assert one.pid not in (first, None)
    assert restarted == [1]
    assert "a reason" in caplog.text
    assert "ended" not in caplog.text
    one.stop()
    one.restart("too late")
    assert one.pid is None
    assert one.restarts == 1


def test_start__process_that_writes_much__leaves_two_bounded_logs(
    supervised: Callable[..., Supervised], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LOG_CHECK_S", 0.05)
    program = "import time\nwhile True: print('x' * 99, flush=True); time.sleep(0.001)"
    supervised(program, log_bytes=1_000)
    log, aside = tmp_path / "logs" / "out", tmp_path / "logs" / "out.1"
    wait_until(aside.exists)
    kept = aside.stat().st_mtime_ns
    wait_until(lambda: aside.stat().st_mtime_ns > kept)
    assert set(output(tmp_path)) <= {"x", "\n"}
    assert max(log.stat().st_size, aside.stat().st_size) < 100_000


def test_start__program_that_is_not_there__says_so_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process, "FIRST_DELAY_S", 0.01)
    one = Supervised([tmp_path / "nothing"], tmp_path, tmp_path / "out")
    one.start()
    wait_until(lambda: one.restarts >= 2)
    one.stop()
    assert "No such file" in caplog.text


def test_check_version__another_version_or_none__is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "cometbft"
    with pytest.raises(EngineMissingError, match="make engine-cometbft"):
        check_version(binary)
    for text, error in (("0.38.24", WrongEngineVersionError), ("v0.38.25+abc", None), ("0.38.25", None)):
        binary.write_text(f"#!/bin/sh\necho {text}\n")
        binary.chmod(0o755)
        if error is None:
            check_version(binary)
        else:
            with pytest.raises(error, match=r"0\.38\.24, expected 0\.38\.25"):
                check_version(binary)
    binary.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(EngineMissingError):
        check_version(binary)


def test_start__process_of_a_killed_supervisor__is_ended_first(
    supervised: Callable[..., Supervised], tmp_path: Path
) -> None:
    noted = NotedProcess(tmp_path / "one.pid", RUNS)
    left = subprocess.Popen([sys.executable, "-c", RUNS])
    noted.note(left.pid)
    one = supervised(RUNS, noted=noted)
    wait_until(lambda: one.pid is not None)
    assert not psutil.pid_exists(left.pid)
    assert noted.find().pid == one.pid
    one.stop()
    assert not (tmp_path / "one.pid").exists()
