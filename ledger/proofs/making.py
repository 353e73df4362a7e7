"""Making receipts: from a chain, a question and a signed ballot to a file that proves where the ballot stands."""

from ledger.chain.transaction import decode_transaction
from ledger.errors import BadInputError, CannotCheckError
from ledger.ports import AccountProof, ChainReader
from ledger.primitives import Address, Hash32, Height
from ledger.proofs.handover_making import find_handovers, read_seal
from ledger.proofs.receipt import LaterBallot, Receipt
from ledger.proofs.seal import Seal, SealKind, decode_seal
from ledger.proofs.slots import entry_slot, question_slot, version_slot
from ledger.system import SystemContract
from ledger.views.ballot_index import BallotPlace, decode_place, index_key
from ledger.views.ballot_status import load_lane
from ledger.views.seals import load_sealers
from ledger.voting.ballot import Ballot, SignedBallot, ballot_digest, domain_separator, pick_record
from ledger.voting.carried import carried_records
from ledger.voting.lane import place_lane
from ledger.voting.question import Question


class NoSealedBlockError(CannotCheckError):
    """A chain without a sealed block that the receipt could be proved against."""

    type = "no-sealed-block"


class BallotNotFoundError(BadInputError):
    """No accepted ballot of this chain fits what was asked for."""

    type = "ballot-not-found"


class ReceiptMaker:
    """Makes receipts against one block, by default the newest sealed one.

    Errors  NoSealedBlockError.
    """

    def __init__(self, chain: ChainReader, chain_id: int, height: Height | None = None) -> None:
        height = provable_height(chain) if height is None else height
        data = chain.seal(height)
        if height == 0 or data is None:
            raise NoSealedBlockError(f"block {height}: not sealed, expected a sealed block to prove the ballot against")
        self._chain = chain
        self._chain_id = chain_id
        self._state = chain.state(height)
        self._seal = decode_seal(data)
        self._sealers = load_sealers(chain.state(Height(height - 1)))
        self._handovers = find_handovers(chain, height)
        self._versions: dict[Address, AccountProof] = {}

    def make(self, question: Question, signed: SignedBallot, witnesses: tuple[Seal, ...] = ()) -> Receipt:
        """Prove where a ballot stands.

        Shape   the ballot need not be in the count: the receipt then proves that. `later` is filled where another
                ballot of the seat has replaced it.
        Errors  BallotNotFoundError where the replacing ballot is in no block that the index knows.
        """
        ballot, state = signed.ballot, self._state
        place = place_lane(question.form, question.id, ballot.seat)
        return Receipt(
            chain_id=self._chain_id,
            question=question,
            ballot=signed,
            header=state.header.encode(),
            seal=self._seal,
            sealers=self._sealers,
            directory=self._version_proof(question.contract),
            ballots=state.proof(question.contract, [question_slot(question.id), *place.slots]),
            roll=state.proof(SystemContract.ROLL.address, [entry_slot(ballot.seat)]),
            later=self._later_ballot(question, ballot),
            witnesses=witnesses,
            handovers=self._handovers,
        )

    def _version_proof(self, contract: Address) -> AccountProof:
        if contract not in self._versions:
            self._versions[contract] = self._state.proof(SystemContract.DIRECTORY.address, [version_slot(contract)])
        return self._versions[contract]

    def _later_ballot(self, question: Question, ballot: Ballot) -> LaterBallot | None:
        """The ballot that stands in the seat's lane, if it came after this one."""
        lane = load_lane(self._state, question, ballot.seat)
        if lane.sequence <= ballot.sequence:
            return None
        wanted = Ballot(question.hash, ballot.seat, lane.sequence, lane.choice)
        found = _find_ballot(self._chain, self._chain_id, question, wanted)
        return LaterBallot(found.ballot.sequence, found.ballot.choice, found.signature)


def sealed_height(chain: ChainReader) -> Height:
    """The newest block that has its seal; the head may wait for its own for a moment.

    Errors  NoSealedBlockError.
    """
    height = chain.head().number
    while height > 0 and chain.seal(height) is None:
        height = Height(height - 1)
    if height == 0:
        raise NoSealedBlockError("chain: no block after the founding, expected a sealed one")
    return height


def provable_height(chain: ChainReader) -> Height:
    """The newest block that receipts may be proved against."""
    height = sealed_height(chain)
    while height > 0 and not is_provable(chain, height):
        height = Height(height - 1)
    return height


def is_provable(chain: ChainReader, height: Height) -> bool:
    """Whether a block is sealed, and not by recovery keys, which vouch for a new sequencer and for nothing else."""
    seal = read_seal(chain, height) if height > 0 else None
    return seal is not None and seal.kind is not SealKind.SUCCESSION


def find_seat_ballot(chain: ChainReader, chain_id: int, question: Question, seat: int) -> SignedBallot:
    """The ballot that counts for a seat now. Errors: BallotNotFoundError."""
    lane = load_lane(chain.state(), question, seat)
    if lane.sequence == 0:
        raise BallotNotFoundError(f"seat {seat}: no ballot counts in question {question.id}", seat=seat)
    return _find_ballot(chain, chain_id, question, Ballot(question.hash, seat, lane.sequence, lane.choice))


def read_ballot(chain: ChainReader, chain_id: int, question: Question, place: BallotPlace) -> SignedBallot:
    """Read an accepted ballot from the block that carries it.

    Errors  BallotNotFoundError where nothing of the kind stands there.
    """
    block = chain.block(place.height)
    here = slice(place.transaction, place.transaction + 1)
    transactions = [decode_transaction(raw, chain_id) for raw in (block.transactions[here] if block else ())]
    for carried in carried_records(
        transactions, lambda _: chain.receipt(place.height, place.transaction), question.contract
    ):
        if carried.question_id == question.id:
            return pick_record(question.form, question.hash, carried.records, place.record)
    raise BallotNotFoundError(f"block {place.height}: transaction {place.transaction} carries no ballots")


def _find_ballot(chain: ChainReader, chain_id: int, question: Question, wanted: Ballot) -> SignedBallot:
    """The signed ballot of these words, by its row in the index."""
    digest: Hash32 = ballot_digest(domain_separator(chain_id, question.contract), wanted)
    row = chain.extra_row(index_key(digest))
    if row is None:
        raise BallotNotFoundError(
            f"seat {wanted.seat}: ballot with sequence {wanted.sequence} is not in this node's index", seat=wanted.seat
        )
    return read_ballot(chain, chain_id, question, decode_place(row))
