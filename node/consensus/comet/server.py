"""The socket that CometBFT connects to: four connections, one application."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from google.protobuf.message import DecodeError

from ledger.errors import LedgerError
from node.consensus.comet import abci_pb2 as abci
from node.consensus.comet.application import LANES, Application, Lane
from node.consensus.comet.wire import MAX_MESSAGE_BYTES, BadFrameError, FrameReader, encode_frame

READ_BYTES = 1 << 18
READ_AHEAD_BYTES = 1 << 22
"""While CometBFT cannot write, it looks without pause whether it can again."""
START_S = 10

Asked = tuple[str | None, abci.Request]
"""What is asked, by its name in `Request`, and the request."""

log = logging.getLogger(__name__)


class AbciServer:
    """Serves an application on a unix socket, from a thread of its own.

    Order   answers on a connection come in the order of its requests. Consensus requests of all connections are
            answered by one thread, transactions by another, everything else by a third.
    Faults  an exception is answered as such, upon which CometBFT stops, and the connection is closed. So is one with
            bytes that are no message or announce one over the limit; the reason is in the log.
    """

    def __init__(self, application: Application, path: Path, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._application = application
        self._path = path
        self._limit = limit
        self._pools = {lane: ThreadPoolExecutor(1, f"abci-{lane.value}") for lane in Lane}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="abci", daemon=True)
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._stop = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen. Errors: OSError where the socket cannot be made."""
        self._thread.start()
        self._started.wait(START_S)
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Close all connections after the requests that are being answered; nothing is half done then."""
        if self._thread.is_alive() and self._failure is None:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join()
        for pool in self._pools.values():
            pool.shutdown()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._path.unlink(missing_ok=True)
        try:
            server = await asyncio.start_unix_server(self._connect, self._path, limit=READ_AHEAD_BYTES)
        except OSError as error:
            self._failure = error
            return
        finally:
            self._started.set()
        await self._stop.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine of the server always runs in one
        self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except BadFrameError as error:
            log.error("connection closed: %s", error.detail)  # noqa: TRY400  the peer's fault has no trace of ours
        except (ConnectionError, asyncio.CancelledError):
            log.info("connection closed")
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader(self._limit)
        while data := await reader.read(READ_BYTES):
            for lane, requests in _by_lane(frames.feed(data)):
                answers, is_good = await self._loop.run_in_executor(self._pools[lane], self._answer, lane, requests)
                writer.write(answers)
                await writer.drain()
                if not is_good:
                    return
        if frames.pending:
            raise BadFrameError(f"message: cut off, {frames.pending} bytes of it came")

    def _answer(self, lane: Lane, asked: Sequence[Asked]) -> tuple[bytes, bool]:
        """Framed answers to requests of one lane, and whether the connection may go on."""
        frames: list[bytes] = []
        kind: str | None = None
        try:
            if lane is Lane.MEMPOOL:
                self._application.foresee([request.check_tx.tx for kind, request in asked if kind == "check_tx"])
            for kind, request in asked:
                if kind == "flush":
                    frames.append(_FLUSHED)
                    continue
                response = self._application.handle(request)
                frames.append(encode_frame(response.SerializeToString()))
                if response.HasField("exception"):
                    return b"".join(frames), False
        except Exception as error:
            log.exception("%s failed; CometBFT stops on it", kind)
            detail = error.detail if isinstance(error, LedgerError) else f"{type(error).__name__}: {error}"
            response = abci.Response(exception=abci.ResponseException(error=detail))
            frames.append(encode_frame(response.SerializeToString()))
            return b"".join(frames), False
        return b"".join(frames), True


_FLUSHED = encode_frame(abci.Response(flush=abci.Empty()).SerializeToString())


def _decode(message: bytes) -> abci.Request:
    try:
        request = abci.Request()
        request.ParseFromString(message)
    except DecodeError as error:
        raise BadFrameError(f"message of {len(message)} bytes: no request of ABCI ({error})") from error
    return request


def _by_lane(messages: Sequence[bytes]) -> list[tuple[Lane, list[Asked]]]:
    """Neighbouring requests of one lane together; Flush goes with what it follows."""
    runs: list[tuple[Lane, list[Asked]]] = []
    for message in messages:
        request = _decode(message)
        kind = request.WhichOneof("value")
        lane = runs[-1][0] if runs and kind == "flush" else LANES.get(kind or "", Lane.QUERY)
        if not runs or runs[-1][0] is not lane:
            runs.append((lane, []))
        runs[-1][1].append((kind, request))
    return runs
