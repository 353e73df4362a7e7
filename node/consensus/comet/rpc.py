"""A client of CometBFT's RPC on its unix socket."""

import http.client
import json
import socket
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger.errors import CannotCheckError

TIMEOUT_S = 20
PAGE = 100
KEPT_CONNECTIONS = 8
ABOVE_HEAD = "must be less than or equal to the current blockchain height"


class CometUnreachableError(CannotCheckError):
    """CometBFT does not answer: it is starting, stopped, or busy."""

    type = "consensus-unreachable"


class CometRpcError(CannotCheckError):
    """CometBFT answered with an error. `facts["reason"]` is its own text."""

    type = "consensus-refused"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class CometRpc:
    """Calls CometBFT. Any thread, each on a connection of its own. Errors: CometUnreachableError, CometRpcError."""

    def __init__(self, path: Path, timeout_s: float = TIMEOUT_S) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._idle: list[_UnixConnection] = []

    def close(self) -> None:
        """Close what is not in use; a later call opens another connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def status(self) -> dict[str, Any]:
        """`node_info`, `sync_info`, `validator_info`."""
        return self._call("status")

    def net_info(self) -> dict[str, Any]:
        """`n_peers`, `peers`."""
        return self._call("net_info")

    def peer_ids(self) -> list[str]:
        """The nodes that are connected."""
        return [str(peer["node_info"]["id"]) for peer in self.net_info()["peers"]]

    def round(self) -> tuple[int, int, int]:
        """(height, round, step) that consensus is at."""
        where = str(self._call("consensus_state")["round_state"]["height/round/step"])
        height, number, step = (int(part) for part in where.split("/"))
        return height, number, step

    def is_catching_up(self) -> bool:
        """Whether it still fetches decided blocks, and takes no part in deciding."""
        return bool(self.status()["sync_info"]["catching_up"])

    def dial_peers(self, addresses: list[str]) -> None:
        """Have it dial `NODE_ID@HOST:PORT` now; whether that comes to anything is not waited for."""
        self._call("dial_peers", peers=addresses, persistent=False, unconditional=False, private=False)

    def peer_heights(self) -> list[int]:
        """The height that each peer says it is at."""
        peers = self._call("dump_consensus_state")["peers"] or []
        return [int(peer["peer_state"]["round_state"]["height"]) for peer in peers]

    def broadcast(self, raws: Sequence[bytes]) -> list[str | None]:
        """Offer transactions to the mempool, in order; for each why CometBFT has no place for it, None where it has.

        Whether the application admits it is not waited for: CometBFT would be silent for 20 ms for each.
        """
        calls = [_call("broadcast_tx_async", n, {"tx": b64encode(raw).decode()}) for n, raw in enumerate(raws)]
        found = self._ask("broadcast_tx_async", json.dumps(calls))
        # A list of one is answered without the list.
        answers = found if isinstance(found, list) else [found]
        if len(answers) != len(raws):
            raise CometUnreachableError(f"CometBFT: {len(answers)} answers to {len(raws)} transactions")
        return [_failure(answer) for answer in answers]

    def commit(self, height: int) -> dict[str, Any] | None:
        """The signed header of a consensus height, None while it has none."""
        try:
            return self._call("commit", height=str(height))
        except CometRpcError as error:
            if ABOVE_HEAD in error.facts["reason"]:
                return None
            raise

    def validators(self, height: int) -> list[dict[str, Any]]:
        """All validators of a consensus height, in CometBFT's order."""
        rows: list[dict[str, Any]] = []
        while True:
            page = str(len(rows) // PAGE + 1)
            answer = self._call("validators", height=str(height), page=page, per_page=str(PAGE))
            rows += answer["validators"]
            if len(rows) >= int(answer["total"]):
                return rows

    def _call(self, method: str, **params: object) -> dict[str, Any]:
        answer = self._ask(method, json.dumps(_call(method, 1, params)))
        reason = _failure(answer)
        if reason is not None:
            raise CometRpcError(f"CometBFT: {method}: {reason}", method=method, reason=reason)
        result: dict[str, Any] = answer["result"]
        return result

    def _ask(self, method: str, body: str) -> Any:
        try:
            return json.loads(self._exchange(body))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise CometUnreachableError(f"CometBFT: no answer to {method} ({type(error).__name__}: {error})") from error

    def _exchange(self, body: str) -> bytes:
        """Ask on a connection of before, or on a new one where CometBFT has closed that."""
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is not None:
            try:
                return self._request(kept, body)
            except (ConnectionError, http.client.BadStatusLine):
                # It was idle for too long, or CometBFT was started anew; each call may be made twice.
                self.close()
        return self._request(_UnixConnection(self._path, self._timeout_s), body)

    def _request(self, connection: _UnixConnection, body: str) -> bytes:
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = connection.getresponse().read()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            # Without a socket the other side has asked to close it.
            is_kept = connection.sock is not None and len(self._idle) < KEPT_CONNECTIONS
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()
        return answer


def _call(method: str, number: int, params: Mapping[str, object]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _failure(answer: Mapping[str, Any]) -> str | None:
    failure = answer.get("error")
    return None if failure is None else f"{failure.get('message', '')}: {failure.get('data', '')}"
