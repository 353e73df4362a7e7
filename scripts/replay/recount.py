"""The second count: from the raw ballots in the chain's blocks, by the model in `ledger/`, asking no contract."""

from functools import partial

from ledger.chain.transaction import decode_transaction
from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.voting.ballot import SignedBallot, split_records
from ledger.voting.carried import carried_records
from ledger.voting.question import Question


def carried_ballots(chain: ChainReader, chain_id: int, question: Question) -> list[SignedBallot]:
    """Every ballot record that a successful call carried, accepted or not, in the order of the chain."""
    found: list[SignedBallot] = []
    for height in range(1, chain.head().number + 1):
        block = chain.block(Height(height))
        if block is None:
            break
        transactions = [decode_transaction(raw, chain_id) for raw in block.transactions]
        for carried in carried_records(transactions, partial(chain.receipt, Height(height)), question.contract):
            if carried.question_id == question.id:
                found += split_records(question.form, question.hash, carried.records)
    return found
