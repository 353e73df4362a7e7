"""Storage proofs: exactly the rows that the logs call for, and in each the value that was followed."""

from collections.abc import Iterable, Mapping

from ledger.audit.checks import Checks
from ledger.audit.documents import DocumentRules
from ledger.audit.governance import Governance
from ledger.audit.journal import JournalRules
from ledger.audit.people import People
from ledger.audit.questions import Asked, Questions
from ledger.audit.treasury import TreasuryRules
from ledger.bundle.errors import BundleError
from ledger.bundle.multiproof import Row, decode_multiproof, verify_multiproof
from ledger.bundle.names import Kind
from ledger.bundle.plan import ProofPlan, cut_runs
from ledger.bundle.reading import Bundle, Member
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
from ledger.chain.header import Header
from ledger.errors import LedgerError
from ledger.primitives import Address
from ledger.proofs.slots import is_version_of, question_slot, version_slot
from ledger.system import SystemContract

MANY_OPTIONS = 64
SEALING = dict(zip(SEALER_SLOTS, ("sealer", "sealers", "change of sealers", "recovery", "trust period"), strict=True))
Values = Mapping[Row, int]


class ProofRules:
    """Proof members, each checked when its block has been followed."""

    def __init__(self, checks: Checks, bundle: Bundle, plan: ProofPlan, last: int) -> None:
        self._checks = checks
        self._bundle = bundle
        self._plan = plan
        self._last = last
        self._members: dict[int, list[Member]] = {}
        for member in bundle.of_kind(Kind.PROOFS):
            self._members.setdefault(member.name.height, []).append(member)

    def take(self, header: Header) -> dict[Row, int]:
        """The proved values of a block's state; empty where the bundle has to prove none there."""
        height = header.number
        is_due = height in self._plan.closes or height == self._last
        members = self._members.pop(height, [])
        if not is_due:
            for member in members:
                self._checks.fail("proof.rows", "proofs of closes and of the last block", member.name.text)
            return {}
        values: dict[Row, int] = {}
        runs: list[list[Row]] = []
        for member in members:
            rows = self._read(member, header, values)
            runs.append(rows)
        self._check_rows(height, runs, values)
        return values

    def finish(self) -> None:
        """What is left proves blocks that are not there."""
        for members in self._members.values():
            for member in members:
                self._checks.fail("proof.rows", "proofs of blocks of the bundle", member.name.text)

    def _read(self, member: Member, header: Header, values: dict[Row, int]) -> list[Row]:
        name = member.name.text
        try:
            proof = decode_multiproof(self._bundle.read(member), name)
        except BundleError as error:
            self._checks.fail("proof.form", "a canonical proof", error.detail, name)
            return []
        self._checks.expect("proof.form", header.number, proof.height, name)
        try:
            verify_multiproof(proof, header.state_root)
            self._checks.count("proof.node", len(proof.nodes))
        except LedgerError as error:
            self._checks.fail("proof.node", "nodes that lead from the state root", error.detail, name)
        values.update(proof.values)
        return [row for row, _ in proof.values]

    def _check_rows(self, height: int, runs: list[list[Row]], values: Values) -> None:
        expected = self._plan.rows(height, self._last, lambda address, slot: values.get((address, slot), 0))
        found = [row for run in runs for row in run]
        if found == expected and [list(run) for run in cut_runs(expected)] == runs:
            self._checks.count("proof.rows", len(expected))
            return
        lacking, surplus = set(expected) - set(found), set(found) - set(expected)
        detail = f"{len(lacking)} missing, {len(surplus)} of none, {len(runs)} runs"
        self._checks.fail("proof.rows", f"{len(expected)} rows", detail)


class ProvedValues:
    """Compares what was proved with what was followed."""

    def __init__(self, checks: Checks, values: Values) -> None:
        self._checks = checks
        self._values = values

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
        for (currency, account), held in journal.held.items():
            slot = balance_slot(currency, account)
            self._expect(at[SystemContract.JOURNAL], slot, held % 2**256, f"account {account.hex()}", "money.balance")
        self._end_treasuries(treasury)
        for asked in questions.asked.values():
            self.question(asked)

    def allocations(self, selected: Iterable[tuple[Address, SystemContract, int, Asked]]) -> None:
        """Winners as the allocating contracts hold them."""
        for address, kind, id_, asked in selected:
            slots = allocation_slots(kind, id_)
            name = f"question {id_}"
            self._expect(address, slots[0], asked.selected or 0, name, "allocation.selected")
            self._expect(address, slots[1], asked.spent, name, "allocation.spent")
            self._expect(address, slots[2], 1, f"{name}: final")

    def _end_documents(self, documents: DocumentRules) -> None:
        address = SystemContract.EVIDENCE.address
        self._expect(address, 0, len(documents.documents), "documents")
        for number, document in documents.documents.items():
            digest_slot, slot = evidence_slots(number)
            word = int.from_bytes(document.cid[:4], "big") << 208 | document.status << 200
            word |= document.time << 160 | int.from_bytes(document.author, "big")
            self._expect(address, digest_slot, int.from_bytes(document.cid[4:], "big"), f"document {number}: digest")
            self._expect(address, slot, word, f"document {number}")

    def _end_treasuries(self, treasury: TreasuryRules) -> None:
        for address, book in treasury.books.items():
            self._expect(address, 0, len(book.grants), "appropriations")
            self._expect(address, 3, len(book.payments), "payments")
            for number, paid in book.payments.items():
                slot = payment_state_slot(number)
                self._expect(address, slot, int(paid.state), f"payment {number}", "money.payment")

    def _tally(self, address: Address, id_: int, word: int) -> tuple[int, list[int], list[int]]:
        words = [self._value(address, slot) for slot in tally_slots(id_, word)]
        return unpack_tally(words, word & 255, word >> 8 & 255)

    def _value(self, address: Address, slot: int) -> int:
        return self._values.get((address, slot), 0)

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
