"""The voters of a replay: keys made from one seed, as a rehearsal's constitution allows and no other does."""

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from coincurve import PrivateKey

from ledger.primitives import Address, Hash32
from ledger.secp256k1 import address_of
from ledger.voting.ballot import Ballot, SignedBallot, sign_ballot

CHUNK = 1000
AHEAD = 4
SEED_LENGTH = 32
COMMITMENT_LENGTH = 28


T = TypeVar("T")
R = TypeVar("R")


class Voters:
    """All voters of a file, by index, and their seats.

    Shape   `seat_of[i]`: the seat of voter i, by a keyed permutation, so that the roll's order is not the shares'.
    Keys are made and ballots signed in one process beside the node's, in chunks, always ahead of what is asked.
    """

    def __init__(self, seed: bytes, count: int) -> None:
        self._seed = seed
        self.count = count
        order = sorted(range(count), key=lambda i: _derive(seed, "seat", i))
        self.voter_at = order
        self.seat_of = [0] * count
        for seat, voter in enumerate(order):
            self.seat_of[voter] = seat
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def __enter__(self) -> "Voters":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def members(self, first: int) -> Iterator[list[tuple[Address, bytes]]]:
        """(account, commitment) of the voters from `first` on, in chunks."""
        return self._ahead(make_members, [(self._seed, part) for part in _chunks(range(first, self.count))])

    def seat_keys(self, first: int) -> Iterator[list[Address]]:
        """Roll keys of the seats from `first` on, in chunks."""
        return self._ahead(make_seat_keys, [(self._seed, part) for part in _chunks(self.voter_at[first:])])

    def sign(self, domain: Hash32, ballots: Sequence[tuple[int, Ballot]]) -> Iterator[list[SignedBallot]]:
        """Sign (voter, ballot) pairs, in chunks, in their order."""
        parts = _chunks(ballots)
        signatures = self._ahead(sign_ballots, [(self._seed, domain, part) for part in parts])
        for part, signed in zip(parts, signatures, strict=True):
            yield [SignedBallot(ballot, signature) for (_, ballot), signature in zip(part, signed, strict=True)]

    def _ahead(self, work: Callable[..., R], parts: Sequence[tuple[object, ...]]) -> Iterator[R]:
        """Results of the work in order; a few chunks are under way while one is used."""
        waiting: deque[Future[R]] = deque()
        for part in parts:
            waiting.append(self._pool.submit(work, *part))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def make_members(seed: bytes, voters: Iterable[int]) -> list[tuple[Address, bytes]]:
    return [(address_of(_key(seed, "member", i)), _derive(seed, "commitment", i)[:COMMITMENT_LENGTH]) for i in voters]


def make_seat_keys(seed: bytes, voters: Iterable[int]) -> list[Address]:
    return [address_of(seat_key(seed, i)) for i in voters]


def sign_ballots(seed: bytes, domain: Hash32, ballots: Sequence[tuple[int, Ballot]]) -> list[bytes]:
    return [sign_ballot(domain, ballot, seat_key(seed, voter)).signature for voter, ballot in ballots]


def seat_key(seed: bytes, voter: int) -> PrivateKey:
    """The key with which a voter signs."""
    return _key(seed, "seat key", voter)


def _key(seed: bytes, purpose: str, index: int) -> PrivateKey:
    return PrivateKey(_derive(seed, purpose, index))


def _derive(seed: bytes, purpose: str, index: int) -> bytes:
    return hmac.digest(seed, f"{purpose}\0{index}".encode(), hashlib.sha256)


def _chunks(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[i : i + CHUNK] for i in range(0, len(items), CHUNK)]
