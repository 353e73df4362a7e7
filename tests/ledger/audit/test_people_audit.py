"""The roll as an audit follows it."""

from types import SimpleNamespace

from ledger.audit.checks import Checks
from ledger.audit.people import People
from ledger.audit.record import Event
from ledger.bundle.tables import MemoryTables
from ledger.primitives import ZERO_ADDRESS
from ledger.system import SystemContract

TIME = 1_000
KEYS = [bytes([n]) * 20 for n in (1, 2, 3)]


def people_of(checks: Checks) -> People:
    """Three shares and three seats."""
    people = People(checks, MemoryTables())
    for id_ in (1, 2, 3):
        people.take(None, transfer(ZERO_ADDRESS, KEYS[0], id_), TIME)
    filling = SimpleNamespace(arguments=lambda *_: {"keys": b"".join(KEYS)})
    people.take(filling, event(SystemContract.ROLL, "Filled", first=0, count=3), TIME)
    return people


def event(kind: SystemContract, name: str, **values) -> Event:
    return Event(kind, kind.address, name, values)


def transfer(sender: bytes, receiver: bytes, id_: int) -> Event:
    return event(SystemContract.MEMBERSHIP, "Transfer", sender=sender, receiver=receiver, token_id=id_)


def test_entry__any_number_that_a_call_may_name__entry_or_nothing() -> None:
    people = people_of(Checks())
    assert [people.entry(seat) for seat in range(3)] == [TIME << 160 | int.from_bytes(key, "big") for key in KEYS]
    assert [people.entry(seat) for seat in (3, 2**32, 2**256 - 1)] == [0, 0, 0]


def test_renewed__seat__has_the_new_key_since_then() -> None:
    checks = Checks()
    people = people_of(checks)
    people.take(None, event(SystemContract.ROLL, "Renewed", seat=1, key=b"\x09" * 20), TIME + 5)
    assert people.entry(1) == TIME + 5 << 160 | int.from_bytes(b"\x09" * 20, "big")
    people.take(None, event(SystemContract.ROLL, "Renewed", seat=3, key=b"\x09" * 20), TIME + 5)
    assert (checks.failed["roll.count"], people.seats) == (1, 3)


def test_transfer__share_that_ends_twice_or_moves__finding() -> None:
    checks = Checks()
    people = people_of(checks)
    people.take(None, transfer(KEYS[0], ZERO_ADDRESS, 2), TIME)
    assert (checks.failed["share.moved"], people.standing, people.issued) == (0, 2, 3)
    people.take(None, transfer(KEYS[0], ZERO_ADDRESS, 2), TIME)
    people.take(None, transfer(KEYS[0], KEYS[1], 3), TIME)
    assert (checks.failed["share.moved"], people.standing) == (2, 2)
