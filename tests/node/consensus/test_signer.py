"""The sequencer's signer: it seals one block a height, whatever is restored beside it."""

import json
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.primitives import Hash32, Height
from ledger.proofs.seal import SealKind
from ledger.secp256k1 import address_of
from node.consensus.signer import DoubleSealError, HighWaterError, SoloSigner

KEY = PrivateKey(bytes([9] * 32))
CHAIN_ID = 77
ONE, TWO = Hash32(b"\x01" * 32), Hash32(b"\x02" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sealer.high-water"


def test_seal__blocks_in_order__are_sealed_by_the_key(path: Path) -> None:
    signer = SoloSigner(KEY, CHAIN_ID, path)
    for height in (1, 2, 5):
        seal = signer.seal(Height(height), ONE)
        assert (seal.kind, seal.height, seal.block_hash) == (SealKind.SOLO, height, ONE)
        assert seal.signer(CHAIN_ID) == signer.address == address_of(KEY)
    assert signer.height == 5


def test_seal__same_block_again__gives_the_same_seal(path: Path) -> None:
    signer = SoloSigner(KEY, CHAIN_ID, path)
    assert signer.seal(Height(3), ONE) == signer.seal(Height(3), ONE)


@pytest.mark.parametrize(("height", "block_hash"), [(3, TWO), (2, ONE), (2, TWO), (1, ONE), (0, ONE)])
def test_seal__another_block_at_or_below__is_refused(path: Path, height: int, block_hash: Hash32) -> None:
    signer = SoloSigner(KEY, CHAIN_ID, path)
    signer.seal(Height(3), ONE)
    for attempt in (signer.validate, signer.seal):
        with pytest.raises(DoubleSealError, match="was an old backup restored") as caught:
            attempt(Height(height), block_hash)
        assert caught.value.facts == {"height": height, "sealed": 3}
    assert signer.height == 3


def test_seal__after_a_restart__the_file_still_counts(path: Path) -> None:
    SoloSigner(KEY, CHAIN_ID, path).seal(Height(9), ONE)
    signer = SoloSigner(KEY, CHAIN_ID, path)
    assert signer.height == 9
    with pytest.raises(DoubleSealError):
        signer.seal(Height(9), TWO)
    assert signer.seal(Height(9), ONE).block_hash == ONE


def test_seal__note_fails__no_seal_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = SoloSigner(KEY, CHAIN_ID, path)
    signer.seal(Height(1), ONE)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("node.consensus.signer.write_durably", fail)
    with pytest.raises(OSError, match="No space"):
        signer.seal(Height(2), TWO)
    monkeypatch.undo()
    assert signer.height == 1
    assert SoloSigner(KEY, CHAIN_ID, path).seal(Height(2), ONE).block_hash == ONE


def test_high_water__written_before_the_seal__names_height_and_hash(path: Path) -> None:
    SoloSigner(KEY, CHAIN_ID, path).seal(Height(4), TWO)
    assert json.loads(path.read_text()) == {"chain_id": CHAIN_ID, "height": 4, "hash": TWO.hex()}
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "unreadable"),
        ("{", "unreadable"),
        ("[]", "unreadable"),
        ("{}", "unreadable"),
        ('{"chain_id": 77, "height": 1}', "unreadable"),
        ('{"chain_id": 77, "height": "x", "hash": "00"}', "unreadable"),
        ('{"chain_id": 77, "height": 1, "hash": "00"}', "expected a block"),
        ('{"chain_id": 77, "height": -5, "hash": "' + "00" * 32 + '"}', "expected a block"),
        ('{"chain_id": 78, "height": 1, "hash": "' + "00" * 32 + '"}', "of chain 78, expected 77"),
    ],
)
def test_high_water__damaged_or_of_another_chain__stops_the_signer(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    with pytest.raises(HighWaterError, match=said):
        SoloSigner(KEY, CHAIN_ID, path)
