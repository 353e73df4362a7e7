"""The witness's key: it signs what the watchdog vouched for, and never two hashes at one height."""

from ledger.primitives import Hash32, Height
from ledger.proofs.seal import Seal, SealKind, make_seal
from node.consensus.signer import SoloSigner


class WitnessSigner(SoloSigner):
    """Notes the newest block that was vouched for before anything is signed, as the sequencer's signer does.

    Below that block the chain leads to its hash, so any height of the same chain may be signed later, and again.
    Errors  DoubleSealError, HighWaterError.
    """

    @property
    def block_hash(self) -> Hash32:
        """Hash of the newest block that was vouched for; zero where none was."""
        return self._hash

    def seal(self, height: Height, block_hash: Hash32) -> Seal:
        """Vouch for a block that is durable, whose parents were vouched for."""
        self.validate(height, block_hash)
        self.remember(height, block_hash)
        return self._sign(height, block_hash)

    def seal_ancestor(self, height: Height, block_hash: Hash32) -> Seal:
        """Sign a block at or below the newest one.

        Shape   the caller took the hash from the chain that ends in the newest block: there is one for each height.
        """
        if height >= self.height:
            self.validate(height, block_hash)
        return self._sign(height, block_hash)

    def _sign(self, height: Height, block_hash: Hash32) -> Seal:
        return make_seal(SealKind.WITNESS, self._chain_id, height, block_hash, self._key)
