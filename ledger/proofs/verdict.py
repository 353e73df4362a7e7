"""The verdict on a receipt, from the receipt and an anchor alone (formats.md, 10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ledger.chain.header import Header
from ledger.errors import BadInputError
from ledger.ports import AccountProof
from ledger.primitives import Address, Height, Timestamp
from ledger.proofs.anchor import Anchor
from ledger.proofs.cause import Cause, UncheckableError, judging, require
from ledger.proofs.handover import Trusted, decode_sealed_header, follow_handovers
from ledger.proofs.receipt import Receipt
from ledger.proofs.slots import KEY_BITS, entry_slot, is_version_of, question_slot, version_slot
from ledger.proofs.storage import ProofMemo, verify_proof
from ledger.proofs.succession import validate_block_seal
from ledger.proofs.witnessing import find_witnesses
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
            had closed by then, so that nothing can change any more. `witnesses`: who of those whom the reader trusts
            sealed the same block. `reason`: one sentence, never the choice. `cause`: why it cannot be checked, else
            None.
    """

    standing: Standing
    reason: str
    height: Height | None = None
    is_final: bool = False
    witnesses: tuple[Address, ...] = ()
    cause: Cause | None = None


def check_receipt(
    receipt: Receipt,
    anchor: Anchor | None,
    memo: ProofMemo | None = None,
    now: Timestamp | None = None,
    trusted: Iterable[Address] = (),
) -> Verdict:
    """Judge a receipt. Never raises for what the receipt holds: what does not hold up cannot be checked.

    Shape   `memo`: shared by receipts of one block, so that upper trie nodes are hashed once. `now`: the reader's time,
            by which an anchor is too old or a succession too early; None where the reader vouches for both. `trusted`:
            witnesses whom the reader trusts besides those of the anchor.
    """
    try:
        anchor = _usable(anchor, now)
        header = _check_block(receipt, anchor, now)
        lane = _check_state(receipt, header, memo or ProofMemo())
        _check_signature(receipt, receipt.ballot, Cause.SIGNATURE)
        known = frozenset((*anchor.witnesses, *trusted))
        witnesses = find_witnesses(receipt.witnesses, header, receipt.chain_id, known)
        return _judge(receipt, header, lane, witnesses)
    except UncheckableError as error:
        return Verdict(Standing.CANNOT_BE_CHECKED, error.reason, cause=error.cause)


def _usable(anchor: Anchor | None, now: Timestamp | None) -> Anchor:
    if anchor is None:
        raise UncheckableError(Cause.NO_ANCHOR, "no trust anchor was given; without one, any forged ledger would pass")
    is_old = now is not None and anchor.is_old(now)
    require(
        Cause.OLD_ANCHOR,
        not is_old,
        "the anchor's time is over: those who sealed then are trusted no more; take a newer one",
    )
    return anchor


def _check_block(receipt: Receipt, anchor: Anchor, now: Timestamp | None) -> Header:
    """The block is of the anchor's ledger, not older than the anchor, and sealed by those whom the anchor names, or to
    whom they handed over.
    """
    is_same = receipt.question.founding == anchor.founding
    require(Cause.LEDGER, is_same, "the receipt is of another ledger than the anchor")
    chain_id = int.from_bytes(anchor.founding[:6], "big")
    is_same = receipt.chain_id == chain_id
    require(Cause.LEDGER, is_same, f"chain id {receipt.chain_id}, but this ledger has {chain_id}")
    with judging(Cause.HEADER):
        header = decode_sealed_header(receipt.header)
    height = header.number
    require(Cause.BLOCK, height >= anchor.height, f"block {height} is older than the anchor at {anchor.height}")
    if height == anchor.height:
        require(Cause.BLOCK, header.hash == anchor.block_hash, f"block {height} is another one than the anchor's")
        return header
    trusted = Trusted(anchor.height, anchor.block_hash, anchor.sealers)
    with judging(Cause.HANDOVER):
        trusted = follow_handovers(receipt.handovers, chain_id, trusted, now)
    is_later = height > trusted.height
    require(Cause.HANDOVER, is_later, f"block {height} is older than a handover at {trusted.height}")
    whose = "that the anchor names" if trusted.height == anchor.height else f"in force since block {trusted.height}"
    require(Cause.SEALERS, receipt.sealers.hash == trusted.sealers, f"the sealers are not those {whose}")
    with judging(Cause.SEAL):
        validate_block_seal(header, receipt.seal, chain_id, receipt.sealers)
    return header


def _check_state(receipt: Receipt, header: Header, memo: ProofMemo) -> Lane:
    """The proofs hold, and are of the places that they must be of; the seat's lane."""
    question, ballot = receipt.question, receipt.ballot.ballot
    with judging(Cause.PROOF):
        place = place_lane(question.form, question.id, ballot.seat)
    parts = (
        (receipt.directory, SystemContract.DIRECTORY.address, (version_slot(question.contract),)),
        (receipt.ballots, question.contract, (question_slot(question.id), *place.slots)),
        (receipt.roll, SystemContract.ROLL.address, (entry_slot(ballot.seat),)),
    )
    for proof, address, slots in parts:
        said = f"a proof is of 0x{proof.address.hex()}, expected 0x{address.hex()}"
        require(Cause.PROOF, proof.address == address, said)
        found = tuple(slot for slot, _, _ in proof.storage)
        said = f"a proof is of other storage slots of 0x{address.hex()} than the receipt needs"
        require(Cause.PROOF, found == slots, said)
        with judging(Cause.PROOF):
            verify_proof(proof, header.state_root, memo)
    (version,) = _values(receipt.directory)
    is_ballots = is_version_of(version, SystemContract.BALLOTS)
    require(Cause.CONTRACT, is_ballots, "the contract is none of this ledger's Ballots")
    stored, *words = _values(receipt.ballots)
    is_asked = stored == int.from_bytes(question.hash, "big")
    require(Cause.QUESTION, is_asked, "the question's terms are not those on the ledger")
    return read_lane(question.form, place, words)


def _values(proof: AccountProof) -> tuple[int, ...]:
    return tuple(value for _, value, _ in proof.storage)


def _check_signature(receipt: Receipt, signed: SignedBallot, cause: Cause) -> None:
    """The seat's key signed, and had the seat when the question was recorded."""
    (entry,) = _values(receipt.roll)
    key, since = entry & (1 << KEY_BITS) - 1, entry >> KEY_BITS
    require(Cause.SEAT, key != 0, f"seat {signed.ballot.seat} is empty")
    with judging(cause):
        voter = recover_voter(receipt.domain, signed)
    what = "later ballot" if cause is Cause.LATER else "ballot"
    is_hers = int.from_bytes(voter, "big") == key
    require(cause, is_hers, f"the {what} is not signed by the seat's key; was the key renewed?")
    require(Cause.SEAT, since <= receipt.question.record, "the seat's key came after the question's record time")


def _judge(receipt: Receipt, header: Header, lane: Lane, witnesses: tuple[Address, ...]) -> Verdict:
    ballot = receipt.ballot.ballot
    is_final = header.timestamp >= receipt.question.closes

    def verdict(standing: Standing, reason: str) -> Verdict:
        return Verdict(standing, reason, header.number, is_final, witnesses)

    if lane.sequence > ballot.sequence:
        _check_later(receipt, lane)
        return verdict(Standing.REPLACED, f"by your ballot with sequence {lane.sequence}")
    require(Cause.LATER, receipt.later is None, "it carries a later ballot, but none stands in its place")
    if ballot.sequence == 0:
        return verdict(Standing.NOT_IN_THE_COUNT, "ballots count from sequence 1 on")
    if (lane.sequence, lane.choice) == (ballot.sequence, ballot.choice):
        return verdict(Standing.COUNTED, "final" if is_final else f"as of block {header.number}")
    try:
        decode_choice(receipt.question.form, ballot.choice)
    except BadInputError:
        # The error would name what was chosen, so the verdict only says that there is one.
        return verdict(Standing.NOT_IN_THE_COUNT, "its choice is none that the question allows")
    if lane.sequence == ballot.sequence:
        return verdict(Standing.NOT_IN_THE_COUNT, "another ballot with the same sequence counts for this seat")
    return verdict(Standing.NOT_IN_THE_COUNT, "the ledger has no such ballot" + ("" if is_final else " yet"))


def _check_later(receipt: Receipt, lane: Lane) -> None:
    """The ballot that replaced the receipt's is the one that counts, and her key signed it."""
    later = receipt.later_ballot()
    if later is None:
        raise UncheckableError(Cause.LATER, "a later ballot stands in its place, but the receipt does not carry it")
    _check_signature(receipt, later, Cause.LATER)
    fits = (later.ballot.sequence, later.ballot.choice) == (lane.sequence, lane.choice)
    require(Cause.LATER, fits, "the later ballot in the receipt is not the one that counts")
