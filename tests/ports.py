"""TCP ports for tests: below those that the system hands out by itself, and apart for each worker of a test run."""

import os
from itertools import cycle, islice

from scripts.network.folder import is_free

FIRST, EACH = 10_000, 2_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw9").removeprefix("gw")) % 10
_ports = cycle(range(FIRST + _WORKER * EACH, FIRST + (_WORKER + 1) * EACH))


def free_ports(count: int) -> list[int]:
    """Ports on the loopback that nobody listens on, none of which this process was given lately."""
    return list(islice(filter(is_free, _ports), count))
