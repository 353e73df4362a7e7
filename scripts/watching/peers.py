"""A peer as a watchdog reads it: quick questions with short limits, blocks with longer ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from ledger.bundle.parts import SealedBlock
from ledger.errors import BadInputError, CannotCheckError
from ledger.evidence.cid import Cid
from ledger.primitives import Hash32, Height
from scripts.records.feed import SMALL_ANSWER, FeedClient
from scripts.running.ledgers import is_url

QUICK_S = 4.0
"""How long a small answer may take: an alarm comes within five seconds."""
BLOCKS_S = 60.0


class BadPeerError(BadInputError):
    """A peer that is named by no URL."""

    type = "bad-peer"


@dataclass(frozen=True, slots=True)
class Tip:
    """What a peer says of its newest block; nothing of it is believed."""

    height: Height
    block_hash: Hash32
    founding: Hash32
    is_sealed: bool


class Peer:
    """One node's feed. Errors of all methods: NodeUnreachableError, PeerMisbehavesError, `peer-lacks`.

    Shape   `name`: the URL without user and password, for logs.
    """

    def __init__(self, url: str) -> None:
        if not is_url(url):
            raise BadPeerError(f"peer: {url[:100]!r}, expected the URL of a node, http:// or https://")
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._quick = _QuickClient(url, answer_s=QUICK_S, silence_s=QUICK_S)
        self._slow = FeedClient(url, answer_s=BLOCKS_S, silence_s=QUICK_S)

    def close(self) -> None:
        self._quick.close()
        self._slow.close()

    def tip(self) -> Tip:
        return self._quick.tip()

    def genesis(self) -> bytes:
        return self._slow.genesis()

    def text(self) -> bytes:
        return self._slow.text()

    def founding(self) -> bytes:
        return self._quick.founding()

    def block(self, height: int) -> SealedBlock:
        return next(self._slow.blocks(height, height))

    def blocks(self, first: int, last: int) -> Iterator[SealedBlock]:
        """Consecutive blocks, each the parent of the next."""
        return self._slow.blocks(first, last)

    def waiting(self) -> int:
        """How many transactions wait there for a block; 0 where it does not say."""
        return self._quick.waiting()

    def evidence_block(self, cid: Cid) -> bytes:
        return self._slow.evidence_block(cid)


class _QuickClient(FeedClient):
    def tip(self) -> Tip:
        record = self._json("head")
        try:
            height, sealed = record["height"], record["seal"]
            block_hash, founding = (bytes.fromhex(record[name][2:]) for name in ("hash", "founding"))
        except (KeyError, TypeError, ValueError) as error:
            raise self._misbehaves("head", "no height, hash, founding and seal") from error
        if type(height) is not int or not 0 <= height < 10**12 or len(block_hash) != 32 or len(founding) != 32:
            raise self._misbehaves("head", "no height, hash, founding and seal")
        return Tip(Height(height), Hash32(block_hash), Hash32(founding), sealed is not None or height == 0)

    def founding(self) -> bytes:
        return self._bytes("founding", SMALL_ANSWER)

    def waiting(self) -> int:
        try:
            found = self._json("waiting").get("transactions")
        except CannotCheckError as error:
            if error.type != "peer-lacks":
                raise
            # A node of an earlier release.
            found = None
        if found is not None and (type(found) is not int or found < 0):
            raise self._misbehaves("waiting", "no count of transactions")
        return found or 0
