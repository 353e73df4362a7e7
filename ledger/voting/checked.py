"""Statements of voters that they checked where their ballot stands: the EIP-712 message (formats.md, 15).

They have a domain and a type of their own, so that none can be taken for a ballot, nor a ballot for one.
"""

from dataclasses import dataclass

from coincurve import PrivateKey

from ledger.errors import CannotCheckError
from ledger.primitives import Address, Hash32, keccak256, to_word
from ledger.secp256k1 import recover_address, sign_compact
from ledger.voting.ballot import domain_separator

CHECKED_TYPE = keccak256(b"Checked(bytes32 question,uint32 seat,bytes32 ballot)")
CHECKED_DOMAIN_NAME = "ortaq checked"


class StatementsNotKeptError(CannotCheckError):
    """This server cannot keep statements of voters; another one may."""

    type = "statements-not-kept"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a voter signs. Shape: `ballot`: the digest of the ballot that she found in the count."""

    question: Hash32
    seat: int
    ballot: Hash32


@dataclass(frozen=True, slots=True)
class SignedChecked:
    """A statement with its EIP-2098 signature (64 bytes)."""

    statement: Checked
    signature: bytes


def checked_domain(chain_id: int, contract: Address) -> Hash32:
    """EIP-712 domain of statements about the ballots of a Ballots contract."""
    return domain_separator(chain_id, contract, CHECKED_DOMAIN_NAME)


def checked_digest(domain: Hash32, statement: Checked) -> Hash32:
    struct = keccak256(CHECKED_TYPE + statement.question + to_word(statement.seat) + statement.ballot)
    return keccak256(b"\x19\x01" + domain + struct)


def sign_checked(domain: Hash32, statement: Checked, key: PrivateKey) -> SignedChecked:
    return SignedChecked(statement, sign_compact(key, checked_digest(domain, statement)))


def recover_checker(domain: Hash32, signed: SignedChecked) -> Address:
    """The address whose key signed. Errors: SignatureError."""
    return recover_address(checked_digest(domain, signed.statement), signed.signature)
