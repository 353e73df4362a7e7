"""Running a network: one supervised process a member, started together, stopped in order."""

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from rich.console import Console
from rich.live import Live

from ledger.errors import BadInputError, CannotCheckError
from node.consensus.comet.process import Supervised
from node.processors import go_environment
from scripts.network.folder import LOCK_NAME, NetworkFolder
from scripts.network.members import MemberState, ask_members, stop_strays
from scripts.network.table import network_facts, network_table
from scripts.terminal.console import EXIT_DONE, Output

START_S = 180
STOP_S = 60
REFRESH_S = 1.0
POLL_S = 0.3
LOCK_TRIES = 4


class NetworkRunningError(BadInputError):
    """A network that another process runs already."""

    type = "network-running"


class NetworkStartError(CannotCheckError):
    """Members that did not come to take part in time; `detail` names them and where their logs are."""

    type = "network-not-started"


def run_network(network: NetworkFolder, output: Output) -> int:
    """Start all members, show how they do, and stop them in order on Ctrl-C or SIGTERM.

    Errors  NetworkRunningError; NetworkStartError.
    """
    stop = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(hold_lock(network))
        stack.enter_context(_signals(stop))
        stop_strays(network)
        output.say(f"starting {len(network.members)} members of {network.path}")
        processes = [_process(network, place) for place in range(len(network.members))]
        stack.callback(_stop_all, processes, output)
        for process in processes:
            process.start()
        states = wait_until_ready(network, stop.is_set, output)
        if stop.is_set():
            return EXIT_DONE
        output.result({**network_facts(states), "network": str(network.path), "pid": os.getpid()}, _title(network))
        _watch(network, stop, output)
    return EXIT_DONE


def wait_until_ready(network: NetworkFolder, is_stopped: Callable[[], bool], output: Output) -> list[MemberState]:
    """Wait until every member takes part. Errors: NetworkStartError."""
    deadline = time.monotonic() + START_S
    shown = 0
    while True:
        states = ask_members(network)
        ready = sum(state.is_ready for state in states)
        if ready != shown:
            output.say(f"{ready} of {len(states)} members take part")
            shown = ready
        if ready == len(states) or is_stopped():
            return states
        if time.monotonic() > deadline:
            late = ", ".join(state.plan.name for state in states if not state.is_ready)
            raise NetworkStartError(f"{late}: not there after {START_S} s; see logs/node.log in their directories")
        time.sleep(POLL_S)


@contextmanager
def hold_lock(network: NetworkFolder) -> Iterator[None]:
    """Be the one process that runs a network; its number stands in the lock. Errors: NetworkRunningError."""
    with (network.path / LOCK_NAME).open("a+") as file:
        if not _lock(file, LOCK_TRIES):
            raise NetworkRunningError(
                f"{network.path}: process {supervisor(network)} runs it; `ortaq network down` stops it"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def supervisor(network: NetworkFolder) -> int | None:
    """The process that runs a network now, None where none does."""
    path = network.path / LOCK_NAME
    if not path.exists():
        return None
    with path.open("r+") as file:
        if _lock(file, 1):
            return None
        text = file.read()
        return int(text) if text.isdecimal() else None


def _lock(file: IO[str], tries: int) -> bool:
    """Whether the lock could be had; who only asks holds it for a moment, too."""
    for left in reversed(range(tries)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_S if left else 0)
        else:
            return True
    return False


def _process(network: NetworkFolder, place: int) -> Supervised:
    folder = network.member(network.members[place]).resolve()
    command: list[str | Path] = [sys.executable, "-m", "scripts.cli", "node", "start", folder]
    # A node stops its own engines in order, each of which may take its time.
    environment = go_environment(len(network.members))
    return Supervised(command, Path.cwd(), folder / "logs" / "node.log", stop_s=STOP_S, environment=environment)


def _stop_all(processes: list[Supervised], output: Output) -> None:
    output.say("stopping all members")
    threads = [threading.Thread(target=process.stop) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _watch(network: NetworkFolder, stop: threading.Event, output: Output) -> None:
    if not output.is_talkative or not sys.stdout.isatty():
        stop.wait()
        return
    console = Console()
    with Live(console=console, auto_refresh=False) as live:
        while not stop.wait(REFRESH_S):
            live.update(network_table(ask_members(network), _title(network)), refresh=True)


def _title(network: NetworkFolder) -> str:
    return f"network in {network.path}; Ctrl-C stops it"


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    def note(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
