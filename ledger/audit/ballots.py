"""Every ballot counted once more, from its raw signed message."""

from collections.abc import Iterable

from ledger.audit.asked import Asked
from ledger.audit.checks import Checks
from ledger.audit.questions import Questions
from ledger.audit.record import AuditBlock, AuditTransaction
from ledger.bundle.plan import KnownContracts
from ledger.errors import BadInputError
from ledger.primitives import Address
from ledger.system import SystemContract
from ledger.voting.ballot import HEAD_LENGTH, VOTE_LENGTH, WORD, SignedBallot, split_records
from ledger.voting.carried import CarriedRecords, UnreadableCastError, carried_records
from ledger.voting.tally import Refusal

CODES = {
    Refusal.QUESTION: "ballot.record",
    Refusal.SEQUENCE: "ballot.sequence",
    Refusal.CHOICE: "ballot.choice",
    Refusal.SEAT: "ballot.seat",
    Refusal.SIGNATURE: "ballot.signature",
}


class BallotRules:
    """Recounts by `ledger.voting.tally`, and compares what the contract accepted."""

    def __init__(self, checks: Checks, questions: Questions, known: KnownContracts) -> None:
        self._checks = checks
        self._questions = questions
        self._known = known
        self.ballots = 0

    def take(self, block: AuditBlock, transaction: AuditTransaction) -> None:
        """Take the ballots that a transaction carries."""
        decoded = transaction.decoded
        direct = 0
        if decoded is not None and decoded.to is not None and decoded.to in self._ballots():
            try:
                for carried in carried_records([decoded], lambda _: transaction.receipt, decoded.to):
                    direct += 1
                    self._take_carried(block, decoded.to, carried)
            except (UnreadableCastError, BadInputError) as error:
                self._checks.fail("ballot.record", "a call of ballots with its event", error.detail)
        casts = sum(event.name == "Cast" for event in transaction.events)
        if casts > direct:
            self._checks.skip("ballot.record", "ballots were cast by a contract, whose arguments are not in calldata")

    def _ballots(self) -> Iterable[Address]:
        return self._known.of_kind(SystemContract.BALLOTS)

    def _take_carried(self, block: AuditBlock, address: Address, carried: CarriedRecords) -> None:
        asked = self._questions.find(address, carried.question_id)
        if asked is None:
            if not self._questions.is_unread(address, carried.question_id):
                self._checks.fail("ballot.record", "an open question", f"question {carried.question_id}")
            return
        try:
            ballots = split_records(asked.question.form, asked.question.hash, carried.records)
        except BadInputError as error:
            self._checks.fail("ballot.record", "whole records", error.detail)
            return
        if len(carried.records) == VOTE_LENGTH and not _is_padded(asked, carried.records):
            self._checks.fail("ballot.record", "zeros behind the choice", "other bytes")
        self._checks.count("ballot.record", len(ballots))
        self._count_all(block, asked, ballots, carried.accepted)
        if carried.accepted >> len(ballots):
            self._checks.fail("ballot.record", f"{len(ballots)} bits", f"{carried.accepted:#x}")

    def _count_all(self, block: AuditBlock, asked: Asked, ballots: list[SignedBallot], accepted: int) -> None:
        checks, question = self._checks, asked.question
        is_open = question.opens <= block.time < question.closes
        right = 0
        for i, signed in enumerate(ballots):
            is_accepted = bool(accepted >> i & 1)
            refusal = asked.tally.add(signed) if is_open else None
            if is_accepted == (is_open and refusal is None):
                right += 1
                continue
            name = f"question {question.id}, seat {signed.ballot.seat}, sequence {signed.ballot.sequence}"
            if not is_accepted:
                checks.fail("ballot.refused", "accepted", "left out", name)
            elif refusal is None:
                window = f"{question.opens} to {question.closes}"
                checks.fail("ballot.window", window, str(block.time), name)
            else:
                checks.fail(CODES[refusal], "refused", f"accepted: {refusal.value}", name)
        self.ballots += len(ballots)
        for code in ("ballot.window", *CODES.values(), "ballot.refused"):
            if code != "ballot.record":
                checks.count(code, right)


def _is_padded(asked: Asked, records: bytes) -> bool:
    return not any(records[HEAD_LENGTH + asked.question.form.choice_length : WORD])
