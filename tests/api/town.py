"""A small town's ledger with everything in it that a page can show, names that try to break out of HTML included."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from api.services import ApiSettings, FoundingFacts, Services
from ledger.abi import contract
from ledger.errors import CannotCheckError
from ledger.evidence.cid import encode_cid_bytes, parse_cid
from ledger.founding.constitution import Duty
from ledger.money.account import fund_id
from ledger.money.text import encode_text
from ledger.ports import ChainReader, EvidenceStore
from ledger.primitives import ZERO_HASH, Hash32, Height, keccak256
from ledger.proofs.code import ballot_code
from ledger.proofs.promise import Promise, make_promise
from ledger.system import SystemContract
from ledger.views.questions import load_question, question_count
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option, Question, TieRule, effect_hash
from tests.scripts.small_ledger import REPLAY_TEXT, WINDOW_S, SmallLedger, choice_of, found_small

TITLE = 'Town of <b>Aşyq</b> & "sons"'
FUND = "participatory budget"
HOSTILE_FUND = "<script>alert('fund')</script>"
HOSTILE = "<img src=x onerror=alert(1)>"
NAMES = (f"A bench {HOSTILE}", "Trees along the road", "A well", "A very long name " + "of a project " * 12, "A wall")
COSTS = (40_000, 25_050, 30_000, 10_000, 99_999)
AMOUNT = 100_000
FORM = Form(BallotKind.APPROVAL, 5, 1, 3)
TREASURY = SystemContract.TREASURY


@dataclass
class Town:
    """The ledger, its questions by what they show, and some ballots.

    Shape   `decided`: a budget, executed and paid; `refused`: yes or no, not passed; `running`: open, with a replaced
            ballot; `coming`: not open yet, its document held by nobody.
    """

    ledger: SmallLedger
    decided: Question = field(init=False)
    refused: Question = field(init=False)
    running: Question = field(init=False)
    coming: Question = field(init=False)
    counted: SignedBallot = field(init=False)
    final: SignedBallot = field(init=False)
    replaced: SignedBallot = field(init=False)
    documents: dict[str, int] = field(default_factory=dict)

    @property
    def chain(self) -> ChainReader:
        return self.ledger.node.chain

    @property
    def evidence(self) -> EvidenceStore:
        return self.ledger.node.evidence

    @property
    def chain_id(self) -> int:
        return self.ledger.chain_id

    @property
    def facts(self) -> FoundingFacts:
        founding = self.ledger.node.founding
        return FoundingFacts(founding.hash, founding.chain_id, founding.constitution, self.ledger.anchor.text)

    def services(self, **changes: Any) -> Services:
        """What the application is made over; `changes` replace ports."""
        given: dict[str, Any] = {
            "chain": self.chain,
            "evidence": self.evidence,
            "founding": self.facts,
            "clock": self.ledger.node.clock,
            "relay": DeskRelay(self),
            "settings": ApiSettings(body_limit_bytes=4096, acknowledge_s=0.2),
        }
        return Services(**{**given, **changes})

    def code(self, ballot: SignedBallot) -> str:
        contract_address = SystemContract.BALLOTS.address
        return ballot_code(ballot_digest(domain_separator(self.chain_id, contract_address), ballot.ballot))

    def call(self, duty: str, of: SystemContract, entry: str, *arguments: Any) -> Height:
        return self.ledger.desk.call(self.ledger.keys[duty], of, entry, *arguments)

    def anchor(self, name: str, data: bytes, subject: Hash32 = ZERO_HASH) -> int:
        """Keep and anchor a document; its number."""
        cid = encode_cid_bytes(parse_cid(self.evidence.add(data)))
        return self._anchor(name, cid, subject)

    def anchor_absent(self, name: str, data: bytes) -> int:
        """Anchor a document that nobody holds."""
        return self._anchor(name, bytes.fromhex("01551220") + hashlib.sha256(data).digest(), ZERO_HASH)

    def _anchor(self, name: str, cid: bytes, subject: Hash32) -> int:
        self.call(Duty.TREASURER, SystemContract.EVIDENCE, "anchor", cid, encode_text(name), subject)
        number = len(self.documents) + 1
        self.documents[f"{name} {number}"] = number
        return number

    def open(
        self,
        document: dict[str, Any],
        form: Form,
        options: Sequence[Option],
        *,
        is_held: bool = True,
        lead_s: int = 10,
        **effect: Any,
    ) -> Question:
        """Open a question; `effect`: kind, budget, hash."""
        data = json.dumps(document, sort_keys=True).encode()
        if is_held:
            self.evidence.add(data)
        opens = self.chain.head().timestamp + lead_s
        limits = (form.min_length, form.max_length, form.min_points, form.max_points, form.min_sum, form.max_sum)
        proposal = (
            hashlib.sha256(data).digest(),
            (form.kind, form.options, *limits),
            0,
            effect.get("kind", EffectKind.REFERENDUM),
            opens,
            opens + WINDOW_S,
            effect.get("budget", ZERO_HASH),
            effect.get("hash", ZERO_HASH),
        )
        rows = [(option.label, option.cost, option.payee) for option in options]
        self.call(Duty.RETURNING_OFFICER, SystemContract.BALLOTS, "open", proposal, rows)
        state = self.chain.state()
        return load_question(state, question_count(state))


class RelayBusyError(CannotCheckError):
    """No more ballots can wait."""

    type = "relay-busy"


class DeskRelay:
    """A relay that makes a block for each ballot at once, or keeps silent."""

    def __init__(self, town: Town, *, is_silent: bool = False, is_full: bool = False) -> None:
        self._town = town
        self._is_silent = is_silent
        self._is_full = is_full
        self.key = PrivateKey(hashlib.sha256(b"relay").digest())

    def submit(self, question_id: int, record: bytes, digest: Hash32) -> Future[Height]:
        del digest
        if self._is_full:
            raise RelayBusyError("relay: 1000 ballots wait, expected room for one more")
        future: Future[Height] = Future()
        if not self._is_silent:
            future.set_result(self._town.call(Duty.RELAY, SystemContract.BALLOTS, "cast", question_id, record))
        return future

    def promise(self, digest: Hash32) -> Promise:
        head = self._town.chain.head().number
        return make_promise(self._town.chain_id, digest, Height(head + 10), self.key)


def make_budget() -> Budget:
    """The well and the trees bar each other; at least two votes."""
    return Budget(AllocationRule.GREEDY, fund_id(FUND), AMOUNT, 2, TieRule.LISTED, (0b00110,))


def budget_row(budget: Budget) -> tuple[Any, ...]:
    fixed = (budget.rule, budget.fund, budget.amount, budget.threshold, budget.ties)
    return (*fixed, list(budget.exclusive), budget.step)


def build(path: Path) -> Town:
    """Found the town and let all of it happen."""
    text = REPLAY_TEXT.decode().replace('"A replay"', f"'{TITLE}'")
    text = text.replace('[[fund]]\nname = "participatory budget"', _funds())
    town = Town(SmallLedger(found_small(path, text.encode())).fill())
    _income(town)
    _decided(town)
    _pay(town)
    _withhold(town)
    _refused(town)
    _open_ones(town)
    return town


def _funds() -> str:
    return f'[[fund]]\nname = "{FUND}"\n\n[[fund]]\nname = "{HOSTILE_FUND}"'


def _income(town: Town) -> None:
    for source, amount in (("city council", 80_000), ("forest rent", 45_000)):
        number = town.anchor("income", f"income of {amount} from {source}".encode())
        town.call(Duty.TREASURER, TREASURY, "receive", fund_id(FUND), amount, encode_text(source), number)


def _decided(town: Town) -> None:
    options = [Option(Option.label_of(f"p{i}"), cost, keccak256(b"payee %d" % i)) for i, cost in enumerate(COSTS, 1)]
    rows = [(option.label, option.cost, option.payee) for option in options]
    budget = make_budget()
    effect = contract("Treasury").encode_call("appropriate_result", rows, budget_row(budget))
    document = {
        "title": f"What shall we build? {HOSTILE}",
        "place": "Aşyq & around",
        "summary": "The town has 1,000 EUR. </p><script>alert('summary')</script>",
        "options": [
            {"id": f"p{i}", "name": name, "cost": cost, "description": "“Because.”"}
            for i, (name, cost) in enumerate(zip(NAMES, COSTS, strict=True), 1)
        ],
    }
    town.decided = town.open(
        document,
        FORM,
        options,
        kind=EffectKind.BUDGET,
        budget=budget.hash,
        hash=effect_hash(TREASURY.address, effect),
    )
    town.anchor("question", json.dumps(document, sort_keys=True).encode(), town.decided.hash)
    ledger = town.ledger
    ledger.advance_to(town.decided.opens)
    wishes = [0b00001] * 5 + [0b00011] * 3 + [0b01110] * 2 + [0b10000]
    ballots = [ledger.sign(town.decided, seat, mask.to_bytes(1, "big")) for seat, mask in enumerate(wishes)]
    town.final = ballots[0]
    ledger.cast(town.decided, ballots)
    ledger.close(town.decided)
    town.call(Duty.RELAY, SystemContract.ALLOCATION, "allocate", 1, rows, budget_row(budget))
    ledger.advance_to(town.decided.closes + 10)
    town.call(Duty.RELAY, SystemContract.BALLOTS, "execute", 1, TREASURY.address, effect)


def _pay(town: Town) -> None:
    """Payment 1 settled, 2 failed and reversed, 3 ordered, 4 failed."""
    purposes = ("instalment 1", "=SUM(A1:A9)", "rest", "tools")
    for appropriation, purpose, amount in zip((1, 1, 2, 3), purposes, (15_000, 5_000, 25_050, 2_500), strict=True):
        invoice = town.anchor("invoice", f"invoice {purpose}".encode())
        town.call(Duty.TREASURER, TREASURY, "order", appropriation, amount, encode_text(purpose), invoice)
    statement = town.anchor("bank statement", "statement: 150,00 €, naïve\n".encode())
    town.call(Duty.TREASURER, TREASURY, "settle", 1, statement)
    refusal = town.anchor("bank statement", b"\x00\x01 not text \xff" * 100)
    town.call(Duty.TREASURER, TREASURY, "fail", 2, refusal)
    town.call(Duty.TREASURER, TREASURY, "reverse", 2)
    town.call(Duty.TREASURER, TREASURY, "fail", 4, refusal)


def _withhold(town: Town) -> None:
    large = town.anchor("plan of the well", bytes(range(256)) * 3000)
    withheld = town.anchor("contract", f"<html><script>alert('{HOSTILE}')</script></html>".encode())
    status = (withheld, 2, town.decided.hash, "holds a name <i>of</i> a person")
    town.call(Duty.TREASURER, SystemContract.EVIDENCE, "set_status", *status)
    lost = town.anchor_absent("photograph", b"nobody has this")
    town.call(Duty.TREASURER, SystemContract.EVIDENCE, "set_status", lost, 3, ZERO_HASH, "burnt")
    town.documents.update(large=large, withheld=withheld, lost=lost)


def _yes_no() -> list[Option]:
    return [Option(Option.label_of(name)) for name in ("yes", "no", "abstain")]


def _refused(town: Town) -> None:
    document = {"title": "Shall the market move?", "options": [{"id": n, "name": n.title()} for n in ("yes", "no")]}
    town.refused = town.open(document, Form(BallotKind.YES_NO, 3), _yes_no())
    ledger = town.ledger
    ledger.advance_to(town.refused.opens)
    answers = (1, 1, 2, 2, 2, 3)
    ledger.cast(town.refused, [ledger.sign(town.refused, seat, bytes([a])) for seat, a in enumerate(answers)])
    ledger.close(town.refused)


def _open_ones(town: Town) -> None:
    town.running = town.ledger.open_question(BallotKind.ORDINAL)
    ledger = town.ledger
    first, second = (choice_of(BallotKind.ORDINAL, numbers) for numbers in ((1, 2), (3,)))
    town.replaced = ledger.sign(town.running, 2, first)
    town.counted = ledger.sign(town.running, 2, second, sequence=2)
    ledger.cast(town.running, [ledger.sign(town.running, seat, first) for seat in (0, 1)] + [town.replaced])
    ledger.cast(town.running, [town.counted])
    document = {"title": "Nobody holds this", "options": []}
    options = [Option(Option.label_of(f"secret {i}"), i) for i in range(6)]
    form = Form(BallotKind.CUMULATIVE, 6, 1, 3, 1, 10, 1, 10)
    town.coming = town.open(document, form, options, is_held=False, lead_s=500)


def message_of(question: Question, ballot: SignedBallot) -> dict[str, Any]:
    """A ballot as the API takes it."""
    return {
        "vote": question.id,
        "seat": ballot.ballot.seat,
        "sequence": ballot.ballot.sequence,
        "choice": "0x" + ballot.ballot.choice.hex(),
        "signature": "0x" + ballot.signature.hex(),
    }


@cache
def shared_town(folder: Path) -> Town:
    """One town for all tests that only read, made once a session."""
    return build(folder / "town")


def find_town(factory: pytest.TempPathFactory) -> Town:
    return shared_town(factory.getbasetemp())
