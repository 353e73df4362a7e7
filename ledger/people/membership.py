"""Members and their shares: what contracts/people/Membership.vy does, stated once more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from ledger.errors import BadInputError
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp

COMMITMENT_LENGTH = 28
"""Bytes: 224 bits, so that a member takes two storage words."""
BATCH = 256
"""Most members in one `admit`."""
NEVER = Timestamp(0)
"""As `ended` of a share that stands."""
_UINT40 = 2**40 - 1


class MembershipError(BadInputError):
    """An admission, end or reissue that Membership refuses."""

    type = "membership"


class EndReason(IntEnum):
    """Why a share ended; 0: it stands."""

    STANDS = 0
    RENOUNCED = 1
    DECEASED = 2
    INACTIVE = 3
    REISSUED = 4


@dataclass(frozen=True, slots=True)
class Share:
    """A member's share.

    Shape   `commitment`: 28 bytes, zero once it has moved to another share. Times in seconds; `ended` 0: it stands.
    """

    owner: Address
    since: Timestamp
    commitment: bytes
    ended: Timestamp = NEVER
    reason: EndReason = EndReason.STANDS

    @property
    def is_standing(self) -> bool:
        return self.reason == EndReason.STANDS

    @property
    def word(self) -> int:
        """The storage word at `share_slot`."""
        return self.reason << 240 | self.ended << 200 | self.since << 160 | int.from_bytes(self.owner, "big")


def share_slot(share_id: int) -> int:
    """Where Membership keeps owner, times and reason of a share."""
    return 2**64 + share_id


def key_slot(key: Address) -> int:
    """Where Membership keeps which share a key holds or held, and its commitment: id << 224 | commitment."""
    return 2**160 + int.from_bytes(key, "big")


def decode_share(word: int, key_word: int) -> Share:
    """Read the two storage words of a share.

    Errors  MembershipError for words of no share.
    """
    if not word or not key_word:
        raise MembershipError(f"share: words {word:#x} and {key_word:#x}, expected both of a share that was issued")
    return Share(
        Address((word & (2**160 - 1)).to_bytes(20, "big")),
        Timestamp(word >> 160 & _UINT40),
        (key_word & (2**224 - 1)).to_bytes(COMMITMENT_LENGTH, "big"),
        Timestamp(word >> 200 & _UINT40),
        EndReason(word >> 240),
    )


class Membership:
    """All shares, standing and ended; the id of a share is its place, counted from 1.

    Errors  MembershipError; what is refused changes nothing. Who calls is the contract's affair.
    """

    def __init__(self) -> None:
        self.shares: list[Share] = []
        self._ids: dict[Address, int] = {}

    @property
    def active(self) -> int:
        return sum(share.is_standing for share in self.shares)

    def share(self, share_id: int) -> Share:
        if not 0 < share_id <= len(self.shares):
            raise MembershipError(f"share: id {share_id}, expected 1 to {len(self.shares)}")
        return self.shares[share_id - 1]

    def id_of(self, owner: Address) -> int:
        """Id of the share that a key holds; 0 if it holds none, or none any more."""
        share_id = self._ids.get(owner, 0)
        return share_id if share_id and self.share(share_id).is_standing else 0

    def admit(self, owners: Sequence[Address], commitments: Sequence[bytes], now: Timestamp) -> None:
        """Issue one share to each."""
        if not 0 < len(owners) <= BATCH or len(owners) != len(commitments):
            raise MembershipError(f"admission: {len(owners)} owners, {len(commitments)} commitments, expected as many")
        if len(set(owners)) != len(owners):
            raise MembershipError("admission: an owner twice, expected each once")
        for owner, commitment in zip(owners, commitments, strict=True):
            self._validate_new(owner)
            if len(commitment) != COMMITMENT_LENGTH or not any(commitment):
                raise MembershipError(f"commitment: 0x{commitment.hex()}, expected {COMMITMENT_LENGTH} bytes, not zero")
        for owner, commitment in zip(owners, commitments, strict=True):
            self._issue(owner, commitment, now)

    def end(self, share_id: int, reason: EndReason, now: Timestamp) -> None:
        """End a share by rule."""
        if reason not in (EndReason.DECEASED, EndReason.INACTIVE):
            raise MembershipError(f"reason: {reason}, expected 2 deceased or 3 inactive")
        self._end(share_id, reason, now)

    def renounce(self, owner: Address, now: Timestamp) -> None:
        """Give up one's own share."""
        self._end(self.id_of(owner), EndReason.RENOUNCED, now)

    def reissue(self, share_id: int, owner: Address, now: Timestamp) -> None:
        """Burn a share and issue another with its commitment, under a new id."""
        self._validate_new(owner)
        commitment = self.share(share_id).commitment
        self._end(share_id, EndReason.REISSUED, now)
        self.shares[share_id - 1] = replace(self.shares[share_id - 1], commitment=bytes(COMMITMENT_LENGTH))
        self._issue(owner, commitment, now)

    def _validate_new(self, owner: Address) -> None:
        if owner == ZERO_ADDRESS or owner in self._ids:
            raise MembershipError(f"owner: 0x{owner.hex()}, expected a key that never held a share")

    def _issue(self, owner: Address, commitment: bytes, now: Timestamp) -> None:
        self.shares.append(Share(owner, now, commitment))
        self._ids[owner] = len(self.shares)

    def _end(self, share_id: int, reason: EndReason, now: Timestamp) -> None:
        share = self.share(share_id)
        if not share.is_standing:
            raise MembershipError(f"share: {share_id} has ended, expected one that stands")
        self.shares[share_id - 1] = replace(share, ended=now, reason=reason)
