"""A founded ledger with the real roll and ballots, and what voters do on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from coincurve import PrivateKey, PublicKey

from ledger.people.roll import KEY_BITS, Roll, sign_renewal
from ledger.primitives import ZERO_HASH, Address, Hash32, Timestamp, keccak256
from ledger.secp256k1 import address_of, sign_digest
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, SignedBallot, domain_separator, sign_ballot
from ledger.voting.form import Form
from ledger.voting.lane import place_lane, read_lane
from ledger.voting.question import EffectKind, Fraction, Option, Question, Terms, options_hash
from ledger.voting.tally import OpenTally
from tests.contracts.chain import Chain, Deployed, Sent, account, mock
from tests.contracts.founding import (
    DUTIES,
    FOUNDING,
    OFFICER,
    PARAMETERS,
    REGISTRAR,
    SEALING,
    STRANGER,
    TERMS,
    bytes32,
    listings,
)

MEMBERS = 64
SEATS = 48
TEXT = Hash32(b"\x11" * 32)
WINDOW = 600


@cache
def key_of(seat: int) -> PrivateKey:
    """The key of a seat; deterministic, for tests only."""
    return PrivateKey((0xBA1107 + seat).to_bytes(32, "big"))


@dataclass
class BallotBox:
    """Contracts, and the domain that ballots are signed for."""

    chain: Chain
    constitution: Deployed
    membership: Deployed
    roll: Deployed
    ballots: Deployed
    seats: int = SEATS
    chain_id: int = 1
    domain: Hash32 = field(init=False)

    def __post_init__(self) -> None:
        self.chain_id = int(self.chain.env.evm.chain.chain_id)
        self.domain = domain_separator(self.chain_id, self.ballots.address)

    @property
    def next_id(self) -> int:
        return int(self.ballots.read("count")) + 1

    def open(self, form: Form, /, **changed: Any) -> Question:
        """A question that is open now, as its officer opens it."""
        values = self.proposal(form, **changed)
        options = make_options(form)
        id_ = self.next_id
        self.ballots.send("open", values, rows(options), sender=OFFICER)
        return self.question(id_, form, values, options)

    def proposal(self, form: Form, /, **changed: Any) -> tuple[Any, ...]:
        """The tuple that `open` takes; `changed` names fields of the contract's Proposal."""
        now = self.chain.now
        fields = {
            "text": TEXT,
            "form": form_tuple(form),
            "secrecy": 0,
            "effect_kind": 0,
            "opens": now,
            "closes": now + WINDOW,
            "budget": ZERO_HASH,
            "effect": ZERO_HASH,
        }
        assert set(changed) <= set(fields)
        return tuple({**fields, **changed}.values())

    def question(self, id_: int, form: Form, values: tuple[Any, ...], options: Sequence[Option]) -> Question:
        """What the model says of a question opened now."""
        text, _, secrecy, kind, opens, closes, budget, effect = values
        row = TERMS[kind]
        terms = Terms(Fraction(row[3], row[4]), Fraction(row[5], row[6]), row[7], row[2])
        return Question(
            Hash32(FOUNDING),
            self.ballots.address,
            id_,
            Hash32(text),
            options_hash(options),
            form,
            secrecy,
            EffectKind(kind),
            Timestamp(self.chain.now),
            Timestamp(opens),
            Timestamp(closes),
            terms,
            Hash32(budget),
            Hash32(effect),
        )

    def sign(self, question: Question, seat: int, sequence: int, choice: bytes, by: int | None = None) -> SignedBallot:
        """A ballot of a seat, signed by its own key or another seat's."""
        signer = key_of(seat if by is None else by)
        return sign_ballot(self.domain, Ballot(question.hash, seat, sequence, choice), signer)

    def cast(self, question: Question, ballots: Iterable[SignedBallot]) -> list[bool]:
        """Cast a batch; which of its records count, as the event says."""
        records = [raw_record(signed) for signed in ballots]
        sent = self.ballots.send("cast", question.id, b"".join(records), sender=STRANGER)
        return accepted(self.ballots, sent, question.id, len(records))

    def renew(self, seat: int, by: int, signed_by: int | None = None) -> None:
        """Give a seat to the key of another number."""
        since = self.roll.read("entry", seat) >> KEY_BITS
        domain = domain_separator(self.chain_id, self.roll.address)
        new = address_of(key_of(by))
        signature = sign_renewal(domain, seat, since, new, key_of(seat if signed_by is None else signed_by))
        self.roll.send("renew", seat, new, signature, sender=STRANGER)

    def tally(self, question: Question) -> OpenTally:
        """An empty count by the model."""
        entry = self.roll.read
        return OpenTally(question.form, question.hash, self.domain, question.record, lambda seat: entry("entry", seat))

    def lanes(self, question: Question, seats: Iterable[int]) -> dict[int, tuple[int, bytes]]:
        """Last ballots of seats that have cast one, as anyone reads them from storage."""
        found = {}
        for seat in seats:
            place = place_lane(question.form, question.id, seat)
            lane = read_lane(question.form, place, [self.ballots.slot(slot) for slot in place.slots])
            if lane.sequence:
                found[seat] = (lane.sequence, lane.choice)
        return found


def cast_beside_the_model(
    box: BallotBox, question: Question, ballots: Sequence[SignedBallot], model: OpenTally | None = None
) -> list[bool]:
    """Cast a batch. Which of its records count, checked against the model, and so are lanes and result."""
    model = box.tally(question) if model is None else model
    expected = [model.add(signed) is None for signed in ballots]
    assert box.cast(question, ballots) == expected
    turnout, votes, points = box.ballots.read("result", question.id)
    lanes = {seat: (lane.sequence, lane.choice) for seat, lane in model.lanes.items()}
    assert box.lanes(question, range(box.seats)) == lanes
    assert (turnout, list(votes), list(points)) == (model.turnout, list(model.votes), list(model.points))
    return expected


def upper_s(digest: Hash32) -> tuple[bytes, Address]:
    """A signature with an s that is too high yet fits into EIP-2098's form, and the key that ecrecover finds for it.

    Nobody can sign so for a key of hers; but a key can be put on the roll that such a signature of one message is of.
    """
    s = (2**255 - 1).to_bytes(32, "big")
    r = sign_digest(key_of(0), digest)[:32]
    point = PublicKey.from_signature_and_message(r + s + b"\0", digest, hasher=None)
    return r + s, Address(keccak256(point.format(compressed=False)[1:])[12:])


def raw_record(signed: SignedBallot) -> bytes:
    """A record of whatever the ballot says, also of what encoders refuse."""
    ballot = signed.ballot
    return ballot.seat.to_bytes(4, "big") + bytes([ballot.sequence]) + ballot.choice + signed.signature


def accepted(ballots: Deployed, sent: Sent, question_id: int, count: int) -> list[bool]:
    """The bits of the event `Cast`."""
    ((name, event),) = ballots.events(sent)
    assert (name, event["id"]) == ("Cast", question_id)
    words = event["accepted"]
    assert len(words) == -(-count // 256)
    bits = sum(word << 256 * i for i, word in enumerate(words))
    assert bits >> count == 0
    return [bool(bits >> i & 1) for i in range(count)]


def form_tuple(form: Form) -> tuple[int, ...]:
    """As the contract takes it."""
    points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
    return (form.kind, form.options, form.min_length, form.max_length, *points)


def make_options(form: Form) -> list[Option]:
    return [Option(Option.label_of(f"option {i + 1}"), 1000 + i) for i in range(form.options)]


def rows(options: Sequence[Option]) -> list[tuple[bytes, int, bytes]]:
    return [(option.label, option.cost, option.payee) for option in options]


def set_up(chain: Chain, members: int = MEMBERS, seats: int = SEATS) -> BallotBox:
    """Deploy everything at its founding address, admit members and fill seats.

    Shape   `members`: 0 for any number of seats, with a stand-in for Membership.
    """
    at = {contract: contract.address for contract in SystemContract}
    permissions = at[SystemContract.PERMISSIONS]
    directory = at[SystemContract.DIRECTORY]
    parameters = [(bytes32(name), *rest) for name, *rest in PARAMETERS]
    chain.deploy("Directory", listings(), at=directory)
    constitution = chain.deploy(
        "Constitution", directory, FOUNDING, True, True, parameters, TERMS, at=at[SystemContract.CONSTITUTION]
    )
    chain.deploy("Permissions", directory, DUTIES, [], SEALING, [], [], at=permissions)
    place = at[SystemContract.MEMBERSHIP]
    if members:
        membership = chain.deploy("Membership", permissions, at[SystemContract.EVIDENCE], at=place)
    else:
        membership = chain.deploy(mock("crowd"), at=place)
    roll = chain.deploy("Roll", permissions, membership.address, at=at[SystemContract.ROLL])
    asked = (constitution.address, permissions, membership.address, roll.address)
    long_ballots = chain.deploy("LongBallots", *asked, at=at[SystemContract.LONG_BALLOTS])
    ballots = chain.deploy("Ballots", *asked, long_ballots.address, at=at[SystemContract.BALLOTS])
    owners = [account(f"member {i}") for i in range(members)]
    commitments = [(i + 1).to_bytes(28, "big") for i in range(members)]
    for start in range(0, members, 100):
        part = slice(start, start + 100)
        membership.send("admit", owners[part], commitments[part], sender=REGISTRAR)
    keys = [address_of(key_of(seat)) for seat in range(seats)]
    for start in range(0, seats, 500):
        roll.send("fill", b"".join(keys[start : start + 500]), sender=REGISTRAR)
    chain.now += 10
    return BallotBox(chain, constitution, membership, roll, ballots, seats)


@cache
def shared_box() -> BallotBox:
    """One for state machines, which take it back to its beginning after each example."""
    return set_up(Chain())


def roll_model(box: BallotBox) -> Roll:
    """An empty roll for the domain of the contract."""
    return Roll(domain_separator(box.chain_id, box.roll.address))
