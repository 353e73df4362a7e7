"""Who vouches for a block."""

from dataclasses import dataclass
from enum import Enum

from ledger.chain.header import Header
from ledger.errors import LedgerError
from ledger.ports import ChainReader, StateView
from ledger.primitives import Address, Height
from ledger.proofs.seal import SealerSet, SealKind, decode_seal, sealer_set, validate_seal
from ledger.reading import read
from ledger.system import SystemContract


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
        known = sealers or load_sealers(chain.state(Height(header.number - 1)))
        validate_seal(seal, chain_id, header.number, header.hash, known)
        return SealView(SealState.SEALED, seal.signer(chain_id) if seal.kind is SealKind.SOLO else None)
    except LedgerError as error:
        return SealView(SealState.WRONG, None, error.detail)


def load_sealers(state: StateView) -> SealerSet:
    """Who may seal the next block."""
    (kind,) = read(state, SystemContract.PERMISSIONS, "sealer_kind")
    (sealer,) = read(state, SystemContract.PERMISSIONS, "sealer")
    return sealer_set(SealKind(kind), [(sealer, 1)])
