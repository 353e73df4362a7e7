"""Audits of a replayed ledger against the replay: `python bench/audit.py FILE.pb [--executor stock|geth] [--json]`.

Baseline: the replay in the same run, from the start of its process to its end, as each audit. Given the directory of a
replayed ledger instead, it replays nothing and prints no ratios. Memory is of all processes of an audit together,
sampled: `anonymous` is what they hold, `resident` counts pages of mapped files too, which the system may take back.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
CLI = [sys.executable, "-m", "scripts.cli"]
SAMPLE_S = 0.2


def measure(*words: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Run a command of ours with `--json`; its answer, and what it took."""
    before, start = _children_cpu_s(), time.perf_counter()
    peaks = {"RssAnon": 0, "VmRSS": 0}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*CLI, *words, "--json"], cwd=REPOSITORY, stdout=output, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            for name, kib in _memory_of(process.pid).items():
                peaks[name] = max(peaks[name], kib)
            time.sleep(SAMPLE_S)
        seconds = time.perf_counter() - start
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: exit code {process.returncode}")
        output.seek(0)
        answer: dict[str, Any] = json.load(output)
    return answer, {
        "seconds": round(seconds, 1),
        "processor_s": round(_children_cpu_s() - before, 1),
        "anonymous_mib": peaks["RssAnon"] >> 10,
        "resident_mib": peaks["VmRSS"] >> 10,
    }


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory_of(root: int) -> dict[str, int]:
    """KiB of a process and of all that it started."""
    sums = {"RssAnon": 0, "VmRSS": 0}
    for pid in _tree(root):
        try:
            rows = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            # It ended meanwhile.
            continue
        for row in rows:
            name, _, rest = row.partition(":")
            if name in sums:
                sums[name] += int(rest.split()[0])
    return sums


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            # It ended meanwhile.
            continue
        children.setdefault(parent, []).append(int(place.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def audit(ledger: Path, folder: Path, executors: list[str]) -> dict[str, dict[str, float]]:
    """Export the ledger's bundle, and audit it with each executor."""
    bundle = folder / "bench.bundle"
    rows = {"export": measure("export", "bundle", str(ledger), "--out", str(bundle))[1]}
    for executor in executors:
        words = ("audit", str(bundle), "--anchor", str(ledger / "anchor.txt"), "--executor", executor)
        answer, rows[executor] = measure(*words)
        rows[executor]["ballots"] = answer["ballots"]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a Pabulib file, or the directory of a replayed ledger")
    parser.add_argument("--executor", action="append", choices=("stock", "geth"), help="default: both")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        ledger = options.source.resolve()
        if ledger.is_file():
            ledger = Path(name, "ledger")
            _, rows["replay"] = measure("replay", str(options.source.resolve()), "--data", str(ledger))
        rows |= audit(ledger, Path(name), options.executor or ["geth", "stock"])
    if "replay" in rows:
        for row in rows.values():
            row["of_replay"] = round(row["seconds"] / rows["replay"]["seconds"], 2)
            row["processor_of_replay"] = round(row["processor_s"] / rows["replay"]["processor_s"], 2)
    if options.json:
        print(json.dumps(rows))
        return
    for label, row in rows.items():
        print(f"{label:>8}  " + "  ".join(f"{key} {value:g}" for key, value in row.items()))


if __name__ == "__main__":
    main()
