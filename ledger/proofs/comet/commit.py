"""Commits: precommits of more than two thirds of the power for one header."""

from dataclasses import dataclass

from ledger.proofs.comet.ed25519 import SIGNATURE_LENGTH, is_valid_signature
from ledger.proofs.comet.header import CometHeader
from ledger.proofs.comet.validators import ValidatorSet
from ledger.proofs.comet.wire import (
    PRECOMMIT,
    BlockId,
    CommitError,
    Instant,
    PartSet,
    bytes_field,
    encode_varint,
    fixed_field,
    message_field,
    number_field,
    validate_length,
    validate_range,
)


@dataclass(frozen=True, slots=True)
class Vote:
    """One validator's precommit for the header, with the time that it stated. Errors: CommitError."""

    time: Instant
    signature: bytes

    def __post_init__(self) -> None:
        validate_length("vote signature", self.signature, SIGNATURE_LENGTH)


@dataclass(frozen=True, slots=True)
class Commit:
    """The precommits of one round.

    Shape   `votes`: one place for each validator, in the set's order; None for no vote, a nil vote, or a vote that was
            left out.
    Errors  CommitError for a round out of its range.
    """

    round: int
    parts: PartSet
    votes: tuple[Vote | None, ...]

    def __post_init__(self) -> None:
        validate_range("round", self.round, 0, 1 << 31)


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """A header, the validators of its height, and their commit. Nothing of it is believed yet. Errors: CommitError."""

    header: CometHeader
    validators: ValidatorSet
    commit: Commit

    def __post_init__(self) -> None:
        places, expected = len(self.commit.votes), len(self.validators.validators)
        if places != expected:
            raise CommitError(f"commit: {places} places for votes, expected {expected}")


def vote_bytes(signed: SignedHeader, time: Instant) -> bytes:
    """What a validator signs who precommits the header at this time. Source: `VoteSignBytes` in CometBFT 0.38."""
    header, commit = signed.header, signed.commit
    vote = b"".join(
        (
            number_field(1, PRECOMMIT),
            fixed_field(2, header.height),
            fixed_field(3, commit.round),
            message_field(4, BlockId(header.hash, commit.parts).encode()),
            message_field(5, time.encode()),
            bytes_field(6, header.chain.encode()),
        )
    )
    return encode_varint(len(vote)) + vote


def validate_commit(signed: SignedHeader) -> None:
    """Check that more than two thirds of the power of these validators precommitted this header.

    Errors  CommitError names what differs. A vote that does not hold spoils the commit, needed or not.
    """
    header, validators, votes = signed.header, signed.validators, signed.commit.votes
    if header.validators_hash != validators.hash:
        raise CommitError(f"header: validators {header.validators_hash.hex()}, expected {validators.hash.hex()}")
    cast = [(validator, vote) for validator, vote in zip(validators.validators, votes, strict=True) if vote]
    power = sum(validator.power for validator, _ in cast)
    if 3 * power <= 2 * validators.total_power:
        raise CommitError(f"commit: power {power} of {validators.total_power}, expected more than two thirds")
    for validator, vote in cast:
        if not is_valid_signature(validator.key, vote_bytes(signed, vote.time), vote.signature):
            raise CommitError(f"commit: vote of {validator.address.hex()} is not signed by its key over this header")
