"""Where CometBFT stands after a snapshot's last block: all of it from seals and from one more signed header."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.chain.header import Header
from ledger.primitives import Hash32, to_hex
from ledger.proofs.comet.body import decode_body
from ledger.proofs.comet.commit import SignedHeader, validate_commit
from ledger.proofs.comet.header import chain_name
from ledger.proofs.comet.validators import Validator, ValidatorSet
from ledger.proofs.comet.wire import CommitError
from ledger.proofs.seal import Seal, SealKind
from ledger.snapshot.errors import SnapshotDiffersError

Powers = Mapping[bytes, int]
"""Power by key."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What the seals by commit say of CometBFT's chain.

    Shape   `origin`: the block that it goes on from; `powers`: its first validators; `changes`: validators by the
            consensus height that decided on them, from two heights later on they are in office; `last`: the newest
            seal's header, which carries the hash of the last block.
    """

    origin: Header
    powers: Powers
    changes: dict[int, Powers]
    last: SignedHeader


@dataclass(slots=True)
class TrailFinder:
    """Follows checked seals. Shape: `trail`: None where the last block is not sealed by a commit."""

    chain_id: int
    trail: Trail | None = None

    def take(self, parent: Header, header: Header, seal: Seal | None) -> int | None:
        """Take a block's seal; the consensus height that decided on the block, None where no validators did.

        Errors  SnapshotDiffersError for consensus heights that do not ascend.
        """
        if seal is None or seal.kind is not SealKind.COMMIT:
            self.trail = None
            return None
        signed = decode_body(seal.body, chain_name(self.chain_id), seal.block_hash)
        height, powers = signed.header.height - 1, powers_of(signed.validators)
        trail = self.trail
        if trail is None:
            trail = Trail(parent, powers, {}, signed)
        else:
            before = trail.last.header.height - 1
            if height <= before:
                raise SnapshotDiffersError(f"block {header.number}: consensus height", height, f"more than {before}")
            if signed.validators.hash != trail.last.validators.hash:
                trail.changes[before] = powers
            trail = Trail(trail.origin, trail.powers, trail.changes, signed)
        if height <= trail.origin.number:
            raise SnapshotDiffersError(
                f"block {header.number}: consensus height", height, f"more than {trail.origin.number}"
            )
        self.trail = trail
        return height


@dataclass(frozen=True, slots=True)
class ConsensusStart:
    """What CometBFT begins with after the block that it decided on last.

    Shape   `decided`: the signed header of that consensus height; `current`: the header after it; `following`: the
            validators of the height after that.
    """

    trail: Trail
    decided: SignedHeader
    current: SignedHeader
    following: ValidatorSet


def check_consensus(trail: Trail, body: bytes, head: Header, chain_id: int, candidates: list[Powers]) -> ConsensusStart:
    """Check a header against the one that seals the head, and find who decides on the heights after.

    Shape   `body`: of the header of the consensus block that holds the head (formats.md, 13); its app hash is the hash
            of the head's parent. `candidates`: validators that the head's state may have led to, likelier ones first.
    Errors  SnapshotDiffersError.
    """
    current = trail.last.header
    try:
        signed = decode_body(body, chain_name(chain_id), Hash32(head.parent_hash))
        validate_commit(signed)
        sets = [set_of(powers) for powers in candidates]
    except CommitError as error:
        expected = "a header that more than two thirds signed"
        raise SnapshotDiffersError("consensus.bin", body.hex()[:200], expected, error.detail) from error
    for what, given, stated in (
        ("height", signed.header.height, current.height - 1),
        ("header", to_hex(signed.header.hash), to_hex(current.last_block.hash)),
        ("parts", to_hex(signed.commit.parts.encode()), to_hex(current.last_block.parts.encode())),
        ("next validators", to_hex(signed.header.next_validators_hash), to_hex(current.validators_hash)),
    ):
        if given != stated:
            raise SnapshotDiffersError(f"consensus.bin: {what}", given, f"{stated}, as the last seal says")
    following = next((found for found in sets if found.hash == current.next_validators_hash), None)
    if following is None:
        raise SnapshotDiffersError(
            "state: validators", to_hex(sets[0].hash), f"{to_hex(current.next_validators_hash)}, as the seal says"
        )
    return ConsensusStart(trail, signed, trail.last, following)


def powers_of(validators: ValidatorSet) -> dict[bytes, int]:
    return {validator.key: validator.power for validator in validators.validators}


def set_of(powers: Powers) -> ValidatorSet:
    """Validators in CometBFT's order. Errors: CommitError."""
    members = [Validator(key, power) for key, power in powers.items()]
    return ValidatorSet(tuple(sorted(members, key=lambda member: (-member.power, member.address))))
