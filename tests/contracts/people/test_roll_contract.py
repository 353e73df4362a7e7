"""The roll on chain, beside its model."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.people.roll import KEY_BITS, Roll, RollError, renewal_digest, sign_renewal
from ledger.primitives import ZERO_ADDRESS, Timestamp
from ledger.secp256k1 import address_of
from ledger.voting.ballot import domain_separator
from tests.contracts.chain import Chain, Reverted
from tests.contracts.founding import OFFICER, REGISTRAR, STRANGER
from tests.contracts.gas import snapshot
from tests.contracts.voting.ballot_box import MEMBERS, SEATS, BallotBox, key_of, roll_model, set_up, shared_box, upper_s

NUMBERS = st.integers(0, SEATS + 3)
NEW = 900
"""Number of a key that no seat has."""


@pytest.fixture(scope="module")
def founded_box() -> BallotBox:
    return set_up(Chain())


@pytest.fixture
def box(founded_box: BallotBox) -> Any:
    with founded_box.chain.anchor():
        yield founded_box


def keys(*numbers: int) -> bytes:
    return b"".join(address_of(key_of(number)) for number in numbers)


def test_fill__by_the_registrar__appends_since_now(box: BallotBox) -> None:
    sent = box.roll.send("fill", keys(100, 101), sender=REGISTRAR)
    assert box.roll.read("count") == SEATS + 2
    for seat, number in ((SEATS, 100), (SEATS + 1, 101)):
        word = box.chain.now << KEY_BITS | int.from_bytes(keys(number), "big")
        assert box.roll.read("entry", seat) == word == box.roll.slot(2**64 + seat)
    assert box.roll.events(sent) == [("Filled", {"first": SEATS, "count": 2})]
    assert box.roll.read("entry", SEATS + 2) == 0


def test_entries_from__any_first_seat__are_the_entries_of_32_neighbours(box: BallotBox) -> None:
    for first in (0, 20, SEATS - 1, 2**32 - 32):
        assert list(box.roll.read("entries_from", first)) == [box.roll.read("entry", first + i) for i in range(32)]


def test_entries_from__neighbours_over_the_last_seat_there_can_be__reverts(box: BallotBox) -> None:
    for first in (2**32 - 31, 2**32, 2**256 - 1, 2**256 - 16):
        with pytest.raises(Reverted):
            box.roll.read("entries_from", first)


@pytest.mark.parametrize("sender", [STRANGER, OFFICER])
def test_fill__by_anyone_else__reverts(box: BallotBox, sender: Any) -> None:
    with pytest.raises(Reverted, match="duties: caller lacks the duty"):
        box.roll.send("fill", keys(100), sender=sender)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "ragged keys"),
        (keys(100)[:-1], "ragged keys"),
        (keys(100) + b"\0", "ragged keys"),
        (keys(100) + bytes(20), "zero key"),
        (bytes(20), "zero key"),
        (keys(*range(100, 100 + MEMBERS - SEATS + 1)), "more seats than active shares"),
    ],
)
def test_fill__bad_keys_or_too_many__reverts(box: BallotBox, data: bytes, reason: str) -> None:
    with pytest.raises(Reverted, match=reason):
        box.roll.send("fill", data, sender=REGISTRAR)
    assert box.roll.read("count") == SEATS


def test_fill__up_to_the_active_shares__is_taken(box: BallotBox) -> None:
    box.roll.send("fill", keys(*range(100, 100 + MEMBERS - SEATS)), sender=REGISTRAR)
    assert box.roll.read("count") == MEMBERS


def test_renew__signed_by_the_present_key__moves_the_seat_once(box: BallotBox) -> None:
    box.chain.now += 5
    box.renew(3, NEW)
    assert box.roll.read("entry", 3) == box.chain.now << KEY_BITS | int.from_bytes(keys(NEW), "big")
    assert box.roll.read("count") == SEATS
    with pytest.raises(Reverted, match="bad signature"):
        box.renew(3, NEW + 1)
    box.renew(3, 3, signed_by=NEW)
    assert box.roll.read("entry", 3) == box.chain.now << KEY_BITS | int.from_bytes(keys(3), "big")


def test_renew__signature_used_before__does_not_hold_again(box: BallotBox) -> None:
    domain = domain_separator(box.chain_id, box.roll.address)
    since = box.roll.read("entry", 3) >> KEY_BITS
    new = address_of(key_of(NEW))
    signature = sign_renewal(domain, 3, since, new, key_of(3))
    box.chain.now += 1
    box.roll.send("renew", 3, new, signature, sender=STRANGER)
    box.chain.now += 1
    box.renew(3, 3, signed_by=NEW)
    with pytest.raises(Reverted, match="bad signature"):
        box.roll.send("renew", 3, new, signature, sender=STRANGER)


def test_renew__of_another_seat_time_key_or_ledger__reverts(box: BallotBox) -> None:
    domain = domain_separator(box.chain_id, box.roll.address)
    other_domain = domain_separator(box.chain_id + 1, box.roll.address)
    since = box.roll.read("entry", 3) >> KEY_BITS
    new, other = address_of(key_of(NEW)), address_of(key_of(NEW + 1))
    good = sign_renewal(domain, 3, since, new, key_of(3))
    for signature in (
        sign_renewal(domain, 4, since, new, key_of(3)),
        sign_renewal(domain, 3, since + 1, new, key_of(3)),
        sign_renewal(domain, 3, since, other, key_of(3)),
        sign_renewal(other_domain, 3, since, new, key_of(3)),
        sign_renewal(domain, 3, since, new, key_of(4)),
        bytes(64),
        good[:63],
    ):
        with pytest.raises(Reverted, match="bad signature"):
            box.roll.send("renew", 3, new, signature, sender=STRANGER)
    box.roll.send("renew", 3, new, good, sender=STRANGER)


def test_renew__upper_s_that_recovers_to_the_present_key__reverts(box: BallotBox) -> None:
    domain = domain_separator(box.chain_id, box.roll.address)
    new = address_of(key_of(NEW))
    signature, key = upper_s(renewal_digest(domain, SEATS, box.chain.now, new))
    box.roll.send("fill", key, sender=REGISTRAR)
    with pytest.raises(Reverted, match="bad signature"):
        box.roll.send("renew", SEATS, new, signature, sender=STRANGER)


def test_renew__zero_same_or_empty__reverts(box: BallotBox) -> None:
    domain = domain_separator(box.chain_id, box.roll.address)
    since = box.roll.read("entry", 3) >> KEY_BITS
    zero = sign_renewal(domain, 3, since, ZERO_ADDRESS, key_of(3))
    with pytest.raises(Reverted, match="zero key"):
        box.roll.send("renew", 3, ZERO_ADDRESS, zero, sender=STRANGER)
    with pytest.raises(Reverted, match="same key"):
        box.renew(3, 3)
    with pytest.raises(Reverted, match="no such seat"):
        box.roll.send("renew", SEATS, address_of(key_of(1)), bytes(64), sender=STRANGER)


def test_gas__roll__is_the_golden_value() -> None:
    box = set_up(Chain(), members=0)
    snapshot("voting/Roll.fill of 500 seats", box.roll.measure("fill", keys(*range(100, 600)), sender=REGISTRAR))
    domain = domain_separator(box.chain_id, box.roll.address)
    since = box.roll.read("entry", 3) >> KEY_BITS
    new = address_of(key_of(NEW))
    signature = sign_renewal(domain, 3, since, new, key_of(3))
    snapshot("voting/Roll.renew", box.roll.measure("renew", 3, new, signature, sender=STRANGER))


class RollMachine(RuleBasedStateMachine):
    """Fills and renewals, lawful and not: contract and model agree on each, and on every seat."""

    def __init__(self) -> None:
        super().__init__()
        self.box = shared_box()
        self._undo = self.box.chain.anchor()
        self._undo.__enter__()
        self.model: Roll = roll_model(self.box)
        start = Timestamp(self.box.roll.read("entry", 0) >> KEY_BITS)
        self.model.fill([address_of(key_of(i)) for i in range(SEATS)], start, MEMBERS)

    def teardown(self) -> None:
        self._undo.__exit__(None, None, None)

    @rule(count=st.integers(0, 5), zero=st.integers(0, 9))
    def fill(self, count: int, zero: int) -> None:
        added = [address_of(key_of(1000 + self.model.count + i)) for i in range(count)]
        if zero < count:
            added[zero] = ZERO_ADDRESS
        self._same(
            lambda: self.model.fill(added, Timestamp(self.box.chain.now), MEMBERS),
            lambda: self.box.roll.send("fill", b"".join(added), sender=REGISTRAR),
        )

    @rule(seat=NUMBERS, by=NUMBERS, new=NUMBERS, passed=st.integers(0, 2))
    def renew(self, seat: int, by: int, new: int, passed: int) -> None:
        self.box.chain.now += passed
        domain = domain_separator(self.box.chain_id, self.box.roll.address)
        since = self.model.entries[seat].since if seat < self.model.count else 0
        signature = sign_renewal(domain, seat, since, address_of(key_of(new)), key_of(by))
        self._same(
            lambda: self.model.renew(seat, address_of(key_of(new)), signature, Timestamp(self.box.chain.now)),
            lambda: self.box.roll.send("renew", seat, address_of(key_of(new)), signature, sender=STRANGER),
        )

    @invariant()
    def seats_are_equal(self) -> None:
        assert self.box.roll.read("count") == self.model.count
        for seat in range(self.model.count + 1):
            assert self.box.roll.slot(2**64 + seat) == self.model.word(seat)

    @staticmethod
    def _same(by_model: Any, by_contract: Any) -> None:
        try:
            by_model()
        except RollError:
            with pytest.raises(Reverted, match="roll: "):
                by_contract()
        else:
            by_contract()


TestRollMachine = RollMachine.TestCase
TestRollMachine.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
