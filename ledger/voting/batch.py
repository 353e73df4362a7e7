"""Batches: how many ballots go into one transaction, and how much gas it is given."""

from ledger.chain.transaction import MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS
from ledger.primitives import Gas
from ledger.voting.ballot import record_length
from ledger.voting.form import Form

MAX_RECORDS = 1024
ENVELOPE = 512
"""Bytes of a transaction around its records."""


def gas_per_ballot(form: Form) -> int:
    return 13_000


def batch_size(form: Form) -> int:
    by_bytes = (MAX_TRANSACTION_BYTES - ENVELOPE) // record_length(form)
    by_gas = (MAX_TRANSACTION_GAS - 500_000) // gas_per_ballot(form)
    return min(MAX_RECORDS, by_bytes, by_gas)


def batch_gas(form: Form, count: int) -> Gas:
    return Gas(min(MAX_TRANSACTION_GAS, 500_000 + count * gas_per_ballot(form)))
