"""A network of real engines for tests: brought up once, its processes ended whatever happens."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.cli import main
from scripts.network import founding
from scripts.network.folder import load_network
from scripts.network.members import MemberState, ask_members, is_running, stop_strays
from scripts.network.supervision import supervisor
from tests.ports import free_ports

MANY = 20


@contextmanager
def network_up(path: Path, *options: object) -> Iterator[list[MemberState]]:
    """A network behind, with what its members say; brought down at the end whatever happens."""
    words = ["network", "up", path, "--detach", "--quiet", *options]
    try:
        with pytest.MonkeyPatch.context() as patch:
            # Others run networks beside this one.
            patch.setattr(founding, "FIRST_HTTP", free_ports(MANY)[0])
            patch.setattr(founding, "FIRST_P2P", free_ports(MANY)[0])
            assert main([str(word) for word in words]) == 0
        yield ask_members(load_network(path))
    finally:
        network = load_network(path)
        assert main(["network", "down", str(path), "--quiet"]) == 0
        assert supervisor(network) is None
        assert stop_strays(network) == 0


def keep_node_keys(old: Path, new: Path) -> None:
    """Carry over keys, and the record of what the validator signed: nothing of the chain."""
    for name in ("config/priv_validator_key.json", "config/node_key.json", "data/priv_validator_state.json"):
        place = new / "comet" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(old / "comet" / name, place)


def processes_of(path: Path) -> list[int]:
    """Processes with a word of their command lines below a directory."""
    mark = os.fsencode(path.resolve())
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if mark in command and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return [pid for pid in found if is_running(pid)]


def wait_for(what: str, is_so: Callable[[], bool], timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, f"{what}: not so after {timeout_s:.0f} s"
        time.sleep(0.3)
