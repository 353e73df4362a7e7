"""The verdict on a receipt, from the receipt and an anchor alone (formats.md, 10)."""

from dataclasses import dataclass
from enum import StrEnum

from ledger.chain.header import Header, decode_header
from ledger.errors import BadInputError, LedgerError
from ledger.ports import AccountProof
from ledger.primitives import Height, Timestamp
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover import Trusted, follow_handovers
from ledger.proofs.receipt import Receipt
from ledger.proofs.seal import SealKind
from ledger.proofs.slots import KEY_BITS, entry_slot, is_version_of, question_slot, version_slot
from ledger.proofs.storage import ProofMemo, verify_proof
from ledger.proofs.succession import validate_block_seal
from ledger.system import SystemContract
from ledger.voting.ballot import SignedBallot, recover_voter
from ledger.voting.choice import decode_choice
from ledger.voting.lane import Lane, place_lane, read_lane


class Standing(StrEnum):
    """What became of a ballot."""

    COUNTED = "counted"
    REPLACED = "replaced"
    NOT_IN_THE_COUNT = "not in the count"
    CANNOT_BE_CHECKED = "cannot be checked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt proves.

    Shape   `height`: the block that it is proved against, None where nothing could be checked. `is_final`: the window
            had closed by then, so that nothing can change any more. `witnesses`: how many of the anchor's witnesses
            sealed the same block. `reason`: one sentence, never the choice.
    """

    standing: Standing
    reason: str
    height: Height | None = None
    is_final: bool = False
    witnesses: int = 0


class _CannotCheckError(Exception):
    """Why a receipt proves nothing."""


def check_receipt(
    receipt: Receipt, anchor: Anchor | None, memo: ProofMemo | None = None, now: Timestamp | None = None
) -> Verdict:
    """Judge a receipt. Never raises for what the receipt holds: what does not hold up cannot be checked.

    Shape   `memo`: shared by receipts of one block, so that upper trie nodes are hashed once. `now`: the reader's time,
            by which an anchor is too old or a succession too early; None where the reader vouches for both.
    """
    if anchor is None:
        return _unchecked("no trust anchor was given; without one, any forged ledger would pass")
    if now is not None and anchor.is_old(now):
        return _unchecked("the anchor's time is over: those who sealed then are trusted no more; take a newer one")
    try:
        header = _check_block(receipt, anchor, now)
        lane = _check_state(receipt, header, memo or ProofMemo())
        _check_signature(receipt, receipt.ballot, "ballot")
        witnesses = _count_witnesses(receipt, header, anchor)
        return _judge(receipt, header, lane, witnesses)
    except _CannotCheckError as error:
        return _unchecked(str(error))
    except LedgerError as error:
        return _unchecked(error.detail)


def _unchecked(reason: str) -> Verdict:
    return Verdict(Standing.CANNOT_BE_CHECKED, reason)


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise _CannotCheckError(reason)


def _check_block(receipt: Receipt, anchor: Anchor, now: Timestamp | None) -> Header:
    """The block is of the anchor's ledger, not older than the anchor, and sealed by those whom the anchor names, or to
    whom they handed over.
    """
    _require(receipt.question.founding == anchor.founding, "the receipt is of another ledger than the anchor")
    chain_id = int.from_bytes(anchor.founding[:6], "big")
    _require(receipt.chain_id == chain_id, f"chain id {receipt.chain_id}, but this ledger has {chain_id}")
    header = decode_header(receipt.header)
    _require(header.number >= anchor.height, f"block {header.number} is older than the anchor at {anchor.height}")
    if header.number == anchor.height:
        _require(header.hash == anchor.block_hash, f"block {header.number} is another one than the anchor's")
        return header
    trusted = Trusted(anchor.height, anchor.block_hash, anchor.sealers)
    trusted = follow_handovers(receipt.handovers, chain_id, trusted, now)
    _require(header.number > trusted.height, f"block {header.number} is older than a handover at {trusted.height}")
    whose = "that the anchor names" if trusted.height == anchor.height else f"in force since block {trusted.height}"
    _require(receipt.sealers.hash == trusted.sealers, f"the sealers are not those {whose}")
    validate_block_seal(header, receipt.seal, chain_id, receipt.sealers)
    return header


def _check_state(receipt: Receipt, header: Header, memo: ProofMemo) -> Lane:
    """The proofs hold, and are of the places that they must be of; the seat's lane."""
    question, ballot = receipt.question, receipt.ballot.ballot
    place = place_lane(question.form, question.id, ballot.seat)
    parts = (
        (receipt.directory, SystemContract.DIRECTORY.address, (version_slot(question.contract),)),
        (receipt.ballots, question.contract, (question_slot(question.id), *place.slots)),
        (receipt.roll, SystemContract.ROLL.address, (entry_slot(ballot.seat),)),
    )
    for proof, address, slots in parts:
        _require(proof.address == address, f"a proof is of 0x{proof.address.hex()}, expected 0x{address.hex()}")
        found = tuple(slot for slot, _, _ in proof.storage)
        _require(found == slots, f"a proof is of other storage slots of 0x{address.hex()} than the receipt needs")
        verify_proof(proof, header.state_root, memo)
    (version,) = _values(receipt.directory)
    _require(is_version_of(version, SystemContract.BALLOTS), "the contract is none of this ledger's Ballots")
    stored, *words = _values(receipt.ballots)
    _require(stored == int.from_bytes(question.hash, "big"), "the question's terms are not those on the ledger")
    return read_lane(question.form, place, words)


def _values(proof: AccountProof) -> tuple[int, ...]:
    return tuple(value for _, value, _ in proof.storage)


def _check_signature(receipt: Receipt, signed: SignedBallot, what: str) -> None:
    """The seat's key signed, and had the seat when the question was recorded."""
    (entry,) = _values(receipt.roll)
    key, since = entry & (1 << KEY_BITS) - 1, entry >> KEY_BITS
    _require(key != 0, f"seat {signed.ballot.seat} is empty")
    voter = recover_voter(receipt.domain, signed)
    _require(int.from_bytes(voter, "big") == key, f"the {what} is not signed by the seat's key; was the key renewed?")
    _require(since <= receipt.question.record, "the seat's key came after the question's record time")


def _count_witnesses(receipt: Receipt, header: Header, anchor: Anchor) -> int:
    """How many different witnesses of the anchor sealed this very block."""
    seen = set()
    for seal in receipt.witnesses:
        if seal.kind is SealKind.WITNESS and (seal.height, seal.block_hash) == (header.number, header.hash):
            seen.add(seal.signer(receipt.chain_id))
    return len(seen & set(anchor.witnesses))


def _judge(receipt: Receipt, header: Header, lane: Lane, witnesses: int) -> Verdict:
    ballot = receipt.ballot.ballot
    is_final = header.timestamp >= receipt.question.closes

    def verdict(standing: Standing, reason: str) -> Verdict:
        return Verdict(standing, reason, header.number, is_final, witnesses)

    has_later = lane.sequence > ballot.sequence
    _require(has_later or receipt.later is None, "it carries a later ballot, but none stands in its place")
    if (lane.sequence, lane.choice) == (ballot.sequence, ballot.choice):
        return verdict(Standing.COUNTED, "final" if is_final else f"as of block {header.number}")
    if has_later:
        later = receipt.later_ballot()
        _require(later is not None, "a later ballot stands in its place, but the receipt does not carry it")
        if later is not None:
            _check_signature(receipt, later, "later ballot")
            fits = (later.ballot.sequence, later.ballot.choice) == (lane.sequence, lane.choice)
            _require(fits, "the later ballot in the receipt is not the one that counts")
        return verdict(Standing.REPLACED, f"by your ballot with sequence {lane.sequence}")
    try:
        decode_choice(receipt.question.form, ballot.choice)
    except BadInputError:
        # The error would name what was chosen, so the verdict only says that there is one.
        return verdict(Standing.NOT_IN_THE_COUNT, "its choice is none that the question allows")
    if lane.sequence == ballot.sequence:
        return verdict(Standing.NOT_IN_THE_COUNT, "another ballot with the same sequence counts for this seat")
    return verdict(Standing.NOT_IN_THE_COUNT, "the ledger has no such ballot" + ("" if is_final else " yet"))
