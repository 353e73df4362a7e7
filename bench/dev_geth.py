"""The baseline of a validator: bare `geth --dev` on the same state, offered the same transactions in the same way.

It takes them into its own pool, makes blocks as soon as any wait, and decides alone. Its database is filled with the
ledger's blocks first, and its pool told to ask for no tip, for the ledger's transactions give none.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.load import POLL_S, STUCK_S, Lanes, cut
from ledger.chain.genesis import Genesis
from ledger.ports import ChainReader
from ledger.primitives import Height, to_hex
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions, GethProcess
from node.execution.geth.rpc import IpcClient
from node.store.memory import MemoryStore

START_S = 60
ANSWER_S = 30


class DevGeth:
    """`geth --dev` after a block of a ledger. Whoever makes one closes it."""

    def __init__(self, folder: Path, genesis: Genesis, chain: ChainReader, height: Height) -> None:
        with GethEngine.open(folder, genesis, MemoryStore()) as engine:
            for number in range(1, height + 1):
                block = chain.block(Height(number))
                assert block is not None
                engine.make_head(engine.execute(block))
        self._height = int(height)
        self._offered = self._included = 0
        self._lock = threading.Lock()
        self._process = GethProcess(folder, genesis, GethOptions(flags=("--dev",)))
        self._process.start()
        self._client = IpcClient(self._process.socket)
        self._free_of_charge()

    def close(self) -> None:
        self._client.close()
        self._process.kill()

    def rate(self, lanes: Lanes, window: int) -> float:
        """Transactions a second, from the first that is offered to the block of the last.

        Units   `window`: transactions that may wait at a time. A block of more than half its gas would raise the base
                fee, and transactions that pay nothing would wait for ever.
        """
        threads = [threading.Thread(target=self._offer, args=(lane, window), daemon=True) for lane in lanes]
        start = moved = time.monotonic()
        for thread in threads:
            thread.start()
        count = sum(map(len, lanes))
        awaited = self._included + count
        while self._included < awaited:
            assert time.monotonic() < moved + STUCK_S, f"geth --dev stands still: {self._process.last_words()}"
            time.sleep(POLL_S)
            while (block := self._ask("eth_getBlockByNumber", hex(self._height + 1), False)) is not None:
                self._height += 1
                self._included += len(block["transactions"])
                moved = time.monotonic()
        return count / (moved - start)

    def _offer(self, raws: Sequence[bytes], window: int) -> None:
        for _, part in cut(raws):
            while self._offered - self._included >= window:
                time.sleep(POLL_S)
            with self._lock:
                self._offered += len(part)
            self._client.batch([("eth_sendRawTransaction", [to_hex(raw)]) for raw in part], ANSWER_S)

    def _free_of_charge(self) -> None:
        end = time.monotonic() + START_S
        while not self._process.socket.exists():
            assert time.monotonic() < end, f"geth --dev does not start: {self._process.last_words()}"
            time.sleep(POLL_S)
        self._ask("miner_setGasPrice", "0x0")

    def _ask(self, method: str, *parameters: Any) -> Any:
        return self._client.call(method, *parameters, timeout_s=ANSWER_S)
