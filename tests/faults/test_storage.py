"""A disk that is full, and a second executor that dies, hangs, or loses its database."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from tests.engines import geth_binary
from tests.faults.conftest import RUNS
from tests.faults.member import FaultyMember, Part
from tests.faults.network import FaultyNetwork
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

MEMBER = 3
GETH = 2
DISK = "96m"
FULL_S = 10
STILL_S = 10
CHUNK = bytes(1 << 16)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A network of which two members execute with geth."""
    geth_binary()
    network = FaultyNetwork(tmp_path_factory.mktemp("mixed"), ["pyevm", "pyevm", "geth", "geth"])
    try:
        network.open()
        yield Trial(network, RUNS.append)
    finally:
        network.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_executor__ended__is_started_again(mixed: Trial, number: signal.Signals) -> None:
    with mixed.fault(f"executor {number.name}"):
        assert mixed.network.members[GETH].signal(Part.GETH, number) is not None


def test_executor__standing_still__is_waited_for(mixed: Trial) -> None:
    member = mixed.network.members[GETH]
    with mixed.fault(f"executor SIGSTOP {STILL_S} s") as load:
        assert member.signal(Part.GETH, signal.SIGSTOP) is not None
        assert load.wait_for(8, 2 * STILL_S), "three of four do not go on"
        time.sleep(STILL_S)
        # It may have been replaced by another, which does not stand still.
        member.signal(Part.GETH, signal.SIGCONT)


def test_executor__without_its_database__replays_the_blocks(mixed: Trial) -> None:
    member = mixed.network.members[GETH]
    with mixed.fault("executor's database removed"):
        pid = member.pid(Part.GETH)
        shutil.rmtree(member.folder / "geth" / "data")
        os.kill(pid, signal.SIGKILL)


def test_all_processes_of_a_member__killed__come_back(mixed: Trial) -> None:
    member = mixed.network.members[GETH]
    with mixed.fault("member with geth SIGKILL"):
        for part in (Part.GETH, Part.NODE, Part.COMET):
            assert member.signal(part, signal.SIGKILL) is not None


def test_disk__full__is_waited_for(tmp_path: Path) -> None:
    network = FaultyNetwork(tmp_path, ["pyevm"] * 4)
    member = network.members[MEMBER]
    try:
        mount_small(member)
        network.open()
        trial = Trial(network, RUNS.append)
        with trial.fault(f"disk full, {FULL_S} s") as load:
            filler = member.folder / "filler"
            fill(filler)
            ends = time.monotonic() + FULL_S
            assert load.wait_for(16, 2 * FULL_S), "three of four do not go on"
            while time.monotonic() < ends:
                fill(filler)
                time.sleep(0.2)
            filler.unlink()
    finally:
        network.close()
        subprocess.run(["umount", member.folder], check=False, capture_output=True)


def mount_small(member: FaultyMember) -> None:
    """Put a member's directory on a small disk of its own; skips where that is not allowed."""
    aside = member.folder.with_name("aside")
    member.folder.rename(aside)
    member.folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", member.folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    shutil.copytree(aside, member.folder, symlinks=True, dirs_exist_ok=True)


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(repeat(CHUNK))
