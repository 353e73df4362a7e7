"""Accounts: what a kind and a key stand for, and the word that names an account in events and storage."""

from dataclasses import dataclass
from enum import IntEnum

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, keccak256, to_hex
from ledger.tagged import hash_words, tag_of

ACCOUNT_TAG = tag_of("ortaq/account/1")
MAY_BE_NEGATIVE = 0x80
"""The bit of the kinds through which money enters the books; no other account goes below zero."""
NUMBER_BITS = 96


class AccountKind(IntEnum):
    """Kinds in use. The journal takes any number that is not 0 or 128, so later kinds need no new journal.

    Shape   key of FUND: `fund_id`; of DECISION: the authority; of APPROPRIATION and OBLIGATION: `numbered_key` of the
            Treasury and the appropriation or payment; of PAYEE and SOURCE: an identifier without personal data.
    """

    FUND = 1
    DECISION = 2
    APPROPRIATION = 3
    OBLIGATION = 4
    PAYEE = 5
    SOURCE = 129


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `kind`: 1 to 255, not 128; `AccountKind` names those in use."""

    kind: int
    key: Hash32

    def __post_init__(self) -> None:
        if not 0 < self.kind < 256 or self.kind == MAY_BE_NEGATIVE:
            raise BadInputError(f"account kind: found {self.kind}, expected 1 to 255 and not 128", kind=self.kind)
        if len(self.key) != 32:
            raise BadInputError(f"account key: found {len(self.key)} bytes, expected 32")

    def __str__(self) -> str:
        known = self.kind in set(AccountKind)
        return f"{AccountKind(self.kind).name.lower() if known else f'kind {self.kind}'} {to_hex(self.key)}"

    @property
    def id(self) -> Hash32:
        return hash_words(ACCOUNT_TAG, self.kind, self.key)

    @property
    def may_be_negative(self) -> bool:
        return self.kind >= MAY_BE_NEGATIVE


def fund_id(name: str) -> Hash32:
    """A fund's word in contracts, from its name in the founding text."""
    return keccak256(name.encode())


def numbered_key(owner: Address, number: int) -> Hash32:
    """The owner's address, then a number in 12 bytes: no other version of a contract can have the same.

    Source  docs/reference/contracts.md; an authority is the numbered key of a Ballots version and a question's id.
    """
    if not 0 <= number < 1 << NUMBER_BITS:
        raise BadInputError(f"number: found {number}, expected 0 to 2**96 - 1", number=number)
    return Hash32(owner + number.to_bytes(NUMBER_BITS // 8, "big"))


def split_numbered_key(key: Hash32) -> tuple[Address, int]:
    """The owner and the number of a `numbered_key`."""
    return Address(key[:20]), int.from_bytes(key[20:], "big")
