"""What tests of sealers share: validators, recovery terms, and a call as a consensus act."""

from typing import Any

from ledger.access.validators import Validator
from ledger.primitives import Address
from ledger.proofs.succession import Recovery
from tests.contracts.chain import Sent, account
from tests.contracts.founding import STRANGER, World

ORGANISATIONS = [bytes([n]) * 32 for n in range(1, 8)]
KEYS = [bytes([n]) * 32 for n in range(17, 26)]
RECOVERY = Recovery(2, 3600, tuple(sorted(account(f"recovery {n}") for n in range(3))))


def validator(place: int, power: int = 10, organisation: int | None = None) -> Validator:
    """One of the validators, by default of an organisation of its own."""
    home = ORGANISATIONS[place % len(ORGANISATIONS) if organisation is None else organisation]
    return Validator(KEYS[place], power, home, f"peer-{place}.example:26656")


def row(found: Validator) -> tuple[bytes, int, bytes, str]:
    """A validator as the contract takes and gives it."""
    return found.key, found.power, found.organisation, found.endpoint


def act(world: World, entry: str, *values: Any) -> Sent:
    """Call an entry in a block whose fee recipient is Permissions."""
    patch = world.chain.env.evm.patch
    before = patch.coinbase
    patch.coinbase = world.permissions.address
    try:
        return world.permissions.send(entry, *values, sender=STRANGER)
    finally:
        patch.coinbase = before


def listed(world: World) -> list[tuple[bytes, int, bytes, str]]:
    count = world.permissions.read("validator_count")
    return [world.permissions.read("validator_at", place) for place in range(count)]


def address_word(value: Address) -> int:
    return int.from_bytes(value, "big")
