"""Statements of voters: their own domain and type, so that nothing else can be made of them."""

from coincurve import PrivateKey

from ledger.primitives import Address, Hash32
from ledger.secp256k1 import address_of
from ledger.voting.ballot import Ballot, SignedBallot, ballot_digest, domain_separator, recover_voter
from ledger.voting.checked import (
    Checked,
    SignedChecked,
    checked_digest,
    checked_domain,
    recover_checker,
    sign_checked,
)

KEY = PrivateKey(b"\x07" * 32)
CONTRACT = Address(b"\x11" * 20)
SAID = Checked(Hash32(b"\x22" * 32), 5, Hash32(b"\x33" * 32))


def signer(chain_id: int = 9, contract: Address = CONTRACT, said: Checked = SAID) -> Address:
    """Who seems to have signed, where the signature is read for something else than it was made for."""
    made = sign_checked(checked_domain(9, CONTRACT), SAID, KEY)
    return recover_checker(checked_domain(chain_id, contract), SignedChecked(said, made.signature))


def test_checked__signed__recovers_the_key_only_for_what_was_signed() -> None:
    assert signer() == address_of(KEY)
    others = [
        signer(chain_id=10),
        signer(contract=Address(b"\x12" * 20)),
        signer(said=Checked(Hash32(b"\x23" * 32), SAID.seat, SAID.ballot)),
        signer(said=Checked(SAID.question, 6, SAID.ballot)),
        signer(said=Checked(SAID.question, SAID.seat, Hash32(b"\x34" * 32))),
    ]
    assert address_of(KEY) not in others


def test_checked__signature__is_no_ballot_of_any_sequence() -> None:
    made = sign_checked(checked_domain(9, CONTRACT), SAID, KEY)
    for domain in (domain_separator(9, CONTRACT), checked_domain(9, CONTRACT)):
        for sequence in range(1, 256):
            ballot = Ballot(SAID.question, SAID.seat, sequence, SAID.ballot)
            assert recover_voter(domain, SignedBallot(ballot, made.signature)) != address_of(KEY)


def test_checked__domain_and_digest__are_not_those_of_ballots() -> None:
    domain, other = checked_domain(9, CONTRACT), domain_separator(9, CONTRACT)
    assert domain != other
    ballot = Ballot(SAID.question, SAID.seat, 1, SAID.ballot)
    digests = {checked_digest(d, SAID) for d in (domain, other)} | {ballot_digest(d, ballot) for d in (domain, other)}
    assert len(digests) == 4
