"""What `ortaq network` does: bring a network up, down, and say how it does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ledger.errors import BadInputError
from scripts.network.folder import LOG_NAME, NetworkFolder, is_network, load_network
from scripts.network.founding import found_network, plan_members, trial_text
from scripts.network.members import ask_members, is_running, stop_strays
from scripts.network.supervision import STOP_S, NetworkStartError, run_network, supervisor, wait_until_ready
from scripts.network.table import NOT_RESISTANT, network_facts, network_table, weakness
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DONE, Output

POLL_S = 0.1


def bring_up(
    path: Path, validators: int | None, engines: str | None, constitution: str, detach: bool, output: Output
) -> int:
    """Found the network if the directory holds none, then run it here or behind.

    Errors  those of `found_network` and `run_network`; BadInputError for options that another network has.
    """
    if is_network(path):
        network = load_network(path)
        if validators not in (None, len(network.members)):
            raise BadInputError(f"--validators: {validators}, but {path} is a network of {len(network.members)}")
    else:
        network = _found(path, validators, engines, constitution, output)
    return _run_behind(network, output) if detach else run_network(network, output)


def bring_down(path: Path, output: Output) -> int:
    """Stop a network, in order; also what a killed one left behind. Errors: NoNetworkError."""
    network = load_network(path)
    pid = supervisor(network)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 2 * STOP_S
        while (supervisor(network) is not None or is_running(pid)) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    strays = stop_strays(network)
    facts = {"network": str(path), "stopped": pid is not None, "strays": strays}
    output.result(facts, "stopped" if pid or strays else "nothing ran")
    return EXIT_DONE


def show_status(path: Path, output: Output) -> int:
    """Print each member's line; exit code 3 where none answers. Errors: NoNetworkError."""
    network = load_network(path)
    states = ask_members(network)
    facts = {"network": str(path), "supervisor": supervisor(network), **network_facts(states)}
    output.result(facts, network_table(states, f"network in {path}"))
    return EXIT_DONE if facts["running"] else EXIT_CANNOT_CHECK


def _found(path: Path, validators: int | None, engines: str | None, constitution: str, output: Output) -> NetworkFolder:
    members = plan_members(4 if validators is None else validators, engines.split(",") if engines else ())
    output.say(f"founding a network of {len(members)} in {path}")
    network = found_network(path, members, *trial_text(constitution))
    if len(members) < 4:
        output.say(f"[yellow]{NOT_RESISTANT}[/yellow]: {len(members)} organisations, expected four at least")
    return network


def _run_behind(network: NetworkFolder, output: Output) -> int:
    """Run it in a process of its own; done when every member takes part."""
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "scripts.cli",
        "network",
        "up",
        network.path.resolve(),
        "--quiet",
    ]
    with (network.path / LOG_NAME).open("ab") as log:
        behind = subprocess.Popen(  # noqa: S603  our own command
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    states = wait_until_ready(network, lambda: behind.poll() is not None, output)
    if behind.poll() is not None:
        raise NetworkStartError(f"{network.path}: it ended while starting; see {network.path / LOG_NAME}")
    facts = {**network_facts(states), "network": str(network.path), "pid": behind.pid}
    output.result(facts, network_table(states, f"network in {network.path}"))
    if facts["capture_resistant"] is False:
        output.say(f"[yellow]{NOT_RESISTANT}[/yellow]: {weakness(states)}")
    output.say(f"ortaq network down {network.path} stops it")
    return EXIT_DONE
