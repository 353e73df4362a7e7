"""A small rehearsal ledger: founded once a session, copied for each test, with members, seats and open questions."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from coincurve import PrivateKey

from ledger.founding.constitution import Duty
from ledger.ports import Clock
from ledger.primitives import ZERO_HASH, Hash32, Height, Timestamp, keccak256
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.reading import read
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.questions import load_question
from ledger.voting.ballot import Ballot, SignedBallot, domain_separator, encode_record, sign_ballot
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import EffectKind, Option, Question
from node.clock import SimulatedClock
from node.embedded import EmbeddedNode
from node.folder import LedgerFolder
from node.keys import load_key
from scripts.founding.act import found_ledger
from scripts.running.desk import Desk
from tests.paths import REPOSITORY

FOUNDED = Timestamp(1_767_225_600)
REPLAY_TEXT = (REPOSITORY / "scripts" / "constitutions" / "replay.toml").read_bytes()
WINDOW_S = 1000

FORMS = {
    BallotKind.YES_NO: Form(BallotKind.YES_NO, 3),
    BallotKind.CHOOSE_ONE: Form(BallotKind.CHOOSE_ONE, 4),
    BallotKind.APPROVAL: Form(BallotKind.APPROVAL, 9, 1, 4),
    BallotKind.ORDINAL: Form(BallotKind.ORDINAL, 5, 1, 3),
    BallotKind.CUMULATIVE: Form(BallotKind.CUMULATIVE, 6, 1, 3, 1, 10, 1, 10),
    BallotKind.SCORE: Form(BallotKind.SCORE, 40, 0, 20, 0, 300, 0, 6000),
}
"""One form for each kind; the lane of the score form takes several words."""
CHOICES = {
    BallotKind.YES_NO: ((1,), ()),
    BallotKind.CHOOSE_ONE: ((3,), ()),
    BallotKind.APPROVAL: ((1, 5, 9), ()),
    BallotKind.ORDINAL: ((4, 2), ()),
    BallotKind.CUMULATIVE: ((2, 6), (7, 3)),
    BallotKind.SCORE: ((1, 40), (300, 0)),
}


def voter_key(seat: int) -> PrivateKey:
    return PrivateKey(hashlib.sha256(b"voter %d" % seat).digest())


def member_key(index: int) -> PrivateKey:
    return PrivateKey(hashlib.sha256(b"member %d" % index).digest())


def found_small(path: Path, text: bytes = REPLAY_TEXT) -> Path:
    found_ledger(path, text, text_path="replay.toml", time=FOUNDED)
    return path


def choice_of(kind: BallotKind, numbers: Sequence[int] | None = None) -> bytes:
    """The kind's sample choice in canonical bytes, or another one of options."""
    options, points = CHOICES[kind]
    if numbers is not None:
        options = tuple(numbers)
        points = points[:1] * len(options) if points else ()
    return encode_choice(FORMS[kind], make_choice(FORMS[kind], options, points))


@dataclass
class SmallLedger:
    """An open ledger. Seats are 0 to `seats` - 1, each with the key `voter_key(seat)`."""

    path: Path
    seats: int = 12
    clock: Clock | None = None
    node: EmbeddedNode = field(init=False)

    def __post_init__(self) -> None:
        self.keys = {duty: load_key(self.folder.keys / f"{duty.replace(' ', '-')}.json") for duty in self.duties}
        self.node = EmbeddedNode(self.path, self.keys["sealer"], clock=self.clock)
        self.desk = Desk(self.node)

    duties = (Duty.REGISTRAR, Duty.RELAY, Duty.RETURNING_OFFICER, Duty.TREASURER, "sealer")

    @property
    def folder(self) -> LedgerFolder:
        return LedgerFolder(self.path)

    @property
    def chain_id(self) -> int:
        return self.node.founding.chain_id

    @cached_property
    def anchor(self) -> Anchor:
        return decode_anchor(self.folder.anchor.read_text())

    def fill(self) -> "SmallLedger":
        """Admit members and fill their seats, in another order."""
        owners = [address_of(member_key(i)) for i in range(self.seats)]
        commitments = [keccak256(b"commitment %d" % i)[:28] for i in range(self.seats)]
        registrar = self.keys[Duty.REGISTRAR]
        self.desk.call(registrar, SystemContract.MEMBERSHIP, "admit", owners, commitments)
        keys = b"".join(address_of(voter_key(i)) for i in range(self.seats))
        self.desk.call(registrar, SystemContract.ROLL, "fill", keys)
        return self

    def open_question(self, kind: BallotKind = BallotKind.APPROVAL, window_s: int = WINDOW_S) -> Question:
        """Open a referendum of a kind, and let its window begin."""
        form = FORMS[kind]
        names = [f"option-{n}" for n in range(1, form.options + 1)]
        record = {"title": f"A {kind.name} question", "options": [{"id": n, "name": n.title()} for n in names]}
        document = json.dumps(record, sort_keys=True).encode()
        self.node.evidence.add(document)
        opens = self.node.chain.head().timestamp + 10
        fields = (form.kind, form.options, form.min_length, form.max_length)
        points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
        proposal = (
            hashlib.sha256(document).digest(),
            (*fields, *points),
            0,
            EffectKind.REFERENDUM,
            opens,
            opens + window_s,
            ZERO_HASH,
            ZERO_HASH,
        )
        options = [(Option.label_of(n), 0, ZERO_HASH) for n in names]
        self.desk.call(self.keys[Duty.RETURNING_OFFICER], SystemContract.BALLOTS, "open", proposal, options)
        self.advance_to(opens)
        return load_question(self.node.chain.state(), self.question_count())

    def question_count(self) -> int:
        return read(self.node.chain.state(), SystemContract.BALLOTS, "count")[0]

    def sign(self, question: Question, seat: int, choice: bytes, sequence: int = 1) -> SignedBallot:
        domain = domain_separator(self.chain_id, question.contract)
        return sign_ballot(domain, Ballot(Hash32(question.hash), seat, sequence, choice), voter_key(seat))

    def cast(self, question: Question, ballots: Iterable[SignedBallot]) -> Height:
        records = b"".join(encode_record(ballot) for ballot in ballots)
        return self.desk.call(self.keys[Duty.RELAY], SystemContract.BALLOTS, "cast", question.id, records)

    def close(self, question: Question) -> Height:
        self.advance_to(question.closes)
        return self.desk.call(self.keys[Duty.RELAY], SystemContract.BALLOTS, "close", question.id)

    def advance_to(self, time_s: int) -> None:
        assert isinstance(self.node.clock, SimulatedClock)
        self.node.clock.advance_to(Timestamp(time_s))

    def copy_to(self, path: Path) -> Path:
        """The ledger's directory as it is now, copied file by file while nothing writes."""
        shutil.copytree(self.path, path)
        return path
