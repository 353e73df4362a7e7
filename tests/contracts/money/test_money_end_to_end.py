"""From real ballots to a settled payment: every contract is the real one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from coincurve import PrivateKey

from ledger.chain.receipt import Log
from ledger.money.account import Account, AccountKind, numbered_key
from ledger.money.recount import read_entries, recount
from ledger.money.text import encode_text
from ledger.primitives import ZERO_HASH, Hash32, keccak256
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, domain_separator, encode_record, sign_ballot
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import EffectKind, effect_hash, options_hash
from tests.contracts.chain import Chain, Deployed, Reverted, Sent, account
from tests.contracts.founding import (
    DUTIES,
    FOUNDING,
    OFFICER,
    PARAMETERS,
    REGISTRAR,
    SEALING,
    STRANGER,
    TERMS,
    TREASURER,
    bytes32,
    listings,
)
from tests.contracts.money.town import (
    CURRENCY,
    FUNDS,
    PARKS,
    PAYEE,
    SOURCE,
    budget_row,
    cid,
    make_budget,
    make_options,
    option_rows,
    refused,
)

VOTERS = [PrivateKey(keccak256(b"voter %d" % i)) for i in range(7)]
BUDGET = EffectKind.BUDGET
NAMES = {c.contract_name: c for c in SystemContract}


@dataclass
class Ledger:
    """A founded ledger, with the short ways that these tests need."""

    chain: Chain
    contracts: dict[str, Deployed]
    logs: list[Log]

    def send(self, contract: str, entry: str, *values: Any, sender: bytes = STRANGER) -> Sent:
        sent = self.contracts[contract].send(entry, *values, sender=sender)
        journal = self.contracts["Journal"].address
        self.logs += [Log(a, tuple(map(Hash32, topics)), data) for a, topics, data in sent.logs if a == journal]
        return sent

    def read(self, contract: str, entry: str, *values: Any) -> Any:
        return self.contracts[contract].read(entry, *values)

    def open(self, form: Form, options: Sequence[Any], budget: bytes, entry: str, *values: Any) -> int:
        """Open a budget question whose effect is a call of the treasury."""
        treasury = self.contracts["Treasury"]
        effect = effect_hash(treasury.address, treasury.abi.encode_call(entry, *values))
        opens = self.chain.now + 10
        fields = (form.kind, form.options, form.min_length, form.max_length)
        points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
        proposal = (keccak256(b"document"), (*fields, *points), 0, BUDGET, opens, opens + 60, budget, effect)
        sent = self.send("Ballots", "open", proposal, option_rows(options), sender=OFFICER)
        self.chain.now = opens
        return int(sent.output[0])

    def vote(self, question: int, form: Form, choices: Sequence[Sequence[int]]) -> None:
        """One ballot from each of the first seats, then the close and the waiting time."""
        domain = domain_separator(self.chain.env.evm.chain.chain_id, self.contracts["Ballots"].address)
        hashed = Hash32(self.read("Ballots", "question", question)[0])
        for seat, chosen in enumerate(choices):
            ballot = Ballot(hashed, seat, 1, encode_choice(form, make_choice(form, chosen)))
            self.send("Ballots", "cast", question, encode_record(sign_ballot(domain, ballot, VOTERS[seat])))
        self.chain.now += 60
        self.send("Ballots", "close", question)
        self.chain.now += 30

    def execute(self, question: int, entry: str, *values: Any) -> Sent:
        treasury = self.contracts["Treasury"]
        return self.send("Ballots", "execute", question, treasury.address, treasury.abi.encode_call(entry, *values))


def deploy(chain: Chain) -> dict[str, Deployed]:
    """Every contract at its founding address."""
    at = {name: c.address for name, c in NAMES.items()}
    parameters = [(bytes32(name), *rest) for name, *rest in PARAMETERS]
    asked = (at["Constitution"], at["Permissions"], at["Membership"], at["Roll"])
    arguments: dict[str, tuple[Any, ...]] = {
        "Directory": (listings(),),
        "Constitution": (at["Directory"], FOUNDING, True, True, parameters, TERMS),
        "Permissions": (at["Directory"], DUTIES, [], SEALING, [], []),
        "Membership": (at["Permissions"], at["Evidence"]),
        "Roll": (at["Permissions"], at["Membership"]),
        "Evidence": (at["Permissions"],),
        "Journal": (at["Directory"],),
        "LongBallots": asked,
        "Ballots": (*asked, at["LongBallots"]),
        "Allocation": (at["Ballots"],),
        "EqualShares": (at["Ballots"], at["Constitution"]),
        "Treasury": (at["Directory"], at["Permissions"], at["Evidence"], at["Journal"], CURRENCY, list(FUNDS)),
    }
    return {name: chain.deploy(name, *values, at=at[name]) for name, values in arguments.items()}


@pytest.fixture
def ledger() -> Ledger:
    """Seven members with a seat each, three documents, and 1,000 in the parks fund."""
    chain = Chain()
    made = Ledger(chain, deploy(chain), [])
    owners = [account(f"member {i}") for i in range(len(VOTERS))]
    commitments = [keccak256(owner)[:28] for owner in owners]
    made.send("Membership", "admit", owners, commitments, sender=REGISTRAR)
    made.send("Roll", "fill", b"".join(address_of(key) for key in VOTERS), sender=REGISTRAR)
    for number in range(3):
        made.send("Evidence", "anchor", cid(number), encode_text("invoice"), ZERO_HASH, sender=TREASURER)
    made.send("Treasury", "receive", PARKS, 1000, SOURCE, 1, sender=TREASURER)
    chain.now += 1
    return made


def test_participatory_budget__ballots_to_payment__books_balance(ledger: Ledger) -> None:
    options, budget = make_options([400, 300, 250]), make_budget(700)
    form = Form(BallotKind.APPROVAL, 3, 1, 3)
    effect = ("appropriate_result", option_rows(options), budget_row(budget))
    question = ledger.open(form, options, budget.hash, *effect)
    assert ledger.read("Ballots", "question", question)[2] == options_hash(options)
    ledger.vote(question, form, [[1], [1, 3], [1, 2], [3], [3], [3]])
    with refused("treasury: allocation not final"):
        ledger.execute(question, *effect)
    ledger.send("Allocation", "allocate", question, option_rows(options), budget_row(budget))
    ledger.execute(question, *effect)
    with pytest.raises(Reverted, match="ballots: executed"):
        ledger.execute(question, *effect)
    authority = numbered_key(ledger.contracts["Ballots"].address, question)
    appropriated = [ledger.read("Treasury", "appropriation", i) for i in (1, 2)]
    assert appropriated == [(o.label, authority, PARKS, PAYEE, o.cost, o.cost) for o in (options[0], options[2])]
    ledger.send("Treasury", "order", 1, 150, encode_text("instalment 1"), 2, sender=TREASURER)
    ledger.send("Treasury", "settle", 1, 3, sender=TREASURER)
    books = recount(read_entries(ledger.logs))
    treasury = ledger.contracts["Treasury"].address
    assert books.total(CURRENCY) == 0
    assert books.trial_balance(CURRENCY) == {
        Account(AccountKind.SOURCE, SOURCE): -1000,
        Account(AccountKind.FUND, PARKS): 350,
        Account(AccountKind.APPROPRIATION, numbered_key(treasury, 1)): 250,
        Account(AccountKind.APPROPRIATION, numbered_key(treasury, 2)): 250,
        Account(AccountKind.PAYEE, PAYEE): 150,
    }


@pytest.mark.parametrize(("yes", "no", "passes"), [(4, 2, True), (2, 4, False)])
def test_yes_no_question__majority_decides__whether_money_moves(
    ledger: Ledger, yes: int, no: int, passes: bool
) -> None:
    form = Form(BallotKind.YES_NO, 3, 0, 1)
    effect = ("appropriate", PARKS, PAYEE, 500, encode_text("bench"))
    question = ledger.open(form, make_options([0, 0, 0], payee=ZERO_HASH), ZERO_HASH, *effect)
    ledger.vote(question, form, [[1]] * yes + [[2]] * no)
    if passes:
        ledger.execute(question, *effect)
    else:
        with pytest.raises(Reverted, match="ballots: not passed"):
            ledger.execute(question, *effect)
    assert ledger.read("Treasury", "fund_balance", PARKS) == (500 if passes else 1000)


def test_yes_no_question__more_than_the_fund__reason_reaches_the_caller(ledger: Ledger) -> None:
    form = Form(BallotKind.YES_NO, 3, 0, 1)
    effect = ("appropriate", PARKS, PAYEE, 1001, encode_text("bench"))
    question = ledger.open(form, make_options([0, 0, 0], payee=ZERO_HASH), ZERO_HASH, *effect)
    ledger.vote(question, form, [[1]] * 6)
    with refused("treasury: 1001 over the fund's 1000"):
        ledger.execute(question, *effect)
    assert ledger.read("Ballots", "outcome", question)[3] is False
