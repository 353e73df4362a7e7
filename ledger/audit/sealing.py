"""Seals: each block is sealed by those whom the state before it names."""

from ledger.audit.checks import Checks
from ledger.audit.sealers import FollowedSealers
from ledger.bundle.parts import StoredBlock
from ledger.chain.header import Header
from ledger.errors import LedgerError
from ledger.proofs.seal import Seal, SealError, SealKind, decode_seal
from ledger.proofs.succession import validate_block_seal, validate_succession


class SealRules:
    """Seals of all blocks but the first. Shape: `kinds`: those of the seals that were taken."""

    def __init__(self, checks: Checks, chain_id: int) -> None:
        self._checks = checks
        self._chain_id = chain_id
        self.kinds: set[SealKind] = set()
        self._last: SealKind | None = None

    def take(self, stored: StoredBlock, header: Header, parent: Header | None, sealers: FollowedSealers) -> None:
        """Check a block's seal. `sealers`: after the parent block. A block before a succession has none."""
        checks, last = self._checks, self._last
        self._last = None
        if not stored.seal:
            return
        try:
            seal = decode_seal(stored.seal)
        except SealError as error:
            checks.fail("seal.form", "a seal", error.detail)
            return
        self.kinds.add(seal.kind)
        self._last = seal.kind
        is_double = seal.kind is SealKind.SUCCESSION and last not in (None, SealKind.SUCCESSION)
        checks.require("seal.form", not is_double, "no sequencer's seal just before a succession", stored.height - 1)
        # One over another block says nothing of this one, whoever made it.
        if checks.expect("seal.block", (stored.height, header.hash), (seal.height, seal.block_hash)):
            self._check_signer(seal, header, parent, sealers)

    def _check_signer(self, seal: Seal, header: Header, parent: Header | None, sealers: FollowedSealers) -> None:
        try:
            if seal.kind is SealKind.SUCCESSION:
                self._check_succession(seal, header, parent, sealers)
            else:
                validate_block_seal(header, seal, self._chain_id, sealers.set)
        except LedgerError as error:
            self._checks.fail("seal.signer", "the seal of those in force after the parent block", error.detail)
        else:
            self._checks.count("seal.signer")

    def _check_succession(self, seal: Seal, header: Header, parent: Header | None, sealers: FollowedSealers) -> None:
        if parent is None or sealers.recovery is None or sealers.kind != SealKind.SOLO:
            raise SealError("seal: by recovery keys, where no recovery keys may name a sequencer")
        validate_succession(header, seal, self._chain_id, sealers.recovery, parent.timestamp)
