"""Shares, stated without a chain: words, refusals, counting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.people.membership import (
    BATCH,
    EndReason,
    Membership,
    MembershipError,
    Share,
    decode_share,
    key_slot,
    share_slot,
)
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp

ALICE, BOB, CAROL = (Address(bytes([n]) * 20) for n in (1, 2, 3))
COMMITMENT = bytes(range(1, 29))
NOW = Timestamp(1_800_000_000)


def _with(*owners: Address) -> Membership:
    membership = Membership()
    membership.admit(owners, [COMMITMENT] * len(owners), NOW)
    return membership


@given(
    owner=st.binary(min_size=20, max_size=20),
    since=st.integers(1, 2**40 - 1),
    ended=st.integers(0, 2**40 - 1),
    reason=st.sampled_from(list(EndReason)),
    commitment=st.binary(min_size=28, max_size=28),
)
def test_decode_share__any_share__comes_back(
    owner: bytes, since: int, ended: int, reason: EndReason, commitment: bytes
) -> None:
    share = Share(Address(owner), Timestamp(since), commitment, Timestamp(ended), reason)
    assert decode_share(share.word, 7 << 224 | int.from_bytes(commitment, "big")) == share


@pytest.mark.parametrize(("word", "key_word"), [(0, 0), (0, 1 << 224), (1 << 160, 0)])
def test_decode_share__words_of_none__is_refused(word: int, key_word: int) -> None:
    with pytest.raises(MembershipError):
        decode_share(word, key_word)


def test_slots__by_id_and_by_key__as_the_formats_say() -> None:
    assert share_slot(1) == 0x1_0000_0000_0000_0001
    assert key_slot(Address(bytes(19) + b"\x05")) == (1 << 160) + 5


@pytest.mark.parametrize(
    ("owners", "commitments"),
    [
        ([], []),
        ([CAROL], []),
        ([CAROL], [bytes(28)]),
        ([CAROL], [COMMITMENT[:27]]),
        ([CAROL, CAROL], [COMMITMENT] * 2),
        ([ZERO_ADDRESS], [COMMITMENT]),
        ([CAROL, ALICE], [COMMITMENT] * 2),
        ([Address(n.to_bytes(20, "big")) for n in range(1, BATCH + 2)], [COMMITMENT] * (BATCH + 1)),
    ],
)
def test_admit__bad_rows__nobody_is_admitted(owners: list[Address], commitments: list[bytes]) -> None:
    membership = _with(ALICE)
    with pytest.raises(MembershipError):
        membership.admit(owners, commitments, NOW)
    assert membership.active == len(membership.shares) == 1


def test_reissue__lost_key__commitment_moves_and_the_count_stays() -> None:
    membership = _with(ALICE, BOB)
    membership.reissue(1, CAROL, NOW)
    assert (membership.active, membership.id_of(ALICE), membership.id_of(CAROL)) == (2, 0, 3)
    assert membership.share(1).commitment == bytes(28)
    assert membership.share(1).reason is EndReason.REISSUED
    assert membership.share(3).commitment == COMMITMENT
    for owner in (ALICE, BOB, CAROL):
        with pytest.raises(MembershipError, match="never held"):
            membership.reissue(2, owner, NOW)


@pytest.mark.parametrize("reason", [EndReason.STANDS, EndReason.RENOUNCED, EndReason.REISSUED])
def test_end__reason_that_is_no_rule__is_refused(reason: EndReason) -> None:
    with pytest.raises(MembershipError, match="expected 2 deceased or 3 inactive"):
        _with(ALICE).end(1, reason, NOW)


def test_end__already_ended_or_unknown__is_refused() -> None:
    membership = _with(ALICE)
    membership.renounce(ALICE, NOW)
    for share_id in (0, 1, 2):
        with pytest.raises(MembershipError):
            membership.end(share_id, EndReason.INACTIVE, NOW)
    with pytest.raises(MembershipError):
        membership.renounce(ALICE, NOW)
    with pytest.raises(MembershipError):
        membership.admit([ALICE], [COMMITMENT], NOW)
