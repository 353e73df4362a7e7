"""CometBFT's home for a node that begins from a snapshot: what it would find there, had it decided on all before."""

import hashlib
import shutil
from pathlib import Path

from ledger.errors import CannotCheckError
from ledger.primitives import to_hex
from ledger.proofs.comet.wire import number_field
from ledger.snapshot.consensus import ConsensusStart, powers_of
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.genesis import MAX_BLOCK_BYTES, make_genesis_document
from node.files import write_durably
from node.snapshot.comet_rows import CometStart, block_rows, state_rows
from node.snapshot.leveldb import write_leveldb
from node.snapshot.proposers import check_proposer, turns_until

STATE, BLOCKS = "state.db", "blockstore.db"
UNLIMITED = (1 << 64) - 1


class ConsensusParametersError(CannotCheckError):
    """A chain of CometBFT with other parameters than this program gives one."""

    type = "other-consensus-parameters"


class HomeTakenError(CannotCheckError):
    """A home in which CometBFT has begun already."""

    type = "consensus-began"


def comet_start(start: ConsensusStart) -> CometStart:
    """Work out whose turn it is to propose, and check it against the headers that are there.

    Errors  ProposerError; ConsensusParametersError.
    """
    decided, current = start.decided.header, start.current.header
    hashed = number_field(1, MAX_BLOCK_BYTES) + number_field(2, UNLIMITED)
    expected = hashlib.sha256(hashed).digest()
    if current.consensus_hash != expected:
        raise ConsensusParametersError(
            f"consensus parameters: found {to_hex(current.consensus_hash)}, expected {to_hex(expected)}"
        )
    initial = start.trail.origin.number + 1
    changes = dict(start.trail.changes)
    if start.following.hash != current.validators_hash:
        changes[decided.height] = powers_of(start.following)
    turns = turns_until(start.trail.powers, initial, changes, decided.height + 2)
    for turn, signed in zip(turns, (start.decided, start.current), strict=False):
        # A later round may carry a block of an earlier proposer.
        if signed.commit.round == 0:
            check_proposer(turn, signed.header.proposer, signed.header.height)
    return CometStart(start, initial, turns)


def write_comet_start(home: CometHome, chain_id: int, comet: CometStart) -> None:
    """Make CometBFT's genesis and databases. Errors: HomeTakenError; nothing is left then, nor where it fails."""
    taken = [path for path in (home.genesis, *_databases(home)) if path.exists()]
    if taken:
        raise HomeTakenError(f"{taken[0]}: CometBFT has begun here already, expected keys alone")
    trail = comet.start.trail
    try:
        write_durably(home.genesis, make_genesis_document(chain_id, trail.origin, dict(trail.powers)))
        write_leveldb(home.data / STATE, state_rows(comet))
        write_leveldb(home.data / BLOCKS, block_rows(comet))
    except BaseException:
        remove_comet_start(home)
        raise


def remove_comet_start(home: CometHome) -> None:
    """Take back what `write_comet_start` made; keys stay."""
    home.genesis.unlink(missing_ok=True)
    for path in _databases(home):
        shutil.rmtree(path, ignore_errors=True)


def _databases(home: CometHome) -> tuple[Path, Path]:
    return home.data / STATE, home.data / BLOCKS
