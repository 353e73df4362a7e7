"""Making handovers and anchors: from a chain to what a reader needs to trust its newest sealers."""

from ledger.chain.header import decode_header
from ledger.errors import CannotCheckError
from ledger.ports import AccountProof, ChainReader
from ledger.primitives import Hash32, Height, Timestamp
from ledger.proofs.anchor import FOR_EVER, Anchor
from ledger.proofs.handover import Handover, RecoveryProof, SealedHeader
from ledger.proofs.seal import Seal, SealKind, decode_seal
from ledger.proofs.slots import CHANGED_SLOT, RECOVERY_SLOT, SEALERS_SLOT, TRUST_SLOT
from ledger.system import SystemContract
from ledger.views.seals import load_recovery, load_sealers

PERMISSIONS = SystemContract.PERMISSIONS.address
FOUNDING = Height(0)


class NoHandoverError(CannotCheckError):
    """A chain that does not hold what would prove how its sealers changed."""

    type = "no-handover"


def find_handovers(chain: ChainReader, target: Height, since: Height = FOUNDING) -> tuple[Handover, ...]:
    """How the sealers changed after block `since` and before block `target`, ascending.

    Errors  NoHandoverError.
    """
    found = []
    while (changed := _last_change(chain, target)) > since:
        seal = read_seal(chain, changed)
        # A block without a seal stands under a succession, which leads past it.
        if seal is not None:
            found.append(_make_handover(chain, changed, seal))
        target = changed
    return tuple(reversed(found))


def make_anchor(chain: ChainReader, founding: Hash32, height: Height) -> Anchor:
    """An anchor of a sealed block, or of the founding. Errors: NoHandoverError for one without a seal."""
    if height != FOUNDING and read_seal(chain, height) is None:
        raise NoHandoverError(f"block {height}: not sealed, expected one that somebody vouches for")
    state = chain.state(height)
    header = state.header
    period = state.storage(PERMISSIONS, TRUST_SLOT)
    return Anchor(
        founding,
        height,
        header.hash,
        load_sealers(state).hash,
        header.timestamp,
        until=Timestamp(header.timestamp + period) if period else FOR_EVER,
    )


def read_seal(chain: ChainReader, height: Height) -> Seal | None:
    data = chain.seal(height)
    return None if data is None else decode_seal(data)


def _last_change(chain: ChainReader, target: Height) -> Height:
    """The newest block below `target` that changed the sealers, 0 for the founding."""
    return Height(chain.state(Height(target - 1)).storage(PERMISSIONS, CHANGED_SLOT))


def _make_handover(chain: ChainReader, height: Height, seal: Seal) -> Handover:
    state = chain.state(height)
    proof = state.proof(PERMISSIONS, [SEALERS_SLOT])
    if seal.kind is not SealKind.SUCCESSION:
        sealers = load_sealers(chain.state(Height(height - 1)))
        return Handover(SealedHeader(state.header.encode(), seal, sealers), proof)
    recovery = prove_recovery(chain, height)
    sealers = load_sealers(chain.state(decode_header(recovery.header).number))
    return Handover(SealedHeader(state.header.encode(), seal, sealers), proof, recovery)


def prove_recovery(chain: ChainReader, height: Height) -> RecoveryProof:
    """The recovery terms that a succession of this height goes by, after the newest block below it that has a seal.

    Errors  NoHandoverError.
    """
    earlier = height - 1
    while earlier > 0 and chain.seal(Height(earlier)) is None:
        earlier -= 1
    height = Height(earlier)
    state = chain.state(height)
    recovery = load_recovery(state)
    if recovery is None:
        raise NoHandoverError(f"block {height}: no recovery keys after it, expected those that sealed a later block")
    proof: AccountProof = state.proof(PERMISSIONS, [RECOVERY_SLOT])
    return RecoveryProof(state.header.encode(), read_seal(chain, height), proof, recovery)
