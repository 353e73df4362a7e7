"""Commits: who has to sign what, and how much power that takes."""

from dataclasses import replace

import pytest

from ledger.primitives import Hash32
from ledger.proofs.comet.commit import SignedHeader, Vote, validate_commit
from ledger.proofs.comet.header import chain_name
from ledger.proofs.comet.wire import (
    BlockId,
    CommitError,
    bytes_field,
    encode_varint,
    fixed_field,
    message_field,
    number_field,
)
from tests.ledger.proofs.comet.synthetic import CHAIN_ID, PARTS, TIME, make_signers, sign, unsigned, vote, with_votes

BLOCK = Hash32(b"\x33" * 32)
PREVOTE, PRECOMMIT = 1, 2


@pytest.mark.parametrize(
    ("powers", "voters", "holds"),
    [
        ([1], [0], True),
        ([1], [], False),
        ([1, 1, 1], [0, 1], False),  # exactly two thirds
        ([1, 1, 1], [0, 1, 2], True),
        ([1, 1, 1, 1], [0, 1, 2], True),
        ([1, 1, 1, 1], [0, 1], False),
        ([5, 1, 1, 1], [0, 1], True),  # 6 of 8
        ([5, 1, 1, 1], [0], False),  # 5 of 8
        ([5, 1, 1, 1], [1, 2, 3], False),
        ([200, 100], [0], False),
        ([201, 100], [0], True),
        ([2**59, 2**58, 2**57], [0], False),
        ([2**59, 2**58, 2**57], [0, 1], True),
    ],
)
def test_power__of_those_who_voted__must_exceed_two_thirds(powers: list[int], voters: list[int], holds: bool) -> None:
    signed = sign(make_signers(powers), BLOCK, voters)
    if holds:
        validate_commit(signed)
    else:
        with pytest.raises(CommitError, match="more than two thirds"):
            validate_commit(signed)


def _bytes(
    kind: int = PRECOMMIT, height: int = 12, round_: int = 2, chain: int = CHAIN_ID, block: bytes = b""
) -> bytes:
    """A vote's sign bytes, field by field; without `block` it is a nil vote."""
    body = number_field(1, kind) + fixed_field(2, height) + fixed_field(3, round_)
    body += (message_field(4, block) if block else b"") + message_field(5, TIME.encode())
    body += bytes_field(6, chain_name(chain).encode())
    return encode_varint(len(body)) + body


def _with_last_vote(message: bytes) -> SignedHeader:
    """Four equal validators, of whom two voted well and a third signed this."""
    signers = make_signers([1, 1, 1, 1])
    signed = sign(signers, BLOCK, [0, 1])
    votes = [*signed.commit.votes[:2], Vote(TIME, signers[2].key.sign(message)), None]
    return with_votes(signed, votes)


def _block() -> bytes:
    return BlockId(sign(make_signers([1, 1, 1, 1]), BLOCK).header.hash, PARTS).encode()


def test_vote__with_these_very_bytes__counts() -> None:
    validate_commit(_with_last_vote(_bytes(block=_block())))


@pytest.mark.parametrize(
    "message",
    [
        _bytes(),
        _bytes(PREVOTE, block=_block()),
        _bytes(height=13, block=_block()),
        _bytes(round_=3, block=_block()),
        _bytes(round_=0, block=_block()),
        _bytes(chain=CHAIN_ID + 1, block=_block()),
        _bytes(block=BlockId(Hash32(b"\x44" * 32), PARTS).encode()),
        _bytes(block=BlockId(BLOCK, PARTS).encode()),
        _bytes(block=_block())[1:],
    ],
    ids=["nil", "prevote", "height", "round", "round 0", "chain", "other header", "app hash", "no length"],
)
def test_vote__for_anything_else__is_refused(message: bytes) -> None:
    with pytest.raises(CommitError, match="not signed by its key"):
        validate_commit(_with_last_vote(message))


def test_vote__beyond_two_thirds_but_wrong__spoils_the_commit() -> None:
    signed = sign(make_signers([1, 1, 1, 1]), BLOCK)
    votes = [*signed.commit.votes[:3], Vote(TIME, bytes(64))]
    with pytest.raises(CommitError, match="not signed by its key"):
        validate_commit(with_votes(signed, votes))
    validate_commit(with_votes(signed, [*signed.commit.votes[:3], None]))


def test_header__that_names_other_validators__is_refused() -> None:
    signers = make_signers([1, 1])
    signed = unsigned(signers, BLOCK)
    signed = replace(signed, header=replace(signed.header, validators_hash=BLOCK))
    signed = with_votes(signed, [vote(signer, signed) for signer in signers])
    with pytest.raises(CommitError, match="validators"):
        validate_commit(signed)


def test_commit__with_more_or_fewer_places_than_validators__cannot_be_made() -> None:
    signed = sign(make_signers([1, 1]), BLOCK)
    for votes in ((), signed.commit.votes[:1], (*signed.commit.votes, None)):
        with pytest.raises(CommitError, match="places"):
            with_votes(signed, votes)


def test_commit__with_a_round_or_signature_out_of_range__cannot_be_made() -> None:
    commit = sign(make_signers([1]), BLOCK).commit
    for number in (-1, 2**31):
        with pytest.raises(CommitError, match="round"):
            replace(commit, round=number)
    with pytest.raises(CommitError, match="signature"):
        Vote(TIME, bytes(63))
