"""Who vouches for a block."""

from dataclasses import dataclass
from enum import Enum

from ledger.chain.header import Header
from ledger.chain.trie import MissingNodeError
from ledger.errors import LedgerError
from ledger.ports import ChainReader, StateView
from ledger.primitives import Address, Height
from ledger.proofs.seal import Seal, SealError, SealerSet, SealKind, decode_seal, sealer_set
from ledger.proofs.succession import Recovery, validate_block_seal, validate_succession
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.validators import load_validators

BEGAN_ROW = b"snapshot/last"
"""Height u64 of the last block of the snapshot that the node began with: the seals up to it were checked then, and the
states before it are not here."""


class SealState(Enum):
    """What is known of a block's seal."""

    FOUNDING = "founding"
    """Block 0 has none: the founding hash stands for it."""
    SEALED = "sealed"
    MISSING = "missing"
    WRONG = "wrong"
    """Bytes that are no seal of the sealer in force."""


@dataclass(frozen=True, slots=True)
class SealView:
    """A block's seal, checked. `signer`: None without a seal that one key made."""

    state: SealState
    signer: Address | None = None
    reason: str = ""


def check_seal(chain: ChainReader, chain_id: int, header: Header, sealers: SealerSet | None = None) -> SealView:
    """Check a block's seal against the sealer that the state before it names; `sealers`: if they are known already."""
    if header.number == 0:
        return SealView(SealState.FOUNDING)
    data = chain.seal(header.number)
    if data is None:
        return SealView(SealState.MISSING)
    try:
        seal = decode_seal(data)
        if seal.kind is SealKind.SUCCESSION:
            _check_succession(chain, chain_id, header, seal)
            return SealView(SealState.SEALED)
        known = sealers or load_sealers(chain.state(Height(header.number - 1)))
        validate_block_seal(header, seal, chain_id, known)
        return SealView(SealState.SEALED, _signer(seal, chain_id))
    except MissingNodeError:
        if header.number > began_with(chain):
            raise
        return SealView(SealState.SEALED, _signer(decode_seal(data), chain_id))
    except LedgerError as error:
        return SealView(SealState.WRONG, None, error.detail)


def began_with(chain: ChainReader) -> Height:
    """The last block of the snapshot that the node began with, 0 for one that executed every block."""
    return Height(int.from_bytes(chain.extra_row(BEGAN_ROW) or b"", "big"))


def load_sealers(state: StateView) -> SealerSet:
    """Who may seal the next block."""
    (number,) = read(state, SystemContract.PERMISSIONS, "sealer_kind")
    kind = SealKind(number)
    if kind is SealKind.COMMIT:
        return sealer_set(kind, [(validator.address, validator.power) for validator in load_validators(state)])
    (sealer,) = read(state, SystemContract.PERMISSIONS, "sealer")
    return sealer_set(kind, [(sealer, 1)])


def load_recovery(state: StateView) -> Recovery | None:
    """Who may name another sequencer after this state; None where nobody may."""
    ((threshold, silence, keys),) = read(state, SystemContract.PERMISSIONS, "recovery")
    return Recovery(threshold, silence, tuple(Address(key) for key in keys)) if keys else None


def _signer(seal: Seal, chain_id: int) -> Address | None:
    return seal.signer(chain_id) if seal.kind is SealKind.SOLO else None


def _check_succession(chain: ChainReader, chain_id: int, header: Header, seal: Seal) -> None:
    parent = chain.state(Height(header.number - 1))
    recovery = load_recovery(parent)
    if recovery is None:
        raise SealError("seal: by recovery keys on a ledger that had none")
    validate_succession(header, seal, chain_id, recovery, parent.header.timestamp)
