"""Pages of a loaded ledger while its node makes blocks, both on one core.

Run     `python bench/pages.py LEDGER [--rate 20] [--seconds 30] [--blocks 1] [--json]`
        LEDGER is the directory of a replay (its keys are needed). It is copied; the copy is written to and removed.
Load    A server process bound to one core runs the node and the API. The node makes `--blocks` blocks a second, so that
        nothing read at one head serves for long. This process, on another core, asks for pages at fixed times, whatever
        came back before, and takes each answer's time from the moment when it was due.
Baseline  50 ms for every page at 20 requests/s (the issue's figure).
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.app import create_app
from ledger.evidence.cid import encode_cid_bytes, parse_cid
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_HASH
from ledger.system import SystemContract
from node.embedded import EmbeddedNode
from node.folder import LedgerFolder
from node.founding import SEALER
from node.keys import key_path, load_key
from scripts.founding.settings import load_settings
from scripts.running.desk import Desk
from scripts.running.ledgers import make_services, read_anchor
from scripts.running.serving import freeze_heap

LIMIT_MS = 50
WARM_UP_S = 3
PAGES = (
    *("/", "/votes", "/votes/1", "/votes/1.json", "/api/v1/votes/1/result", "/verify?code=abandon-0000-0000-0000-0000"),
    *("/funds", "/funds/{fund}", "/evidence", "/evidence/1", "/blocks", "/blocks/9", "/about", "/api/v1/head"),
    *("/witnesses", "/votes/1/ballots", "/votes/1/checked"),
)


@dataclass(frozen=True)
class Answer:
    """One answer. Units: `ms` from when the request was due."""

    path: str
    status: int
    ms: float


def run_server(folder: Path, core: int, blocks_per_s: float, ready: Connection) -> None:
    """Node and API in one process on one core, until it is ended."""
    os.sched_setaffinity(0, {core})
    ledger = LedgerFolder(folder)
    keys = {role: load_key(key_path(ledger.keys, role)) for role in (SEALER, Duty.TREASURER)}
    settings = load_settings(folder)
    with EmbeddedNode(folder, keys[SEALER]) as node:
        services = make_services(
            node.founding, read_anchor(ledger), node.chain, node.evidence, settings, None, node.clock
        )
        freeze_heap()
        server = uvicorn.Server(uvicorn.Config(create_app(services), port=0, log_level="error", lifespan="off"))
        threading.Thread(target=keep_busy, args=(node, keys[Duty.TREASURER], blocks_per_s), daemon=True).start()
        threading.Thread(target=tell_port, args=(server, ready), daemon=True).start()
        server.run()


def tell_port(server: uvicorn.Server, ready: Connection) -> None:
    while not server.started:
        time.sleep(0.01)
    ready.send(server.servers[0].sockets[0].getsockname()[1])


def keep_busy(node: EmbeddedNode, treasurer: object, blocks_per_s: float) -> None:
    """Anchor a new document in a block of its own, at the given pace."""
    desk = Desk(node)
    number = 0
    while blocks_per_s:
        number += 1
        cid = encode_cid_bytes(parse_cid(node.evidence.add(b"document %d" % number)))
        desk.call(treasurer, SystemContract.EVIDENCE, "anchor", cid, b"bench".ljust(32, b"\0"), ZERO_HASH)
        time.sleep(1 / blocks_per_s)


def ask(client: httpx.Client, path: str, due: float) -> Answer:
    response = client.get(path, headers={"accept": "text/html"})
    return Answer(path, response.status_code, 1000 * (time.perf_counter() - due))


def measure(address: str, rate: float, seconds: float) -> list[Answer]:
    """Ask for one page after another at fixed times."""
    with httpx.Client(base_url=address, timeout=30) as client, ThreadPoolExecutor(16) as pool:
        fund = client.get("/funds.json").json()["funds"][0]["id"]
        paths = [path.format(fund=fund) for path in PAGES]
        for path in paths:
            client.get(path)
        time.sleep(WARM_UP_S)
        begin = time.perf_counter()
        waiting = []
        for index in range(int(rate * seconds)):
            due = begin + index / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            waiting.append(pool.submit(ask, client, paths[index % len(paths)], due))
        return [future.result() for future in waiting]


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def summary(answers: list[Answer]) -> dict[str, object]:
    """Figures of all answers and of each page. Units: ms."""

    def figures(chosen: list[Answer]) -> dict[str, float]:
        times = [answer.ms for answer in chosen]
        return {
            "p50": round(percentile(times, 0.5), 1),
            "p95": round(percentile(times, 0.95), 1),
            "p99": round(percentile(times, 0.99), 1),
            "max": round(max(times), 1),
        }

    paths = dict.fromkeys(answer.path for answer in answers)
    return {
        "requests": len(answers),
        "failed": sum(answer.status != 200 for answer in answers),
        "within_limit": round(sum(answer.ms < LIMIT_MS for answer in answers) / len(answers), 4),
        "all": figures(answers),
        "pages": {path: figures([answer for answer in answers if answer.path == path]) for path in paths},
    }


def report(facts: dict[str, object]) -> None:
    print(f"{facts['requests']} requests at {facts['rate']}/s, {facts['blocks_per_s']} blocks/s on the same core")
    print(f"{'':44}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}   ms")
    for name, row in [*facts["pages"].items(), ("all", facts["all"])]:
        print(f"{name[:42]:44}" + "".join(f"{row[field]:8.1f}" for field in ("p50", "p95", "p99", "max")))
    print(f"under {LIMIT_MS} ms: {100 * facts['within_limit']:.2f} %; failed: {facts['failed']}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--blocks", type=float, default=1, help="blocks a second that the node makes meanwhile")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    server_core, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(others) or {server_core})
    with tempfile.TemporaryDirectory(prefix="ortaq-bench-") as scratch:
        folder = Path(scratch) / "ledger"
        shutil.copytree(options.ledger, folder)
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        server = context.Process(target=run_server, args=(folder, server_core, options.blocks, there), daemon=True)
        server.start()
        try:
            answers = measure(f"http://127.0.0.1:{here.recv()}", options.rate, options.seconds)
        finally:
            server.terminate()
            server.join()
    facts = {"rate": options.rate, "blocks_per_s": options.blocks, **summary(answers)}
    if options.json:
        print(json.dumps(facts))
    else:
        report(facts)
    return int(facts["failed"] > 0 or facts["all"]["p95"] >= LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
