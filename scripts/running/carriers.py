"""Carriers: how a signed transaction comes into a block, in this process or through a node that runs."""

import time
from dataclasses import dataclass
from typing import Protocol

from ledger.primitives import Hash32, Height, to_hex
from node.embedded import EmbeddedNode
from scripts.running.control import ControlClient

TICK_S = 0.1
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction in a durable sealed block."""

    height: Height
    index: int
    success: bool


class Carrier(Protocol):
    """Takes signed transactions to blocks."""

    def submit(self, raw: bytes) -> Hash32: ...

    def wait(self, sent: Hash32) -> Done | str | None:
        """Where it stands, why it was refused, or None after `PATIENCE_S`."""
        ...


class LocalCarrier:
    """The embedded node in this process: it makes a block when somebody waits for one."""

    def __init__(self, node: EmbeddedNode) -> None:
        self._node = node

    def submit(self, raw: bytes) -> Hash32:
        return self._node.submit(raw)

    def wait(self, sent: Hash32) -> Done | str | None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            placed = self._node.acknowledged(sent)
            if placed is not None:
                return Done(placed.height, placed.index, placed.success)
            reason = self._node.mempool.reason(sent)
            if reason is not None:
                return reason
            if self._node.make_block() is None:
                # A wall clock gives one block a second.
                time.sleep(TICK_S)
        return None


class RemoteCarrier:
    """The node that runs on the directory."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def submit(self, raw: bytes) -> Hash32:
        return Hash32(bytes.fromhex(self._client.ask(submit=to_hex(raw))["hash"][2:]))

    def wait(self, sent: Hash32) -> Done | str | None:
        answer = self._client.ask(wait=to_hex(sent), timeout_s=PATIENCE_S)
        if "refused" in answer:
            return str(answer["refused"])
        return Done(Height(answer["height"]), answer["index"], answer["success"]) if answer else None
