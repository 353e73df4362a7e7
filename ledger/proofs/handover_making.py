"""Making handovers and anchors: from a chain to what a reader needs to trust its newest sealers."""

from collections.abc import Iterator

from ledger.bundle.documents import encode_json
from ledger.chain.header import decode_header
from ledger.errors import CannotCheckError
from ledger.json_text import parse_json
from ledger.ports import AccountProof, ChainReader
from ledger.primitives import Hash32, Height, Timestamp
from ledger.proofs.anchor import FOR_EVER, Anchor
from ledger.proofs.handover import Handover, RecoveryProof, SealedHeader
from ledger.proofs.handover_json import handover_record, read_handover
from ledger.proofs.seal import Seal, SealKind, decode_seal
from ledger.proofs.slots import CHANGED_SLOT, RECOVERY_SLOT, SEALERS_SLOT, TRUST_SLOT
from ledger.system import SystemContract
from ledger.views.seals import began_with, load_recovery, load_sealers

PERMISSIONS = SystemContract.PERMISSIONS.address
FOUNDING = Height(0)
KEPT_ROW = b"handover/"
"""‖ height u64: a handover as JSON, on a node that began with a later snapshot."""


class NoHandoverError(CannotCheckError):
    """A chain that does not hold what would prove how its sealers changed."""

    type = "no-handover"


def find_handovers(chain: ChainReader, target: Height, since: Height = FOUNDING) -> tuple[Handover, ...]:
    """How the sealers changed after block `since` and before block `target`, ascending.

    Errors  NoHandoverError.
    """
    found: list[Handover] = []
    began = began_with(chain)
    while (changed := _last_change(chain, target)) > since:
        if changed <= began:
            # The states that would prove it are not here; the snapshot brought the proofs.
            return (*_kept(chain, since, changed), *reversed(found))
        seal = read_seal(chain, changed)
        # A block without a seal stands under a succession, which leads past it.
        if seal is not None:
            found.append(_make_handover(chain, changed, seal))
        target = changed
    return tuple(reversed(found))


def kept_row(handover: Handover) -> tuple[bytes, bytes]:
    """The row of a node that keeps a handover whose states it does not have."""
    number = decode_header(handover.block.header).number
    return KEPT_ROW + number.to_bytes(8, "big"), encode_json(handover_record(handover))


def _kept(chain: ChainReader, since: Height, until: Height) -> Iterator[Handover]:
    for key, value in chain.scan_extra_rows(KEPT_ROW):
        if since < int.from_bytes(key[len(KEPT_ROW) :], "big") <= until:
            yield read_handover(parse_json(value))


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
