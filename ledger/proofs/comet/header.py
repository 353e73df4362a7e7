"""A header of CometBFT: fourteen fields under one hash."""

from dataclasses import dataclass
from functools import cached_property

from ledger.primitives import Address, Hash32
from ledger.proofs.comet.merkle import tree_root
from ledger.proofs.comet.wire import INT63, BlockId, Instant, bytes_field, number_field, validate_length, validate_range

BLOCK_PROTOCOL = 11
"""The one block protocol that is read here, CometBFT's since 0.34."""
HASHES = (
    "last_commit_hash",
    "data_hash",
    "validators_hash",
    "next_validators_hash",
    "consensus_hash",
    "app_hash",
    "last_results_hash",
    "evidence_hash",
)


def chain_name(chain_id: int) -> str:
    """What a ledger's chain is called in CometBFT."""
    return f"ortaq-{chain_id}"


@dataclass(frozen=True)
class CometHeader:
    """A consensus header after the initial one.

    Shape   `app_hash`: hash of the ledger's newest block before this consensus block. `height`: of consensus, which is
            not the ledger's.
    Errors  CommitError for a field out of its range.
    Source  `Header.Hash` in CometBFT 0.38.
    """

    app_version: int
    chain: str
    height: int
    time: Instant
    last_block: BlockId
    last_commit_hash: Hash32
    data_hash: Hash32
    validators_hash: Hash32
    next_validators_hash: Hash32
    consensus_hash: Hash32
    app_hash: Hash32
    last_results_hash: Hash32
    evidence_hash: Hash32
    proposer: Address

    def __post_init__(self) -> None:
        validate_range("app version", self.app_version, 0, 1 << 64)
        validate_range("consensus height", self.height, 1, INT63)
        for name in HASHES:
            validate_length(name, getattr(self, name), 32)
        validate_length("proposer", self.proposer, 20)

    @cached_property
    def hash(self) -> Hash32:
        return tree_root(
            [
                number_field(1, BLOCK_PROTOCOL) + number_field(2, self.app_version),
                bytes_field(1, self.chain.encode()),
                number_field(1, self.height),
                self.time.encode(),
                self.last_block.encode(),
                *(bytes_field(1, getattr(self, name)) for name in HASHES),
                bytes_field(1, self.proposer),
            ]
        )
