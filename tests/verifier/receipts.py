"""A ledger with receipts of every verdict, for both verifiers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.proofs.anchor import Anchor
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

SEAT = 3


@dataclass
class Receipts:
    """An open ledger, and receipts of it by what they show."""

    ledger: SmallLedger
    receipts: dict[str, Receipt]

    @property
    def anchor(self) -> Anchor:
        return self.ledger.anchor


def _receipt(ledger: SmallLedger, question: Question, sequence: int, choice: bytes) -> Receipt:
    ballot = ledger.sign(question, SEAT, choice, sequence)
    return ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballot)


def _of_kind(ledger: SmallLedger, kind: BallotKind) -> Iterator[tuple[str, Receipt]]:
    """Not cast, counted as of a block, replaced, final, on a question of one kind."""
    question, choice = ledger.open_question(kind), choice_of(kind)
    yield f"{kind.name} not cast", _receipt(ledger, question, 1, choice)
    ledger.cast(question, [ledger.sign(question, seat, choice) for seat in range(ledger.seats)])
    yield f"{kind.name} counted", _receipt(ledger, question, 1, choice)
    ledger.cast(question, [ledger.sign(question, SEAT, choice, 5)])
    yield f"{kind.name} replaced", _receipt(ledger, question, 1, choice)
    ledger.close(question)
    yield f"{kind.name} final", _receipt(ledger, question, 5, choice)


def make_receipts(path: Path) -> Receipts:
    """Found a ledger and take receipts; close its node after use."""
    ledger = SmallLedger(found_small(path)).fill()
    kinds = (BallotKind.YES_NO, BallotKind.APPROVAL, BallotKind.ORDINAL, BallotKind.SCORE)
    receipts = {name: receipt for kind in kinds for name, receipt in _of_kind(ledger, kind)}
    question = ledger.open_question()
    ledger.cast(question, [ledger.sign(question, SEAT, choice_of(BallotKind.APPROVAL, [2]))])
    receipts["other choice"] = _receipt(ledger, question, 1, choice_of(BallotKind.APPROVAL))
    receipts["forbidden choice"] = _receipt(ledger, question, 2, b"\xff\xff")
    return Receipts(ledger, receipts)
