"""Bringing witness seals to the peers, whose feed then serves them."""

import logging

import httpx

from ledger.primitives import to_hex
from node.watchdog.judge import Judge
from scripts.records.feed import PREFIX
from scripts.watching.peers import QUICK_S, Peer

TRIES = 5
"""How often a peer may refuse before it is left alone: it may be a block behind, or not know this witness."""
LOG = logging.getLogger("ortaq.watch")


class Publisher:
    """Posts the seal over the newest block to each peer, once each.

    Shape   in one thread. Nothing that a peer answers is read but its status.
    """

    def __init__(self, judge: Judge, peers: list[Peer]) -> None:
        self._judge = judge
        self._sent = {peer.url: 0 for peer in peers}
        self._names = {peer.url: peer.name for peer in peers}
        self._refused: dict[str, int] = {}
        self._client = httpx.Client(timeout=QUICK_S, follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def step(self) -> None:
        """Send what is new."""
        seal = self._judge.witness()
        if seal is None:
            return
        for url, height in list(self._sent.items()):
            if height < seal.height and self._post(url, to_hex(seal.encode())):
                self._sent[url] = seal.height

    def _post(self, url: str, seal: str) -> bool:
        """Whether it is settled; a peer that cannot be reached is asked again."""
        try:
            with self._client.stream("POST", f"{url}{PREFIX}witnesses", json={"seal": seal}) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            LOG.info("%s: witness seal not sent: %s", self._names[url], type(error).__name__)
            return False
        if status == httpx.codes.CREATED:
            return True
        LOG.warning("%s: does not take seals of this witness (status %d)", self._names[url], status)
        if status != httpx.codes.CONFLICT:
            self._refused[url] = self._refused.get(url, 0) + 1
            if self._refused[url] == TRIES:
                del self._sent[url]
        return False
