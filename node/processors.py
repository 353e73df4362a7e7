"""The processors that engines written in Go share: the runtime of each looks for work on all that it may use."""

import os

VARIABLE = "GOMAXPROCS"


def go_environment(sharers: int) -> dict[str, str]:
    """This process' environment, in which a Go program uses its share of the processors, one at least.

    Where the operator has set GOMAXPROCS, that stays.
    """
    share = max(1, len(os.sched_getaffinity(0)) // sharers)
    return {VARIABLE: str(share), **os.environ}
