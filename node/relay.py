"""The relay: gathers signed ballots, carries them to the chain in batches, and says what became of each."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from coincurve import PrivateKey

from ledger.abi import contract
from ledger.chain.transaction import sign_transaction
from ledger.errors import CannotCheckError, LedgerError
from ledger.primitives import Gas, Hash32, Height
from ledger.proofs.promise import Promise, make_promise
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.acceptance import BallotRefusedError, validate_ballot
from ledger.views.ballot_index import find_ballot
from ledger.views.questions import load_question
from ledger.voting.ballot import decode_record
from ledger.voting.batch import cut_batches
from node.ports import Node

MAX_WAITING = 20_000
MAX_TRANSACTIONS = 3
"""How often a good ballot is sent again."""
PROMISED_BLOCKS = 16
"""A promise says: no later than this many blocks after the present head."""


class RelayBusyError(CannotCheckError):
    """More ballots wait than the relay can hold; another relay, or the citizen's own transaction, carries them."""

    type = "relay-busy"


@dataclass(slots=True)
class _Waiting:
    """A ballot that is in no block yet. `sent`: how many transactions have carried it in vain."""

    question: int
    record: bytes
    digest: Hash32
    future: "Future[Height]"
    sent: int = 0

    @property
    def order(self) -> bytes:
        """Seat, then sequence: neighbours share storage, and an earlier ballot of a seat comes first."""
        return self.record[:5]

    @property
    def seat(self) -> int:
        return int.from_bytes(self.record[:4], "big")


class BatchingRelay:
    """Carries ballots on a node, as `ledger.ports.BallotRelay`. `submit` and `promise` in any thread; `send` and
    `settle` in one thread: on an embedded node that which makes blocks, before and after each one.

    Shape   `key` pays nothing and needs no duty: whoever carries a ballot has no say in it.
    """

    def __init__(self, node: Node, key: PrivateKey) -> None:
        self._node = node
        self._key = key
        self._wake: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Hash32, _Waiting] = OrderedDict()
        self._sent: dict[Hash32, list[_Waiting]] = {}
        self._next_nonce = 0

    @property
    def is_idle(self) -> bool:
        """Whether no ballot waits or is under way."""
        return not self._waiting

    def on_submit(self, wake: Callable[[], None]) -> None:
        """Have somebody called whenever there is something to send."""
        self._wake = wake

    def submit(self, question_id: int, record: bytes, digest: Hash32) -> "Future[Height]":
        """As the port says. The same ballot again joins the one that waits."""
        with self._lock:
            known = self._waiting.get(digest)
            if known is not None:
                return known.future
            if len(self._waiting) >= MAX_WAITING:
                raise RelayBusyError(f"relay: {len(self._waiting)} ballots wait, try again later or elsewhere")
            waiting = _Waiting(question_id, record, digest, Future())
            self._waiting[digest] = waiting
        self._wake()
        return waiting.future

    def promise(self, digest: Hash32) -> Promise:
        include_by = Height(self._node.chain.head().number + PROMISED_BLOCKS)
        return make_promise(self._node.founding.chain_id, digest, include_by, self._key)

    def send(self) -> None:
        """Put the ballots that wait into transactions, as many as the mempool takes."""
        with self._lock:
            under_way = {ballot.digest for batch in self._sent.values() for ballot in batch}
            waiting = [ballot for ballot in self._waiting.values() if ballot.digest not in under_way]
        state = self._node.chain.state()
        # Blocks of a network come while nobody looks: what is under way may stand in the state already, or not yet.
        nonce = max(state.nonce(address_of(self._key)), self._next_nonce if self._sent else 0)
        for batch, gas in self._batches(waiting):
            question, records = batch[0].question, b"".join(ballot.record for ballot in batch)
            raw = sign_transaction(
                self._key.secret,
                chain_id=self._node.founding.chain_id,
                nonce=nonce,
                to=SystemContract.BALLOTS.address,
                data=contract("Ballots").encode_call("cast", question, records),
                gas_limit=gas,
            )
            self._sent[self._node.submit(raw)] = batch
            nonce += 1
            self._next_nonce = nonce

    def settle(self) -> None:
        """Tell the senders of ballots what became of them, once their transaction is in a sealed block or refused."""
        for sent in list(self._sent):
            if self._node.acknowledged(sent) is None and sent in self._node.mempool:
                continue
            for ballot in self._sent.pop(sent):
                self._finish(ballot)

    def _batches(self, waiting: Sequence[_Waiting]) -> Iterator[tuple[list[_Waiting], Gas]]:
        """By question, sorted by seat, none larger than a transaction; with the gas for each."""
        for question in sorted({ballot.question for ballot in waiting}):
            form = load_question(self._node.chain.state(), question).form
            ballots = sorted((b for b in waiting if b.question == question), key=lambda b: b.order)
            for cut in cut_batches(form, [ballot.seat for ballot in ballots]):
                yield ballots[cut.start : cut.stop], cut.gas

    def _finish(self, ballot: _Waiting) -> None:
        """Settle a ballot; one that is good, and whose transaction failed for another's fault, waits for the next."""
        place = find_ballot(self._node.chain, ballot.digest)
        reason = None if place is not None else self._reason(ballot)
        ballot.sent += 1
        if place is None and reason is None:
            if ballot.sent < MAX_TRANSACTIONS:
                self._wake()
                return
            reason = BallotRefusedError("chain", f"{ballot.sent} transactions with it were refused; send it again")
        with self._lock:
            self._waiting.pop(ballot.digest, None)
        if place is not None:
            ballot.future.set_result(place.height)
        else:
            ballot.future.set_exception(reason)

    def _reason(self, ballot: _Waiting) -> LedgerError | None:
        """Why the contract does not accept a ballot: its rules, asked once more."""
        node = self._node
        state = node.chain.state()
        question = load_question(state, ballot.question)
        now = max(node.clock.now(), state.header.timestamp)
        signed = decode_record(question.form, question.hash, ballot.record)
        try:
            validate_ballot(state, node.founding.chain_id, question, signed, now)
        except BallotRefusedError as error:
            return error
        return None
