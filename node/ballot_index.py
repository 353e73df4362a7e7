"""The index of accepted ballots: rows from a code to its place, and by question; derived from each durable block."""

from dataclasses import dataclass

from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from ledger.system import SystemContract
from ledger.views.ballot_index import BallotPlace, encode_place, index_key
from ledger.views.ballot_list import encode_listed, list_key
from ledger.views.questions import load_question
from ledger.voting.ballot import ballot_digest, domain_separator, split_records
from ledger.voting.carried import CarriedRecords, carried_records
from ledger.voting.form import Form
from node.decoding import decode_once


@dataclass(frozen=True, slots=True)
class _Known:
    """What the records of a question are read by; fixed from its opening on."""

    form: Form
    hash: Hash32


class BallotIndex:
    """Makes the index rows of a block: two for each ballot that counted in it."""

    def __init__(self, chain: ChainReader, chain_id: int) -> None:
        self._chain = chain
        self._chain_id = chain_id
        self._domain = domain_separator(chain_id, SystemContract.BALLOTS.address)
        self._questions: dict[int, _Known] = {}

    def rows_of(self, height: Height) -> dict[bytes, bytes]:
        """Rows of a block that is durable."""
        block = self._chain.block(height)
        if block is None:
            return {}
        transactions = [decode_once(raw, self._chain_id) for raw in block.transactions]
        rows: dict[bytes, bytes] = {}
        # Together: to read one of them, the store hands out those of the whole block.
        receipts = self._chain.receipts(height)
        for carried in carried_records(transactions, receipts.__getitem__):
            rows.update(self._rows_of_call(height, carried))
        return rows

    def _rows_of_call(self, height: Height, carried: CarriedRecords) -> dict[bytes, bytes]:
        known = self._question(carried.question_id)
        rows = {}
        for index, signed in enumerate(split_records(known.form, known.hash, carried.records)):
            if carried.accepted >> index & 1:
                ballot = signed.ballot
                place = BallotPlace(
                    carried.question_id, ballot.seat, ballot.sequence, height, carried.transaction, index
                )
                digest = ballot_digest(self._domain, ballot)
                rows[index_key(digest)] = encode_place(place)
                rows[list_key(carried.question_id, digest)] = encode_listed(height)
        return rows

    def _question(self, question_id: int) -> _Known:
        if question_id not in self._questions:
            question = load_question(self._chain.state(), question_id)
            self._questions[question_id] = _Known(question.form, question.hash)
        return self._questions[question_id]
