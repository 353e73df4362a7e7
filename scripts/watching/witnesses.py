"""What witnesses say of a server's chain: their seals, read now and then from the places that it was told of."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import BadInputError, CannotCheckError, LedgerError
from ledger.json_text import parse_json
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height, Timestamp, to_hex
from ledger.proofs.vouching import Vouching, VouchingBook, read_vouching
from node.keys import describe_key, key_path
from node.watchdog.folder import WITNESS, WatchFolder
from scripts.records.feed import FeedClient
from scripts.watching.peers import QUICK_S, Peer

INTERVAL_S = 5.0
MAX_ANSWER = 64 << 10
MAX_SEALS = 64
SEAL_HEX = 2 * (1 + 8 + 32 + 65)
MAX_SOURCES = 32
OWN = "the watchdog of this directory"
LOG = logging.getLogger("ortaq.witnesses")


class TooManyWitnessesError(BadInputError):
    """More places to ask for witness seals than one server asks."""

    type = "too-many-witnesses"


class SealClient(FeedClient):
    """Reads witness seals from a watchdog's page or from another node's feed."""

    def seals(self, height: Height | None = None) -> list[bytes]:
        """Seals over a block, by default the newest that has any. Errors: as `FeedClient`."""
        query: dict[str, object] = {} if height is None else {"height": height}
        try:
            found = parse_json(self._bytes("witnesses", MAX_ANSWER, query))["seals"]
            if not isinstance(found, list) or len(found) > MAX_SEALS:
                raise self._misbehaves("witnesses", f"no list of at most {MAX_SEALS} seals")
            return [bytes.fromhex(text.removeprefix("0x")) for text in found if len(text) <= 2 + SEAL_HEX]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._misbehaves("witnesses", "no seals in JSON") from error


class Asker:
    """Asks one place, in a thread of its own: a slow one holds up no other."""

    def __init__(self, url: str, chain: ChainReader, chain_id: int, book: VouchingBook, clock: Callable[[], float]):
        peer = Peer(url)
        peer.close()
        self.name, self.problem = peer.name, "not asked yet"
        self._url = peer.url
        self._chain = chain
        self._chain_id = chain_id
        self._book = book
        self._clock = clock
        self._client = SealClient(url, answer_s=QUICK_S, silence_s=QUICK_S)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"witness {self.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends once the question at hand is answered or given up."""
        self._stop.set()
        self._client.close()
        self._thread.join()

    def step(self) -> None:
        """Ask once; why nothing came stands in `problem`."""
        try:
            self.problem = self._ask()
        except CannotCheckError as error:
            # A URL may hold a password; the problem is shown to everybody.
            self.problem = error.detail.replace(self._url, self.name)

    def _ask(self) -> str:
        """Take the newest seals; of a witness that is ahead of this chain, those over the newest block here."""
        seals = self._client.seals()
        if not seals:
            return "it has no seal yet"
        is_ahead, problem = self._take(seals)
        if is_ahead:
            problem = self._take(self._client.seals(self._chain.head().number))[1] or problem
        return problem

    def _take(self, seals: Sequence[bytes]) -> tuple[bool, str]:
        """Check seals and note what they say: whether one is above this chain, and what is wrong with one."""
        now = Timestamp(int(self._clock()))
        is_ahead, problem = False, ""
        for data in seals:
            try:
                vouching = read_vouching(data, self._chain_id, self._own_hash, self.name, now)
            except BadInputError as error:
                problem = error.detail
                continue
            is_ahead |= vouching is None
            if vouching is not None and self._book.take(vouching):
                self._cry(vouching)
        return is_ahead, problem

    def _own_hash(self, height: Height) -> Hash32 | None:
        header = self._chain.header(height)
        return None if header is None else header.hash

    def _cry(self, vouching: Vouching) -> None:
        LOG.error(
            "witness %s (%s) sealed %s at height %d, here stands %s: somebody is shown another history",
            *(to_hex(vouching.witness), self.name, to_hex(vouching.block_hash)),
            *(vouching.height, to_hex(vouching.own_hash)),
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.step()
            except Exception as error:  # the pages go on without this witness, and say why
                if not self._stop.is_set():
                    LOG.exception("%s failed", self.name)
                    self.problem = f"{type(error).__name__}: {error}"
            self._stop.wait(INTERVAL_S)


class OwnWatchdog:
    """The note of the watchdog that keeps this directory, if one does. It is read again whenever somebody asks."""

    def __init__(self, path: Path, chain: ChainReader) -> None:
        self._folder = WatchFolder(path)
        self._chain = chain

    def vouchings(self) -> list[Vouching]:
        """Empty where there is no watchdog, or nothing that this chain has."""
        try:
            record = json.loads(self._folder.high_water.read_bytes())
            height, block_hash = Height(int(record["height"])), Hash32(bytes.fromhex(record["hash"]))
            witness = describe_key(key_path(self._folder.ledger.keys, WITNESS)).address
            seen = Timestamp(int(self._folder.high_water.stat().st_mtime))
        except (OSError, ValueError, KeyError, TypeError, LedgerError):
            # No watchdog's directory, or one whose watchdog will say what is wrong with it.
            return []
        header = self._chain.header(height)
        if header is None:
            return []
        return [Vouching(witness, height, block_hash, header.hash, OWN, seen)]


class WitnessDesk:
    """All witnesses that a server was told of, as `ledger.ports.WitnessSource`."""

    def __init__(self, askers: Sequence[Asker], own: OwnWatchdog, book: VouchingBook) -> None:
        self._askers = askers
        self._own = own
        self._book = book

    def vouchings(self) -> list[Vouching]:
        return [*self._own.vouchings(), *self._book.all()]

    def faults(self) -> Mapping[str, str]:
        return {asker.name: asker.problem for asker in self._askers}


@contextmanager
def open_witnesses(urls: str | None, path: Path, chain: ChainReader, chain_id: int) -> Iterator[WitnessDesk]:
    """Ask witnesses until the block is left.

    Shape   `urls`: separated by commas, None for none; `path`: the server's directory, which may be a watchdog's.
    Errors  BadPeerError, TooManyWitnessesError.
    """
    wanted = list(dict.fromkeys(urls.split(","))) if urls else []
    if len(wanted) > MAX_SOURCES:
        raise TooManyWitnessesError(f"witness: {len(wanted)} places, expected at most {MAX_SOURCES}")
    book = VouchingBook()
    askers = [Asker(url, chain, chain_id, book, time.time) for url in wanted]
    for asker in askers:
        asker.start()
    try:
        yield WitnessDesk(askers, OwnWatchdog(path, chain), book)
    finally:
        for asker in askers:
            asker.stop()
