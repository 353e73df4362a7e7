"""A watchdog in a process of its own, to be killed: prints each block once it is vouched for."""

import sys
import threading
import time
from pathlib import Path

from ledger.proofs.anchor import decode_anchor
from node.watchdog.alarms import AlarmBook
from node.watchdog.judge import Vouched
from scripts.watching.watch import WatchOptions, open_watch


def announce(vouched: Vouched) -> None:
    """Height and hash, on a line of their own, at once."""
    sys.stdout.write(f"VOUCHED {vouched.header.number} {vouched.header.hash.hex()}\n")
    sys.stdout.flush()


def main(folder: Path, anchor: str, url: str) -> None:
    with open_watch(WatchOptions(decode_anchor(anchor), (url,), folder), AlarmBook(time.time)) as watch:
        head = watch.common.judge.head
        sys.stdout.write(f"OPEN {head.number} {head.hash.hex()}\n")
        sys.stdout.flush()
        watch.common.on_vouched = announce
        while True:
            watch.followers[0].step()
            assert not watch.common.alarms.active, watch.common.alarms.active
            threading.Event().wait(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
