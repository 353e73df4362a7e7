"""Seals: each block is sealed by those whom the state before it names."""

from ledger.audit.checks import Checks
from ledger.bundle.parts import StoredBlock
from ledger.chain.header import Header
from ledger.errors import BadInputError
from ledger.proofs.seal import SealError, SealerSet, SealKind, decode_seal, validate_solo_seal


class SealRules:
    """Seals of all blocks but the first."""

    def __init__(self, checks: Checks, chain_id: int) -> None:
        self._checks = checks
        self._chain_id = chain_id

    def take(self, stored: StoredBlock, header: Header, sealers: SealerSet | None) -> None:
        """Check a block's seal. `sealers`: after the parent block; None: a network's, which is not followed here."""
        if stored.height == 0:
            return
        checks = self._checks
        try:
            seal = decode_seal(stored.seal)
        except SealError as error:
            checks.fail("seal.form", "a seal", error.detail)
            return
        checks.require("seal.form", seal.encode() == stored.seal, "a canonical seal", stored.seal)
        checks.expect("seal.block", (stored.height, header.hash), (seal.height, seal.block_hash))
        if sealers is None:
            checks.skip("seal.signer", "the sealers of a network are not followed")
            return
        if seal.kind is not SealKind.SOLO:
            checks.fail("seal.signer", "a seal of the sequencer", seal.kind.name.lower())
            return
        try:
            validate_solo_seal(seal, self._chain_id, seal.block_hash, sealers)
            checks.count("seal.signer")
        except BadInputError as error:
            checks.fail("seal.signer", "the seal of the sealer in force", error.detail)
