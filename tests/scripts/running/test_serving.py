"""The port of pages."""

import asyncio
import socket

from scripts.founding.settings import load_settings
from scripts.running.serving import _listen


def test_listen__door__lets_small_answers_go_at_once() -> None:
    async def accepted(door: socket.socket) -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line: socket.socket = writer.get_extra_info("socket")
            found.set_result(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(note, sock=door):
            _, writer = await asyncio.open_connection(*door.getsockname()[:2])
            writer.close()
            return await asyncio.wait_for(found, 10)

    with _listen(load_settings(None, http_port=0)) as door:
        assert asyncio.run(accepted(door)) != 0
