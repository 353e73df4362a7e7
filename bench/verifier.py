"""Ballots a second of the second verifier on one core, and its memory: `bench/verifier.py BUNDLE ANCHOR`."""

import argparse
import json
import resource
import subprocess
from pathlib import Path

COMMAND = Path(__file__).resolve().parent.parent / "verifier" / "cli.js"


def measure(bundle: Path, anchor: str) -> dict[str, float]:
    """Processor time, so that other work on the machine counts little; Node's helper threads are included."""
    command = ["node", str(COMMAND), str(bundle), "--anchor", anchor, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    ballots = json.loads(done.stdout)["checks"]["ballot.signature"]["checked"]
    return {
        "ballots": ballots,
        "seconds": round(seconds, 2),
        "ballots_per_s": round(ballots / seconds),
        "peak_rss_mib": round(used.ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("anchor", help="a file, or the text")
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.bundle, arguments.anchor)))


if __name__ == "__main__":
    main()
