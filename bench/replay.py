"""Whole replays, measured from the start of the process to its end: `python bench/replay.py [FILE.pb] [--json]`.

Baseline: the same replay of 5,000 ballots in the same run; a ledger whose cost a ballot does not grow has a ratio of 1.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.scripts.replay.votes import approval_vote  # noqa: E402  # the path stands above

SMALL, LARGE = 5_000, 50_000


def replay(file: Path, folder: Path) -> dict[str, Any]:
    """Run one replay in a process of its own; its facts."""
    command = [sys.executable, "-m", "scripts.cli", "replay", str(file), "--data", str(folder), "--json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a Pabulib file to measure as well")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--large", type=int, default=LARGE, help="ballots of the large replay")
    options = parser.parse_args()
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in (SMALL, options.large):
            vote = approval_vote(folder / f"{count}.pb", count)
            rows[f"{count} made-up ballots"] = replay(vote, folder / str(count))
        if options.file is not None:
            rows[options.file.name] = replay(options.file.resolve(), folder / "file")
    rates = [row["ballots_per_s"] for row in rows.values()]
    result = {
        "replays": {
            label: {key: row[key] for key in ("seconds", "ballots_per_s", "peak_rss_mib")}
            for label, row in rows.items()
        },
        "large_to_small": round(rates[1] / rates[0], 3),
    }
    if options.json:
        print(json.dumps(result))
        return
    for label, row in result["replays"].items():
        print(
            f"{label:40} {row['seconds']:8.1f} s {row['ballots_per_s']:8.0f} ballots/s {row['peak_rss_mib']:6.0f} MiB"
        )
    print(f"large to small: {result['large_to_small']}")


if __name__ == "__main__":
    main()
