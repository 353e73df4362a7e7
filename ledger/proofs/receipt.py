"""Receipts: what a citizen keeps, and anyone can check against an anchor without asking anybody (formats.md, 10)."""

from dataclasses import dataclass

from ledger.ports import AccountProof
from ledger.primitives import Address, Hash32
from ledger.proofs.code import ballot_code
from ledger.proofs.handover import Handover
from ledger.proofs.seal import Seal, SealerSet
from ledger.voting.ballot import Ballot, SignedBallot, ballot_digest, domain_separator
from ledger.voting.form import Form
from ledger.voting.question import Question


def neighbours_of(form: Form) -> int:
    """How many other seats' ballots a storage word may hold beside one ballot: a proof cannot leave them out."""
    return max(form.lanes_per_slot - 1, 0)


@dataclass(frozen=True, slots=True)
class LaterBallot:
    """The ballot of the same seat that replaced the receipt's."""

    sequence: int
    choice: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed ballot with proofs of where it stands after one sealed block.

    Shape   `header`: RLP. Proofs are against its state root: `directory` (version of the Ballots contract), `ballots`
            (question hash, then the lane's slots), `roll` (the seat's entry). `witnesses`: seals of the same block.
            `handovers`: how the sealers changed before it.
    """

    chain_id: int
    question: Question
    ballot: SignedBallot
    header: bytes
    seal: Seal
    sealers: SealerSet
    directory: AccountProof
    ballots: AccountProof
    roll: AccountProof
    later: LaterBallot | None = None
    witnesses: tuple[Seal, ...] = ()
    handovers: tuple[Handover, ...] = ()

    @property
    def domain(self) -> Hash32:
        """EIP-712 domain of the Ballots contract that the receipt names."""
        return domain_separator(self.chain_id, self.contract)

    @property
    def contract(self) -> Address:
        return self.question.contract

    @property
    def digest(self) -> Hash32:
        """What the voter's key signed."""
        return ballot_digest(self.domain, self.ballot.ballot)

    @property
    def code(self) -> str:
        """The ballot's short name."""
        return ballot_code(self.digest)

    def later_ballot(self) -> SignedBallot | None:
        """The replacing ballot as a whole signed ballot."""
        if self.later is None:
            return None
        mine = self.ballot.ballot
        ballot = Ballot(mine.question, mine.seat, self.later.sequence, self.later.choice)
        return SignedBallot(ballot, self.later.signature)
