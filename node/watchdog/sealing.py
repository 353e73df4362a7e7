"""Who may seal the next block: followed from state to state, as re-execution gives it."""

from collections.abc import Iterator, Sequence

from ledger.bundle.parts import SealedBlock
from ledger.chain.header import Header
from ledger.ports import StateView
from ledger.primitives import ZERO_ADDRESS, Address
from ledger.proofs.comet.body import decode_body
from ledger.proofs.comet.header import chain_name
from ledger.proofs.seal import Seal, SealError, SealerSet, SealKind, decode_seal
from ledger.proofs.succession import validate_block_seal, validate_succession
from ledger.views.seals import load_recovery, load_sealers

MISSES = 3
"""Blocks in a row without a validator's vote from which on it counts as missing: one alone may be a slow line."""


def check_block_seal(data: bytes, header: Header, chain_id: int, parent: StateView, sealers: SealerSet) -> Seal:
    """Check a block's seal against the sealers in force before it, or the recovery keys where it is a succession.

    Errors  SealError, SignatureError say what differs.
    """
    seal = decode_seal(data)
    if seal.kind is not SealKind.SUCCESSION:
        validate_block_seal(header, seal, chain_id, sealers)
        return seal
    recovery = load_recovery(parent)
    if recovery is None or sealers.kind is not SealKind.SOLO:
        raise SealError("seal: by recovery keys, expected the sealers in force")
    validate_succession(header, seal, chain_id, recovery, parent.header.timestamp)
    return seal


def check_successor(
    successor: SealedBlock, header: Header, chain_id: int, parent: StateView, sealers: SealerSet
) -> Seal:
    """Check that the next block is a succession, which stands for the seal that a lost sequencer took with it.

    Errors  SealError, SignatureError say what differs.
    """
    child, recovery, seal = successor.block.header, load_recovery(parent), decode_seal(successor.seal)
    if child.parent_hash != header.hash or seal.kind is not SealKind.SUCCESSION:
        raise SealError("seal: none, expected one, or a succession as the next block")
    if recovery is None or sealers.kind is not SealKind.SOLO or header.fee_recipient != ZERO_ADDRESS:
        raise SealError("seal: none under a succession, expected that of a sequencer's block")
    validate_succession(child, seal, chain_id, recovery, header.timestamp)
    return seal


def with_successors(part: Sequence[SealedBlock], last: int) -> Iterator[tuple[SealedBlock, SealedBlock | None]]:
    """Each block, with the next one where it has no seal of its own.

    Shape   `last`: the newest block that the peer has. One without a seal at the end of a part before that is left for
            the next part, which begins with it.
    """
    for place, sealed in enumerate(part):
        if sealed.seal:
            yield sealed, None
        elif place + 1 < len(part):
            yield sealed, part[place + 1]
        elif place == 0 or sealed.block.header.number == last:
            yield sealed, None


class SealerSource:
    """The sealers in force after the newest block; read again only where a block may have changed them."""

    def __init__(self, state: StateView) -> None:
        self.sealers = load_sealers(state)

    def follow(self, state: StateView) -> tuple[SealerSet, SealerSet] | None:
        """Take the state after a block; the old set and the new one, None if it is the same."""
        before, self.sealers = self.sealers, load_sealers(state)
        return None if before.hash == self.sealers.hash else (before, self.sealers)


class Attendance:
    """Counts the blocks in a row whose commits lack a validator's vote.

    Votes beyond two thirds may be left out of a seal, so this is a hint about the validator or about the node that
    made the seal, and never a proof.
    """

    def __init__(self) -> None:
        self._missed: dict[Address, int] = {}

    def take(self, seal: Seal, chain_id: int) -> dict[Address, int]:
        """Read a checked commit: blocks missed in a row of each validator, 0 for who voted."""
        if seal.kind is not SealKind.COMMIT:
            self._missed.clear()
            return {}
        signed = decode_body(seal.body, chain_name(chain_id), seal.block_hash)
        rows = zip(signed.validators.validators, signed.commit.votes, strict=True)
        before = self._missed
        self._missed = {v.address: 0 if vote else before.get(v.address, 0) + 1 for v, vote in rows}
        return dict(self._missed)
