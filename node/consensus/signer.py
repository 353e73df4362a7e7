"""The sequencer's signer: it never signs two blocks of one height, not even after an old backup was restored."""

import json
from pathlib import Path

from coincurve import PrivateKey

from ledger.errors import LedgerError
from ledger.primitives import Address, Hash32, Height
from ledger.proofs.seal import Seal, SealKind, make_seal
from ledger.secp256k1 import address_of
from node.files import write_durably


class DoubleSealError(LedgerError):
    """The signer was asked to seal a second block at a height, or one below what it sealed before."""

    type = "double-seal"


class HighWaterError(LedgerError):
    """The high-water file is unreadable; sealing without it could seal twice."""

    type = "bad-high-water"


class SoloSigner:
    """Signs blocks of one chain with one key, and notes (height, hash) durably before each signature.

    Shape   `high_water`: a JSON file that belongs to the key, not to the ledger's store: a restored store must meet the
            newer file.
    Errors  DoubleSealError, HighWaterError.
    """

    def __init__(self, key: PrivateKey, chain_id: int, high_water: Path) -> None:
        self._key = key
        self._chain_id = chain_id
        self._path = high_water
        self._height, self._hash = self._load()

    @property
    def address(self) -> Address:
        return address_of(self._key)

    @property
    def height(self) -> Height:
        """The highest height that was signed, 0 if none."""
        return self._height

    def validate(self, height: Height, block_hash: Hash32) -> None:
        """Check that this block may be sealed, before it is made durable. Errors: DoubleSealError."""
        if height < self._height or (height == self._height and block_hash != self._hash):
            raise DoubleSealError(
                f"seal: asked for block {block_hash.hex()} at height {height}, but this key has sealed block "
                f"{self._hash.hex()} at height {self._height}; was an old backup restored?",
                height=height,
                sealed=self._height,
            )

    def seal(self, height: Height, block_hash: Hash32) -> Seal:
        """Sign a block, which must be durable already. The same block again gives the same seal."""
        self.validate(height, block_hash)
        self.remember(height, block_hash)
        return make_seal(SealKind.SOLO, self._chain_id, height, block_hash, self._key)

    def remember(self, height: Height, block_hash: Hash32) -> None:
        """Note a block as sealed, durably, if it is higher than the one that is noted: the store knows of seals that a
        lost file does not.
        """
        if height > self._height:
            record = {"chain_id": self._chain_id, "height": height, "hash": block_hash.hex()}
            write_durably(self._path, json.dumps(record).encode(), mode=0o600)
            self._height, self._hash = height, block_hash

    def _load(self) -> tuple[Height, Hash32]:
        if not self._path.exists():
            return Height(0), Hash32(bytes(32))
        try:
            record = json.loads(self._path.read_bytes())
            height, block_hash = Height(int(record["height"])), Hash32(bytes.fromhex(record["hash"]))
            chain_id = record["chain_id"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HighWaterError(f"{self._path}: unreadable ({error}), expected the signer's record") from error
        if height < 1 or len(block_hash) != 32:
            raise HighWaterError(f"{self._path}: height {height}, {len(block_hash)} bytes of hash, expected a block")
        if chain_id != self._chain_id:
            raise HighWaterError(f"{self._path}: of chain {chain_id}, expected {self._chain_id}")
        return height, block_hash
