"""What a bundle's proofs say of the state, and how it compares with what was followed."""

from collections.abc import Iterable

from ledger.audit.asked import Asked
from ledger.audit.checks import Checks
from ledger.audit.documents import DocumentRules
from ledger.audit.governance import Governance
from ledger.audit.journal import JournalRules
from ledger.audit.people import People
from ledger.audit.questions import Questions
from ledger.audit.tables import numbered
from ledger.audit.treasury import TreasuryRules
from ledger.bundle.multiproof import Row
from ledger.bundle.slots import (
    SEALER_SLOTS,
    allocation_slots,
    balance_slot,
    evidence_slots,
    outcome_slot,
    parameter_slot,
    payment_state_slot,
    tally_slots,
    terms_slot,
    word_slot,
)
from ledger.bundle.tables import Table
from ledger.primitives import Address, to_word
from ledger.proofs.slots import is_version_of, question_slot, version_slot
from ledger.system import SystemContract

MANY_OPTIONS = 64
SEALING = dict(zip(SEALER_SLOTS, ("sealer", "sealers", "change of sealers", "recovery", "trust period"), strict=True))


class ProvedRows:
    """Values by account and slot. Shape: `is_ascending`: each row came once, behind all smaller ones."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._last = b""
        self.is_ascending = True

    def put(self, row: Row, value: int) -> None:
        key = numbered(*row)
        self.is_ascending = self.is_ascending and key > self._last
        self._last = key
        self._table.put(key, to_word(value))

    def value(self, address: Address, slot: int) -> int:
        """0 for what is not there."""
        return int.from_bytes(self._table.get(numbered(address, slot)) or b"", "big")

    def compare(self, other: "ProvedRows") -> tuple[int, int, int]:
        """How many rows are in both, only here, only there; values are not looked at."""
        counts = [0, 0, 0]
        ours, theirs = self._table.rows(), other._table.rows()
        here, there = next(ours, None), next(theirs, None)
        while here is not None or there is not None:
            if there is None or (here is not None and here[0] < there[0]):
                counts[1] += 1
                here = next(ours, None)
            elif here is None or there[0] < here[0]:
                counts[2] += 1
                there = next(theirs, None)
            else:
                counts[0] += 1
                here, there = next(ours, None), next(theirs, None)
        return counts[0], counts[1], counts[2]


class ProvedValues:
    """Compares what was proved with what was followed."""

    def __init__(self, checks: Checks, rows: ProvedRows) -> None:
        self._checks = checks
        self._rows = rows

    def question(self, asked: Asked) -> None:
        """Hash, word, tally and outcome of a question."""
        question, tally = asked.question, asked.tally
        address, id_ = question.contract, question.id
        name = f"question {id_}"
        self._expect(address, question_slot(id_), int.from_bytes(question.hash, "big"), f"{name}: hash")
        self._expect(address, word_slot(id_), question.word, f"{name}: word")
        turnout, votes, points = self._tally(address, id_, question.word)
        checks = self._checks
        checks.expect("tally.turnout", tally.turnout, turnout, name)
        checks.expect("tally.votes", tally.votes, votes, name)
        if tally.points:
            checks.expect("tally.points", tally.points, points, name)
        closed, counted, passed, executed = (self._value(address, outcome_slot(id_) + i) for i in range(4))
        checks.expect("outcome.turnout", asked.turnout if asked.closed else 0, counted, name)
        checks.expect("outcome.passed", (asked.closed, asked.passed), (bool(closed), bool(passed)), name)
        checks.expect("proof.value", int(asked.executed), executed, f"{name}: executed")

    def versions(self, known: Iterable[tuple[Address, SystemContract]]) -> None:
        for address, kind in known:
            word = self._value(SystemContract.DIRECTORY.address, version_slot(address))
            is_it = is_version_of(word, kind)
            self._checks.require("proof.value", is_it, f"a version of {kind.contract_name}", word, "version")

    def end(
        self,
        governance: Governance,
        people: People,
        questions: Questions,
        journal: JournalRules,
        documents: DocumentRules,
        treasury: TreasuryRules,
    ) -> None:
        """All that stands at the end."""
        at = {kind: kind.address for kind in SystemContract}
        for slot, word in governance.sealers.words.items():
            self._expect(at[SystemContract.PERMISSIONS], slot, word, SEALING[slot])
        for name, value in governance.parameters.items():
            self._expect(at[SystemContract.CONSTITUTION], parameter_slot(name), value, name)
        for kind, word in governance.terms.items():
            self._expect(at[SystemContract.CONSTITUTION], terms_slot(kind), word, f"terms of kind {kind}")
        self._expect(at[SystemContract.MEMBERSHIP], 0, people.standing, "shares that stand")
        self._expect(at[SystemContract.MEMBERSHIP], 1, people.issued, "shares issued")
        self._expect(at[SystemContract.ROLL], 0, people.seats, "seats")
        self._end_documents(documents)
        self._expect(at[SystemContract.JOURNAL], 0, journal.count, "entries")
        for currency, account, held in journal.balances.items():
            slot = balance_slot(currency, account)
            self._expect(at[SystemContract.JOURNAL], slot, held % 2**256, f"account {account.hex()}", "money.balance")
        self._end_treasuries(treasury)
        for asked in questions.items():
            self.question(asked)

    def allocation(self, address: Address, kind: SystemContract, id_: int, asked: Asked) -> None:
        """Winners as the allocating contract holds them."""
        slots = allocation_slots(kind, id_)
        name = f"question {id_}"
        self._expect(address, slots[0], asked.selected or 0, name, "allocation.selected")
        self._expect(address, slots[1], asked.spent, name, "allocation.spent")
        self._expect(address, slots[2], 1, f"{name}: final")

    def _end_documents(self, documents: DocumentRules) -> None:
        address = SystemContract.EVIDENCE.address
        self._expect(address, 0, documents.count, "documents")
        for number, document in documents.items():
            digest_slot, slot = evidence_slots(number)
            word = int.from_bytes(document.cid[:4], "big") << 208 | document.status << 200
            word |= document.time << 160 | int.from_bytes(document.author, "big")
            self._expect(address, digest_slot, int.from_bytes(document.cid[4:], "big"), f"document {number}: digest")
            self._expect(address, slot, word, f"document {number}")

    def _end_treasuries(self, treasury: TreasuryRules) -> None:
        for version in sorted(treasury.versions):
            self._expect(version, 0, treasury.appropriations.counts[version], "appropriations")
            self._expect(version, 3, treasury.payments.counts[version], "payments")
        for version, number, state in treasury.payments.states():
            slot = payment_state_slot(number)
            self._expect(version, slot, int(state), f"payment {number}", "money.payment")

    def _tally(self, address: Address, id_: int, word: int) -> tuple[int, list[int], list[int]]:
        words = [self._value(address, slot) for slot in tally_slots(id_, word)]
        return unpack_tally(words, word & 255, word >> 8 & 255)

    def _value(self, address: Address, slot: int) -> int:
        return self._rows.value(address, slot)

    def _expect(self, address: Address, slot: int, expected: int, subject: str, code: str = "proof.value") -> None:
        self._checks.expect(code, expected, self._value(address, slot), subject)


def unpack_tally(words: list[int], kind: int, options: int) -> tuple[int, list[int], list[int]]:
    """Turnout, votes and points from tally words (formats.md, 6)."""
    has_points = kind >= 4
    counts, points = [], []
    for n in range(options + 1):
        if has_points:
            pair = words[n // 2] >> 128 * (n % 2) & 2**128 - 1
            counts.append(pair >> 64)
            points.append(pair & 2**64 - 1)
        elif options < MANY_OPTIONS:
            counts.append(words[n // 8] >> 32 * (n % 8) & 2**32 - 1)
        else:
            counts.append(sum((word >> n & 1) << p for p, word in enumerate(words)))
    return counts[0], counts[1:], points[1:]
