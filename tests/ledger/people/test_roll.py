"""The roll's model on its own; beside the contract it stands in tests/contracts/people/test_roll_contract.py."""

import pytest
from coincurve import PrivateKey

from ledger.people.roll import Entry, Roll, RollError, decode_entry, sign_renewal
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp
from ledger.secp256k1 import address_of
from ledger.voting.ballot import domain_separator

DOMAIN = domain_separator(77, Address(b"\x05" * 20))
OLD, NEW = PrivateKey(b"\x01" * 32), PrivateKey(b"\x02" * 32)
NOW = Timestamp(1000)


def filled() -> Roll:
    roll = Roll(DOMAIN)
    roll.fill([address_of(OLD), Address(b"\x09" * 20)], NOW, active=3)
    return roll


def test_word__entry__is_since_above_the_key() -> None:
    word = filled().word(0)
    assert word == 1000 << 160 | int.from_bytes(address_of(OLD), "big")
    assert decode_entry(word) == Entry(NOW, address_of(OLD))
    assert (filled().word(2), decode_entry(0)) == (0, None)


@pytest.mark.parametrize(
    "keys", [[], [ZERO_ADDRESS], [Address(b"\x01" * 20), ZERO_ADDRESS], [Address(bytes([i]) * 20) for i in (1, 2)]]
)
def test_fill__refused__changes_nothing(keys: list[Address]) -> None:
    roll = filled()
    with pytest.raises(RollError, match="expected"):
        roll.fill(keys, NOW, active=3)
    assert roll.count == 2


def test_renew__signed_by_the_present_key__moves_and_starts_anew() -> None:
    roll = filled()
    signature = sign_renewal(DOMAIN, 0, NOW, address_of(NEW), OLD)
    roll.renew(0, address_of(NEW), signature, Timestamp(1500))
    assert roll.entries[0] == Entry(Timestamp(1500), address_of(NEW))
    with pytest.raises(RollError):
        roll.renew(0, address_of(OLD), signature, Timestamp(1600))


@pytest.mark.parametrize(
    ("seat", "since", "key", "by"),
    [(1, NOW, NEW, OLD), (0, 999, NEW, OLD), (0, NOW, NEW, NEW), (0, NOW, OLD, OLD), (7, NOW, NEW, OLD)],
)
def test_renew__not_hers_to_give__is_refused(seat: int, since: int, key: PrivateKey, by: PrivateKey) -> None:
    roll = filled()
    before = list(roll.entries)
    signature = sign_renewal(DOMAIN, seat, since, address_of(key), by)
    with pytest.raises(RollError):
        roll.renew(seat, address_of(key), signature, Timestamp(1500))
    assert roll.entries == before


def test_renew__zero_key_or_garbage__is_refused() -> None:
    roll = filled()
    for key, signature in ((ZERO_ADDRESS, bytes(64)), (address_of(NEW), bytes(64)), (address_of(NEW), b"\x01" * 63)):
        with pytest.raises(RollError):
            roll.renew(0, key, signature, NOW)
