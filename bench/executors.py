"""Both executors on the same transactions in one run: blocks of direct votes, built and made head durably.

Run       `python bench/executors.py [--json] [--blocks 5] [--transactions 1000]`; geth as tests/engines.py finds it
Baseline  geth alone, driven over its socket with requests made beforehand: built by `testing_buildBlockV1`, executed by
          `engine_newPayloadV3`, made head by `engine_forkchoiceUpdatedV3`; nothing decoded, checked or stored outside.
Rows      `embedded`, `geth`: `build` and `make_head` with an LMDB store, one commit a block. `geth execute`: `execute`
          of the same blocks, as a validator that did not propose does. Milliseconds a block: by the wall, and of CPU
          time of this process and of geth.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.execution import make_blocks
from ledger.ports import Block, BlockAttributes
from ledger.primitives import ZERO_HASH, to_hex
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions, GethProcess
from node.execution.geth.rpc import IpcClient
from node.execution.geth.wire import encode_attributes, encode_payload
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.rules import free_fields
from node.store.lmdb_store import LmdbStore
from tests.engines import geth_binary
from tests.node.execution.ledgers import make_genesis

TICKS = os.sysconf("SC_CLK_TCK")
TIMEOUT_S = 60
Step = Callable[[Block], None]


def process_cpu_s(pid: int | None) -> float:
    """CPU seconds that another process has used."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wait_until_quiet(pid: int | None) -> None:
    """Wait until geth has made ready what it makes ready in the background after its start (seconds of CPU time)."""
    before = -1.0
    while pid is not None and process_cpu_s(pid) - before > 0.05:
        before = process_cpu_s(pid)
        time.sleep(1)


def time_steps(step: Step, blocks: list[Block], pid: int | None) -> dict[str, float]:
    """Do a step for each block; the first, which creates the contract, is not counted."""
    step(blocks[0])
    wait_until_quiet(pid)
    wall, cpu, other = time.perf_counter(), time.process_time(), process_cpu_s(pid)
    for block in blocks[1:]:
        step(block)
    count = len(blocks) - 1
    spent = time.perf_counter() - wall
    transactions = sum(len(block.transactions) for block in blocks[1:])
    return {
        "transactions_per_s": round(transactions / spent),
        "blocks_per_s": round(count / spent, 2),
        "wall_ms": round(1000 * spent / count, 1),
        "python_cpu_ms": round(1000 * (time.process_time() - cpu) / count, 1),
        "geth_cpu_ms": round(1000 * (process_cpu_s(pid) - other) / count, 1),
    }


def building(engine: PyEvmEngine | GethEngine) -> Step:
    def step(block: Block) -> None:
        executed = engine.build(block.transactions, free_fields(block.header))
        assert executed.block == block
        engine.make_head(executed)

    return step


def executing(engine: PyEvmEngine | GethEngine) -> Step:
    return lambda block: engine.make_head(engine.execute(block))


def measure_embedded(blocks: list[Block], folder: Path) -> dict[str, float]:
    with closing(LmdbStore(folder / "store")) as store:
        return time_steps(building(PyEvmEngine(store, make_genesis())), blocks, None)


def measure_geth(
    blocks: list[Block], folder: Path, step: Callable[[PyEvmEngine | GethEngine], Step]
) -> dict[str, float]:
    with (
        closing(LmdbStore(folder / "store")) as store,
        GethEngine.open(folder / "geth", make_genesis(), store, GethOptions(geth_binary())) as engine,
    ):
        return time_steps(step(engine), blocks, engine.link._process.pid)


def measure_bare(blocks: list[Block], folder: Path) -> dict[str, float]:
    with _bare_geth(folder) as (client, pid):
        requests = {block.header.number: _requests(block) for block in blocks}

        def step(block: Block) -> None:
            for method, parameters in requests[block.header.number]:
                answer = client.call(method, *parameters, timeout_s=TIMEOUT_S)
                assert answer is not None
            assert answer["payloadStatus"]["status"] == "VALID"

        return time_steps(step, blocks, pid)


@contextmanager
def _bare_geth(folder: Path) -> Iterator[tuple[IpcClient, int | None]]:
    process = GethProcess(folder / "geth", make_genesis(), GethOptions(geth_binary()))
    process.start()
    try:
        while not process.socket.exists():
            time.sleep(0.05)
        yield IpcClient(process.socket), process.pid
    finally:
        process.stop()


def _requests(block: Block) -> list[tuple[str, list[object]]]:
    attributes: BlockAttributes = free_fields(block.header)
    raws = [to_hex(raw) for raw in block.transactions]
    block_hash, zero = to_hex(block.header.hash), to_hex(ZERO_HASH)
    head = {"headBlockHash": block_hash, "safeBlockHash": zero, "finalizedBlockHash": zero}
    parent = to_hex(block.header.parent_hash)
    return [
        ("testing_buildBlockV1", [parent, encode_attributes(attributes), raws, "0x"]),
        ("engine_newPayloadV3", [encode_payload(block), [], zero]),
        ("engine_forkchoiceUpdatedV3", [head, None]),
    ]


def measure(block_count: int, transactions: int) -> dict[str, dict[str, float]]:
    blocks = make_blocks(block_count, transactions)
    rows = {
        "embedded": lambda folder: measure_embedded(blocks, folder),
        "bare geth": lambda folder: measure_bare(blocks, folder),
        "geth": lambda folder: measure_geth(blocks, folder, building),
        "geth execute": lambda folder: measure_geth(blocks, folder, executing),
    }
    results = {}
    for name, row in rows.items():
        with tempfile.TemporaryDirectory() as folder:
            results[name] = row(Path(folder))
    results["geth"]["of_bare"] = round(results["geth"]["blocks_per_s"] / results["bare geth"]["blocks_per_s"], 2)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--transactions", type=int, default=1_000, help="a block")
    options = parser.parse_args()
    results = measure(options.blocks, options.transactions)
    if options.json:
        print(json.dumps(results))
        return
    for name, row in results.items():
        print(f"{name:>14}  " + "  ".join(f"{key} {value:g}" for key, value in row.items()))


if __name__ == "__main__":
    main()
