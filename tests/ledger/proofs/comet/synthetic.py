"""Signed headers made with keys of tests, for what real validators would not sign."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.primitives import Address, Hash32
from ledger.proofs.comet.commit import Commit, SignedHeader, Vote, vote_bytes
from ledger.proofs.comet.header import HASHES, CometHeader, chain_name
from ledger.proofs.comet.validators import Validator, ValidatorSet
from ledger.proofs.comet.wire import BlockId, Instant, PartSet

CHAIN_ID = 77
TIME = Instant(1_800_000_000, 5)
PARTS = PartSet(1, Hash32(b"\x0a" * 32))


@dataclass(frozen=True)
class Signer:
    """A validator with its secret key."""

    key: Ed25519PrivateKey
    power: int

    @property
    def validator(self) -> Validator:
        return Validator(self.key.public_key().public_bytes_raw(), self.power)


def make_signers(powers: Sequence[int]) -> list[Signer]:
    """Signers in the order of a validator set."""
    keys = (Ed25519PrivateKey.from_private_bytes(sha256(b"validator %d" % i).digest()) for i in range(len(powers)))
    signers = [Signer(key, power) for key, power in zip(keys, powers, strict=True)]
    return sorted(signers, key=lambda signer: (-signer.power, signer.validator.address))


def unsigned(signers: Sequence[Signer], app_hash: Hash32) -> SignedHeader:
    """A header over this app hash, without any vote."""
    validators = ValidatorSet(tuple(signer.validator for signer in signers))
    hashes = {name: Hash32(sha256(name.encode()).digest()) for name in HASHES}
    hashes |= {"app_hash": app_hash, "validators_hash": validators.hash}
    header = CometHeader(
        app_version=3,
        chain=chain_name(CHAIN_ID),
        height=12,
        time=TIME,
        last_block=BlockId(Hash32(b"\x0b" * 32), PARTS),
        proposer=Address(signers[0].validator.address),
        **hashes,
    )
    return SignedHeader(header, validators, Commit(2, PARTS, (None,) * len(signers)))


def vote(signer: Signer, signed: SignedHeader, time: Instant = TIME) -> Vote:
    return Vote(time, signer.key.sign(vote_bytes(signed, time)))


def sign(signers: Sequence[Signer], app_hash: Hash32, voters: Sequence[int] | None = None) -> SignedHeader:
    """A header with the votes of these places, by default of all."""
    signed = unsigned(signers, app_hash)
    places = range(len(signers)) if voters is None else voters
    votes = tuple(
        vote(signer, signed, replace(TIME, nanoseconds=place)) if place in places else None
        for place, signer in enumerate(signers)
    )
    return with_votes(signed, votes)


def with_votes(signed: SignedHeader, votes: Sequence[Vote | None]) -> SignedHeader:
    return replace(signed, commit=replace(signed.commit, votes=tuple(votes)))
