"""Disputes: where a peer's chain leaves the one that was vouched for, and who signed both."""

from dataclasses import dataclass

from ledger.bundle.parts import SealedBlock
from ledger.chain.header import decode_header
from ledger.errors import CannotCheckError, LedgerError
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover_making import find_handovers, prove_recovery
from ledger.proofs.misconduct import EQUIVOCATION, SUCCESSION_FORK, Misconduct, SignedBlock
from ledger.proofs.seal import SealKind, decode_seal
from ledger.views.seals import load_sealers
from node.watchdog.judge import Judge
from node.watchdog.sealing import check_block_seal
from scripts.records.feed import PeerMisbehavesError
from scripts.watching.peers import Peer


@dataclass(frozen=True, slots=True)
class Fork:
    """The first block that differs. Shape: `evidence`: None where the peer's block is not sealed by who may seal."""

    height: Height
    block_hash: Hash32
    detail: str
    evidence: Misconduct | None


def judge_fork(peer: Peer, judge: Judge, anchor: Anchor, height: int) -> Fork:
    """Find the first block at which a peer differs, given that it differs at `height`, and check its seal.

    Errors  PeerMisbehavesError where the peer contradicts itself.
    """
    theirs = _find_first(peer, judge, height)
    header = theirs.block.header
    place = Height(header.number)
    own, seal = judge.chain.header(place), judge.chain.seal(place)
    if own is None or seal is None:
        raise PeerMisbehavesError(f"{peer.name}: blocks: found another block {place} than it announced")
    said = f"block {place}: {to_hex(header.hash)} and {to_hex(own.hash)}, from {peer.name} and from others"
    parent = judge.chain.state(Height(place - 1))
    sealers = load_sealers(parent)
    try:
        check_block_seal(theirs.seal, header, int.from_bytes(anchor.founding[:6], "big"), parent, sealers)
    except LedgerError as error:
        return Fork(place, header.hash, f"{said}; the former has no good seal: {error.detail}", None)
    blocks = SignedBlock(own.encode(), seal), SignedBlock(header.encode(), theirs.seal)
    is_succession = any(is_by_recovery_keys(block) for block in blocks)
    code = SUCCESSION_FORK if is_succession else EQUIVOCATION
    detail = f"{said}; {'recovery keys sealed one of them' if is_succession else 'the same sealers sealed both'}"
    return Fork(place, header.hash, detail, make_misconduct(judge.chain, anchor.founding, code, detail, blocks))


def make_misconduct(
    chain: ChainReader, founding: Hash32, code: str, detail: str, blocks: tuple[SignedBlock, ...]
) -> Misconduct:
    """Evidence that any older anchor judges: with how those came into office who could seal at that height."""
    height = decode_header(blocks[0].header).number
    recovery = prove_recovery(chain, height) if any(is_by_recovery_keys(block) for block in blocks) else None
    sealers = load_sealers(chain.state(Height(height - 1)))
    try:
        handovers = find_handovers(chain, height)
    except CannotCheckError:
        # Evidence that only an anchor of that time judges is better than none.
        handovers = ()
    return Misconduct(founding, code, detail, sealers, blocks, handovers, recovery)


def is_by_recovery_keys(block: SignedBlock) -> bool:
    """Errors  SealError for bytes that are no seal."""
    return decode_seal(block.seal).kind is SealKind.SUCCESSION


def _find_first(peer: Peer, judge: Judge, height: int) -> SealedBlock:
    """Blocks below the found one are the same, so halving the distance finds it in few requests."""
    low, high, found = 0, height, peer.block(height)
    if _is_own(judge, found):
        raise PeerMisbehavesError(f"{peer.name}: head: found another hash than that of the block it gives")
    while high - low > 1:
        middle = (low + high) // 2
        block = peer.block(middle)
        if _is_own(judge, block):
            low = middle
        else:
            high, found = middle, block
    parent = judge.chain.header(Height(low))
    if parent is None or found.block.header.parent_hash != parent.hash:
        raise PeerMisbehavesError(f"{peer.name}: blocks: found block {high} that does not follow its own block {low}")
    return found


def _is_own(judge: Judge, sealed: SealedBlock) -> bool:
    header = sealed.block.header
    own = judge.chain.header(header.number)
    return own is not None and own.hash == header.hash
