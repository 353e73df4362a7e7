"""A replay in a process of its own, to be killed: prints each block once it is acknowledged."""

import sys
from pathlib import Path

from node.consensus.solo import SealedBlock
from scripts.replay.run import replay_file
from scripts.terminal.console import Output


def announce(sealed: SealedBlock) -> None:
    """Height and hash, on a line of their own, at once."""
    header = sealed.executed.block.header
    sys.stdout.write(f"BLOCK {header.number} {header.hash.hex()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    report = replay_file(Path(sys.argv[1]), Path(sys.argv[2]), Output(quiet=True), 20, announce)
    sys.stdout.write(f"DONE {report.tally.turnout} {report.holds}\n")
