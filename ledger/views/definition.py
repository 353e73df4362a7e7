"""What a question was opened with, from the transaction that opened it, checked against the question's hashes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.abi import AbiError, contract
from ledger.chain.transaction import decode_transaction
from ledger.errors import LedgerError
from ledger.ports import ChainReader, LogFilter, PlacedLog
from ledger.primitives import ZERO_HASH, Address, Hash32, Height, to_hex, to_word
from ledger.system import SystemContract
from ledger.views.question_document import QuestionDocument
from ledger.voting.question import (
    AllocationRule,
    Budget,
    Option,
    Question,
    TieRule,
    options_hash,
)

ALLOCATING = {SystemContract.ALLOCATION: ("Allocated",), SystemContract.EQUAL_SHARES: ("Proposed", "Finalised")}
"""Events of the calls that are given a budget."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Shape   `options`: None where they could not be read from the chain; `opened`: height of the opening, None where
    it was not found.
    """

    options: tuple[Option, ...] | None
    opened: Height | None


def load_definition(chain: ChainReader, chain_id: int, question: Question) -> Definition:
    """Find the opening and read the options; they are given only if they hash to what the question says."""
    opened = _logs(chain, SystemContract.BALLOTS, question.contract, "Opened", question.id)
    for placed in opened:
        values = _arguments(chain, chain_id, placed, SystemContract.BALLOTS)
        rows = values.get("options", ())
        options = tuple(Option(Hash32(label), cost, Hash32(payee)) for label, cost, payee in rows)
        if options and options_hash(options) == question.options:
            return Definition(options, placed.height)
        return Definition(None, placed.height)
    return Definition(None, None)


def document_options(document: QuestionDocument, question: Question) -> tuple[Option, ...] | None:
    """Options as the document lists them, without payees; None unless there are as many as the question has."""
    rows = [Option(label, text.cost or 0) for label, text in document.options.items()]
    return tuple(rows) if len(rows) == question.form.options else None


def load_budget(
    chain: ChainReader, chain_id: int, question: Question, rule: SystemContract, document: QuestionDocument | None
) -> Budget | None:
    """The budget of a question, from its allocation's transaction or from its document, whichever hashes to it.

    Shape   `rule`: the contract that allocates.
    """
    if question.budget == ZERO_HASH:
        return None
    for event in ALLOCATING[rule]:
        for placed in _logs(chain, rule, rule.address, event, question.id):
            budget = _budget_of(_arguments(chain, chain_id, placed, rule).get("budget"))
            if budget is not None and budget.hash == question.budget:
                return budget
    stated = document_budget(document) if document else None
    return stated if stated is not None and stated.hash == question.budget else None


def document_budget(document: QuestionDocument) -> Budget | None:
    """The budget that a document states in full: an object with every member of `Budget`, the fund in hex."""
    record = document.budget
    if not isinstance(record, Mapping):
        return None
    try:
        return Budget(
            AllocationRule(record["rule"]),
            Hash32(bytes.fromhex(str(record["fund"]).removeprefix("0x"))),
            int(record["amount"]),
            int(record.get("threshold", 0)),
            TieRule(record.get("ties", 0)),
            tuple(int(group) for group in record.get("exclusive", ())),
            int(record.get("step", 0)),
        )
    except (KeyError, ValueError, TypeError, LedgerError):
        # A document is only a claim; what does not read is as good as none, and the hash would not fit.
        return None


def budget_record(budget: Budget) -> dict[str, Any]:
    """Every member of the budget, so that a reader of the document can compute its hash."""
    return {
        "rule": int(budget.rule),
        "fund": to_hex(budget.fund),
        "amount": budget.amount,
        "threshold": budget.threshold,
        "ties": int(budget.ties),
        "exclusive": list(budget.exclusive),
        "step": budget.step,
    }


def _budget_of(row: Any) -> Budget | None:
    if not isinstance(row, tuple) or len(row) != 7:
        return None
    rule, fund, amount, threshold, ties, exclusive, step = row
    try:
        return Budget(AllocationRule(rule), Hash32(fund), amount, threshold, TieRule(ties), tuple(exclusive), step)
    except (ValueError, LedgerError):
        return None


def _logs(chain: ChainReader, kind: SystemContract, at: Address, event: str, id_: int) -> Iterable[PlacedLog]:
    topics = (contract(kind.contract_name).topic(event), Hash32(to_word(id_)))
    return chain.logs(LogFilter(Height(0), chain.head().number, at, topics))


def _arguments(chain: ChainReader, chain_id: int, placed: PlacedLog, kind: SystemContract) -> dict[str, Any]:
    """Arguments of the call that a log came from; none where the contract was called by another one."""
    block = chain.block(placed.height)
    if block is None:
        return {}
    transaction = decode_transaction(block.transactions[placed.transaction_index], chain_id)
    try:
        return contract(kind.contract_name).decode_call(transaction.data)[1]
    except AbiError:
        return {}
