"""Links between members that can fail: a TCP proxy for each ordered pair, in a thread of the test's process."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import Enum
from itertools import permutations

READ_BYTES = 1 << 16
START_S = 10

Pair = frozenset[int]


class State(Enum):
    """HELD: nothing comes through and nobody is told, as when packets get lost. CUT: connections are reset."""

    UP = "up"
    HELD = "held"
    CUT = "cut"


class Links:
    """Carries what members send each other. A context; methods may be called from any thread.

    Shape   `ports`: where each member listens; `port(i, j)`: where member i dials member j instead.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = tuple(ports)
        self._doors: dict[tuple[int, int], int] = {}
        self._states: dict[Pair, State] = {}
        self._writers: dict[Pair, set[asyncio.StreamWriter]] = {}
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Condition()
        self._stop = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="links", daemon=True)

    def __enter__(self) -> "Links":
        self._thread.start()
        assert self._started.wait(START_S), "the links do not come up"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def port(self, dialler: int, listener: int) -> int:
        return self._doors[dialler, listener]

    def set(self, state: State, pairs: Iterable[Pair]) -> None:
        """Have links of pairs fail, or heal."""
        asyncio.run_coroutine_threadsafe(self._set(state, list(pairs)), self._loop).result(START_S)

    def heal(self) -> None:
        self.set(State.UP, list(self._states))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        servers = []
        for pair in permutations(range(len(self._ports)), 2):
            self._states[frozenset(pair)] = State.UP
            server = await asyncio.start_server(self._acceptor(*pair), "127.0.0.1", 0)
            self._doors[pair] = server.sockets[0].getsockname()[1]
            servers.append(server)
        self._started.set()
        await self._stop.wait()
        for server in servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _acceptor(self, dialler: int, listener: int):
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.CancelledError):
                await self._carry(frozenset((dialler, listener)), self._ports[listener], reader, writer)

        return accept

    async def _carry(self, pair: Pair, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        open_writers = self._writers.setdefault(pair, set())
        open_writers.add(writer)
        try:
            if not await self._passes(pair):
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            ends.add(far_writer)
            open_writers.add(far_writer)
            ways = self._pump(pair, reader, far_writer), self._pump(pair, far_reader, writer)
            tasks = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:
            return
        finally:
            for end in ends:
                open_writers.discard(end)
                end.close()

    async def _pump(self, pair: Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while (data := await reader.read(READ_BYTES)) and await self._passes(pair):
                writer.write(data)
                await writer.drain()

    async def _passes(self, pair: Pair) -> bool:
        """Wait while the link is held; False where it is cut."""
        if self._states[pair] is State.HELD:
            async with self._changed:
                await self._changed.wait_for(lambda: self._states[pair] is not State.HELD)
        return self._states[pair] is State.UP

    async def _set(self, state: State, pairs: Sequence[Pair]) -> None:
        async with self._changed:
            for pair in pairs:
                self._states[pair] = state
                if state is State.CUT:
                    for writer in list(self._writers.get(pair, ())):
                        writer.transport.abort()
            self._changed.notify_all()


def between(left: Iterable[int], right: Iterable[int]) -> list[Pair]:
    """The pairs of links that a partition takes away."""
    others = list(right)
    return [frozenset((a, b)) for a in left for b in others]
