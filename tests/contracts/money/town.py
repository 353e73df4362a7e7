"""A town's money: Treasury and Journal over the real access and evidence contracts; what people vote is made up."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ledger.chain.receipt import Log
from ledger.money.account import Account, AccountKind, fund_id, numbered_key
from ledger.money.appropriation import PassedQuestion
from ledger.money.document import Document
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Hash32, keccak256
from ledger.system import SystemContract
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option, options_hash
from tests.contracts.chain import Chain, Deployed, Reverted, Sent, mock
from tests.contracts.founding import DUTIES, SEALING, STRANGER, TREASURER, listings

CURRENCY = encode_text("PLN")
PARKS, ROADS = fund_id("parks"), fund_id("roads")
FUNDS = (PARKS, ROADS)
SOURCE = keccak256(b"city council")
PAYEE = keccak256(b"gardener")


def cid(number: int) -> bytes:
    """A CID as Evidence takes it."""
    return bytes.fromhex("01551220") + keccak256(b"document %d" % number)


def documents_by_id(numbers: Sequence[int]) -> dict[int, Document]:
    """What the model knows of documents anchored in this order."""
    return {i: Document(keccak256(cid(number))) for i, number in enumerate(numbers, 1)}


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """Expect a call to revert with exactly this reason."""
    with pytest.raises(Reverted) as caught:
        yield
    assert str(caught.value) == reason


def make_options(costs: Sequence[int], payee: Hash32 = PAYEE) -> list[Option]:
    return [Option(Option.label_of(f"project {i}"), cost, payee) for i, cost in enumerate(costs)]


def make_budget(
    amount: int, fund: Hash32 = PARKS, rule: AllocationRule = AllocationRule.GREEDY, exclusive: tuple[int, ...] = ()
) -> Budget:
    step = int(rule is AllocationRule.EQUAL_SHARES_ADD1)
    return Budget(rule, fund, amount, exclusive=exclusive, step=step)


def option_rows(options: Sequence[Option]) -> list[tuple[Any, ...]]:
    return [(o.label, o.cost, o.payee) for o in options]


def budget_row(b: Budget) -> tuple[Any, ...]:
    return (b.rule, b.fund, b.amount, b.threshold, b.ties, list(b.exclusive), b.step)


@dataclass
class Town:
    """The contracts, and short ways to call them."""

    chain: Chain
    directory: Deployed
    evidence: Deployed
    questions: Deployed
    allocation: Deployed
    equal_shares: Deployed
    journal: Deployed
    treasury: Deployed

    def anchor(self, number: int) -> int:
        """Anchor a document. Result: its id."""
        sent = self.evidence.send("anchor", cid(number), encode_text("invoice"), ZERO_HASH, sender=TREASURER)
        return int(sent.output[0])

    def receive(self, amount: int, fund: Hash32 = PARKS, source: Hash32 = SOURCE, evidence: int = 1) -> Sent:
        return self.treasury.send("receive", fund, amount, source, evidence, sender=TREASURER)

    def authority(self, question: int) -> Hash32:
        return numbered_key(self.questions.address, question)

    def passed(
        self, question: int, kind: EffectKind = EffectKind.BUDGET, selected: int | None = None
    ) -> PassedQuestion:
        """The question as the model sees it."""
        _, _, options, budget, _ = self.questions.read("question", question)
        return PassedQuestion(self.authority(question), kind, Hash32(options), Hash32(budget), selected)

    def ask(self, question: int, options: Sequence[Option], budget: Budget) -> None:
        """Have a budget question stand there."""
        self.questions.send("put", question, options_hash(options), budget.hash, sender=STRANGER)

    def select(self, question: int, selected: int) -> None:
        """Have its winners be final, by either rule."""
        for rule in (self.allocation, self.equal_shares):
            rule.send("put", question, selected, True, sender=STRANGER)

    def execute(self, question: int, entry: str, *values: Any, kind: EffectKind = EffectKind.BUDGET) -> Sent:
        """Call the treasury as the effect of a question."""
        data = self.treasury.abi.encode_call(entry, *values)
        return self.questions.send("run", question, kind.value, self.treasury.address, data, sender=STRANGER)

    def appropriate(self, amount: int, question: int = 1, payee: Hash32 = PAYEE, fund: Hash32 = PARKS) -> Sent:
        return self.execute(question, "appropriate", fund, payee, amount, encode_text("bench"))

    def appropriate_result(self, question: int, options: Sequence[Option], budget: Budget) -> Sent:
        return self.execute(question, "appropriate_result", option_rows(options), budget_row(budget))

    def order(self, amount: int, appropriation: int = 1, evidence: int = 1, purpose: str = "instalment 1") -> Sent:
        values = (appropriation, amount, encode_text(purpose), evidence)
        return self.treasury.send("order", *values, sender=TREASURER)

    def step(self, entry: str, payment: int, *evidence: int) -> Sent:
        """Settle, fail or reverse a payment."""
        return self.treasury.send(entry, payment, *evidence, sender=TREASURER)

    def held(self, kind: AccountKind, key: Hash32) -> int:
        return int(self.journal.read("balance_of", CURRENCY, Account(kind, key).id))

    def own(self, number: int) -> Hash32:
        """Key of an appropriation's or payment's account."""
        return numbered_key(self.treasury.address, number)

    def rest(self, appropriation: int) -> int:
        return int(self.treasury.read("appropriation", appropriation)[5])

    def state(self, payment: int) -> int:
        return int(self.treasury.read("payment", payment)[2])


def journal_logs(town: Town, sent: Sent) -> list[Log]:
    """The journal's part of what a call did, as a receipt has it."""
    found = [(a, topics, data) for a, topics, data in sent.logs if a == town.journal.address]
    return [Log(a, tuple(Hash32(t) for t in topics), data) for a, topics, data in found]


def found_town(chain: Chain) -> Town:
    """Deploy everything at the founding addresses."""
    at = {c: c.address for c in SystemContract}
    directory = chain.deploy("Directory", listings(), at=at[SystemContract.DIRECTORY])
    permissions = chain.deploy(
        "Permissions", directory.address, DUTIES, [], SEALING, [], [], at=at[SystemContract.PERMISSIONS]
    )
    evidence = chain.deploy("Evidence", permissions.address, at=at[SystemContract.EVIDENCE])
    journal = chain.deploy("Journal", directory.address, at=at[SystemContract.JOURNAL])
    addresses = [c.address for c in (directory, permissions, evidence, journal)]
    return Town(
        chain,
        directory,
        evidence,
        chain.deploy(mock("questions"), at=at[SystemContract.BALLOTS]),
        chain.deploy(mock("winners_known"), at[SystemContract.BALLOTS], at=at[SystemContract.ALLOCATION]),
        chain.deploy(mock("winners_known"), at[SystemContract.BALLOTS], at=at[SystemContract.EQUAL_SHARES]),
        journal,
        chain.deploy("Treasury", *addresses, CURRENCY, list(FUNDS), at=at[SystemContract.TREASURY]),
    )
