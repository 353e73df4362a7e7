"""A chain of CometBFT made here: consensus headers that are linked and signed, some of which hold a ledger's block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.chain.header import Header
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH, Gas, Hash32, Height, Timestamp, keccak256
from ledger.proofs.comet.commit import SignedHeader
from ledger.proofs.comet.header import chain_name
from ledger.proofs.comet.validators import ValidatorSet
from ledger.proofs.comet.wire import BlockId
from ledger.proofs.seal import Seal, make_commit_seal
from tests.ledger.proofs.comet.synthetic import CHAIN_ID, PARTS, Signer, unsigned, vote, with_votes


def make_header(number: int) -> Header:
    """A ledger's block, of which only number and hash count here."""
    parent = ZERO_HASH if number == 0 else make_header(number - 1).hash
    root = keccak256(b"state %d" % number)
    return Header(parent, ZERO_ADDRESS, root, Height(number), Gas(1), Timestamp(number))


@dataclass
class CometChain:
    """Consensus headers from `initial` on.

    Shape   `decided`: consensus heights that hold blocks `initial`, `initial` + 1, ...; `signers`: in office by height
            from which on; `silent`: places whose votes are missing.
    """

    initial: int
    decided: Sequence[int]
    signers: Mapping[int, list[Signer]]
    silent: Sequence[int] = ()
    _made: dict[int, SignedHeader] = field(default_factory=dict)

    def signed(self, height: int) -> SignedHeader:
        if height not in self._made:
            self._made[height] = self._sign(height)
        return self._made[height]

    def seal(self, number: int) -> Seal:
        """The seal of a block: the header after that which holds it."""
        return make_commit_seal(Height(number), self.signed(self.decided[number - self.initial] + 1))

    def in_office(self, height: int) -> list[Signer]:
        return self.signers[max(start for start in self.signers if start <= height)]

    def _sign(self, height: int) -> SignedHeader:
        signers = self.in_office(height)
        number = self.initial - 1 + sum(decided < height for decided in self.decided)
        signed = unsigned(signers, make_header(number).hash)
        following = ValidatorSet(tuple(signer.validator for signer in self.in_office(height + 1)))
        changed = {"height": height, "next_validators_hash": following.hash, "chain": chain_name(CHAIN_ID)}
        if height > self.initial:
            changed["last_block"] = BlockId(Hash32(self.signed(height - 1).header.hash), PARTS)
        signed = replace(signed, header=replace(signed.header, **changed))  # type: ignore[arg-type]
        votes = [None if place in self.silent else vote(signer, signed) for place, signer in enumerate(signers)]
        return with_votes(signed, votes)
