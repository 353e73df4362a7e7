"""TCP ports for tests: below those that the system hands out by itself, and apart for each worker of a test run."""

import os
import socket
from contextlib import suppress
from itertools import cycle

FIRST, EACH = 10_000, 2_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw9").removeprefix("gw")) % 10
_ports = cycle(range(FIRST + _WORKER * EACH, FIRST + (_WORKER + 1) * EACH))


def free_ports(count: int) -> list[int]:
    """Ports on the loopback that nobody listens on, none of which this process was given lately."""
    found: list[int] = []
    while len(found) < count:
        port = next(_ports)
        with suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            found.append(port)
    return found
