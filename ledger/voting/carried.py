"""Ballots as blocks carry them: the records in the calls of Ballots, and which of them the contract accepted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.abi import contract
from ledger.chain.receipt import Receipt
from ledger.chain.transaction import Transaction
from ledger.errors import CheckFailedError
from ledger.primitives import Address, to_word
from ledger.system import SystemContract


class UnreadableCastError(CheckFailedError):
    """A successful call of Ballots whose event does not fit it."""

    type = "unreadable-cast"


@dataclass(frozen=True, slots=True)
class CarriedRecords:
    """The records of one successful call.

    Shape   `transaction`: index in its block; `records`: one after another, for `split_records`; `accepted`: bit i for
            record i.
    """

    transaction: int
    question_id: int
    records: bytes
    accepted: int


def carried_records(
    transactions: Sequence[Transaction],
    receipt_of: Callable[[int], Receipt | None],
    ballots: Address = SystemContract.BALLOTS.address,
) -> Iterator[CarriedRecords]:
    """Read the calls of `cast` and `vote` in a block, in its order. Calls that reverted carry nothing.

    Shape   `receipt_of`: the receipt of the n-th transaction, asked only for those that could carry ballots.
    Errors  UnreadableCastError where a contract's event is missing: the block was made by other rules.
    """
    abi = contract("Ballots")
    readers = {abi.selector("cast"): _read_cast, abi.selector("vote"): _read_vote}
    for index, transaction in enumerate(transactions):
        reader = readers.get(transaction.data[:4]) if transaction.to == ballots else None
        if reader is not None and (receipt := receipt_of(index)) is not None and receipt.success:
            yield reader(index, transaction, receipt)


def _read_cast(index: int, transaction: Transaction, receipt: Receipt) -> CarriedRecords:
    abi = contract("Ballots")
    topic = abi.topic("Cast")
    for log in receipt.logs:
        if log.topics and log.topics[0] == topic:
            _, event = abi.decode_log(log.topics, log.data)
            _, values = abi.decode_call(transaction.data)
            accepted = sum(word << 256 * i for i, word in enumerate(event["accepted"]))
            return CarriedRecords(index, values["id"], values["records"], accepted)
    raise UnreadableCastError(f"transaction {index}: cast without its event Cast")


def _read_vote(index: int, transaction: Transaction, receipt: Receipt) -> CarriedRecords:
    _, values = contract("Ballots").decode_call(transaction.data)
    record = b"".join(to_word(values[name]) for name in ("head", "r", "vs"))
    return CarriedRecords(index, values["id"], record, int(receipt.success))
