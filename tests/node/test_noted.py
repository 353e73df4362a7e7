"""Children whose number stands in a file: found again by their own words alone, and ended."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from node.noted import NotedProcess, end_processes, find_process

HEEDS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("ended in order", flush=True)))
print("up", flush=True)
time.sleep(60)
"""
DEAF = HEEDS.replace("sys.exit", "str")


@pytest.fixture
def runs() -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes, the second of which ignores to be asked to end."""
    found = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for program in (HEEDS, DEAF)
    ]
    for process in found:
        assert process.stdout.readline() == "up\n"
    yield found
    for process in found:
        process.kill()
        process.wait()
        process.stdout.close()


def test_find__noted_process__is_found_until_it_ends(runs: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    noted = NotedProcess(tmp_path / "one.pid", "-c", HEEDS)
    assert noted.find() is None
    noted.note(runs[0].pid)
    assert NotedProcess(tmp_path / "one.pid", HEEDS).find().pid == runs[0].pid
    runs[0].kill()
    runs[0].wait()
    assert noted.find() is None
    noted.forget()
    noted.forget()
    assert not (tmp_path / "one.pid").exists()


def test_find__number_of_another_program__is_nobody(runs: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    noted = NotedProcess(tmp_path / "one.pid", HEEDS, "another")
    noted.note(runs[0].pid)
    assert noted.find() is None
    noted.end(1)
    assert runs[0].poll() is None


@pytest.mark.parametrize("text", [b"", b"no number", b"-1", b"0", b"9" * 40, b"\xff"])
def test_find__file_that_names_no_process__is_nobody(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "one.pid").write_bytes(text)
    assert NotedProcess(tmp_path / "one.pid", "word").find() is None


def test_end__processes_that_heed_it_or_not__are_gone(runs: list[subprocess.Popen[str]]) -> None:
    end_processes([find_process(process.pid, "-c") for process in runs], 1)
    assert [psutil.pid_exists(process.pid) for process in runs] == [False, False]
    assert runs[0].stdout.read() == "ended in order\n"


def test_end__suspended_process__ends_in_order(runs: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    runs[0].send_signal(signal.SIGSTOP)
    noted = NotedProcess(tmp_path / "one.pid", HEEDS)
    noted.note(runs[0].pid)
    noted.end(20)
    assert not psutil.pid_exists(runs[0].pid)
    assert runs[0].stdout.read() == "ended in order\n"
