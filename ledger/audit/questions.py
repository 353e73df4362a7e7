"""Questions as they were opened, rebuilt from calldata and what the constitution said then."""

from collections.abc import Iterator
from typing import Any

from eth_abi.abi import encode as abi_encode

from ledger.audit.asked import Asked, AskedQuestions
from ledger.audit.checks import Checks
from ledger.audit.governance import Governance
from ledger.audit.people import People
from ledger.audit.record import AuditBlock, AuditTransaction, Event
from ledger.audit.tables import KeptLanes, numbered
from ledger.bundle.tables import Tables
from ledger.errors import LedgerError
from ledger.founding.constitution import Duty
from ledger.primitives import Address, Hash32, Timestamp, keccak256, to_word
from ledger.secp256k1 import SignatureError, recover_address
from ledger.voting.ballot import domain_separator
from ledger.voting.form import BallotKind, Form
from ledger.voting.outcome import Electorate
from ledger.voting.question import (
    EffectKind,
    Fraction,
    Option,
    Question,
    Terms,
    options_hash,
)
from ledger.voting.tally import OpenTally

OPENING_TYPE = keccak256(b"Opening(bytes32 proposal,uint32 seat)")
PROPOSAL_TYPE = (
    "(bytes32,(uint8,uint8,uint8,uint8,uint16,uint16,uint32,uint32),uint8,uint8,uint40,uint40,bytes32,bytes32)"
)
TIME = 2**40 - 1
SHORT = 2**16 - 1


class Questions:
    """All questions, by contract and id."""

    def __init__(
        self,
        checks: Checks,
        chain_id: int,
        founding: Hash32,
        governance: Governance,
        people: People,
        tables: Tables,
    ) -> None:
        self._checks = checks
        self._chain_id = chain_id
        self._founding = founding
        self._governance = governance
        self._people = people
        self._asked = AskedQuestions(tables, self._make_tally)
        self._unread = tables.table()

    def find(self, address: Address, id_: int) -> Asked | None:
        return self._asked.find(address, id_)

    def is_unread(self, address: Address, id_: int) -> bool:
        """Whether it was opened in a way that cannot be read."""
        return self._unread.get(numbered(address, id_)) is not None

    def items(self) -> Iterator[Asked]:
        """All of them, to be read only."""
        return self._asked.items()

    def take_opened(self, block: AuditBlock, transaction: AuditTransaction, event: Event) -> None:
        """Rebuild a question and compare its hash."""
        id_ = int(event.values["id"])
        arguments = transaction.arguments(event, "open", "open_by_seats")
        if arguments is None:
            self._unread.put(numbered(event.address, id_), b"")
            self._checks.skip(
                "question.hash", "a question was opened by a contract, whose arguments are not in calldata"
            )
            return
        name = f"question {id_}"
        try:
            question, options = self._rebuild(block, event, arguments)
        except (LedgerError, ValueError) as error:
            self._unread.put(numbered(event.address, id_), b"")
            self._checks.fail("question.hash", "a question that can be put", str(error), name)
            return
        self._checks.expect("question.hash", Hash32(event.values["hash"]), question.hash, name)
        self._check_window(block, question, name)
        self._check_opener(transaction, event, arguments, name)
        minimum = self._governance.parameters["roll.minimum"]
        self._asked.add(question, options, Electorate(self._people.standing, self._people.seats, minimum))

    def _make_tally(self, question: Question, lanes: KeptLanes) -> OpenTally:
        domain = domain_separator(self._chain_id, question.contract)
        return OpenTally(question.form, question.hash, domain, question.record, self._people.entry, lanes)

    def _rebuild(
        self, block: AuditBlock, event: Event, arguments: dict[str, Any]
    ) -> tuple[Question, tuple[Option, ...]]:
        text, form, secrecy, kind, opens, closes, budget, effect = arguments["proposal"]
        options = tuple(Option(Hash32(label), cost, Hash32(payee)) for label, cost, payee in arguments["options"])
        question = Question(
            founding=self._founding,
            contract=event.address,
            id=int(event.values["id"]),
            text=Hash32(text),
            options=options_hash(options),
            form=Form(BallotKind(form[0]), *form[1:]),
            secrecy=secrecy,
            effect_kind=EffectKind(kind),
            record=Timestamp(block.time),
            opens=Timestamp(opens),
            closes=Timestamp(closes),
            terms=self._terms(kind),
            budget=Hash32(budget),
            effect=Hash32(effect),
        )
        return question, options

    def _terms(self, kind: int) -> Terms:
        word = self._governance.terms.get(kind, 0)
        quorum = Fraction(word >> 120 & SHORT, word >> 136 & SHORT)
        majority = Fraction(word >> 152 & SHORT, word >> 168 & SHORT)
        return Terms(quorum, majority, bool(word >> 184 & 1), word >> 80 & TIME)

    def _check_window(self, block: AuditBlock, question: Question, name: str) -> None:
        word = self._governance.terms.get(question.effect_kind, 0)
        shortest, longest = word & TIME, word >> 40 & TIME
        length = question.closes - question.opens
        self._checks.require(
            "question.window", question.opens >= block.time, f"not before {block.time}", question.opens, name
        )
        self._checks.require(
            "question.window", shortest <= length <= longest, f"{shortest} to {longest} s", length, name
        )

    def _check_opener(self, transaction: AuditTransaction, event: Event, arguments: dict[str, Any], name: str) -> None:
        if "signatures" not in arguments:
            mask = 0 if transaction.decoded is None else self._governance.before.duty_of(transaction.decoded.sender)[0]
            is_officer = bool(mask & Duty.RETURNING_OFFICER.mask)
            self._checks.require("question.opener", is_officer, "a returning officer", f"duties {mask}", name)
            return
        needed = max(1, self._governance.parameters["opening.signatures"])
        good = self._count_openers(event.address, arguments)
        found = f"{good} of {len(arguments['signatures'])}"
        holds = needed <= good == len(arguments["signatures"])
        self._checks.require("question.opener", holds, f"{needed} good signatures of seats", found, name)

    def _count_openers(self, ballots: Address, arguments: dict[str, Any]) -> int:
        rows = [tuple(row) for row in arguments["options"]]
        options = keccak256(abi_encode(["(bytes32,uint256,bytes32)[]"], [rows]))
        proposal = keccak256(abi_encode([PROPOSAL_TYPE, "bytes32"], [arguments["proposal"], options]))
        domain, good, after = domain_separator(self._chain_id, ballots), 0, -1
        for seat, r, vs in arguments["signatures"]:
            message = keccak256(OPENING_TYPE + proposal + to_word(seat))
            digest = keccak256(b"\x19\x01" + domain + message)
            try:
                signer = recover_address(digest, to_word(r) + to_word(vs))
            except SignatureError:
                continue
            key = self._people.entry(seat) & 2**160 - 1
            good += int(seat > after and key != 0 and int.from_bytes(signer, "big") == key)
            after = max(after, seat)
        return good
