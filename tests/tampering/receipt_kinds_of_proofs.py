"""The kinds of tampering with what a receipt proves, and against what: proofs, block, question, anchor, later one."""

from dataclasses import replace

from ledger.chain.header import Header
from ledger.chain.rlp import decode_list, encode_bytes, encode_list
from ledger.primitives import Hash32, Height, Timestamp, keccak256
from ledger.proofs.cause import Cause
from ledger.proofs.receipt import LaterBallot
from ledger.proofs.receipt_json import encode_receipt
from ledger.proofs.seal import SealerSet, SealKind, make_seal, sealer_set
from ledger.proofs.slots import version_slot
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, sign_ballot
from tests.scripts.small_ledger import voter_key
from tests.tampering.receipt_kinds import OTHER_CHOICE, STRANGER, kind, simple
from tests.tampering.receipts import NOW, Draft, Given
from tests.verifier.receipts import SEAT

# The proofs.

simple(
    "node-altered",
    Cause.PROOF,
    "a digit of a storage node",
    lambda d: d.flip("ballots", "storage", 1, "proof", 0, at=40),
)
simple(
    "account-node-altered",
    Cause.PROOF,
    "a digit of an account's node",
    lambda d: d.flip("roll", "account_proof", 0, at=40),
)
simple(
    "node-left-out",
    Cause.PROOF,
    "a storage node fewer",
    lambda d: d.edit(lambda r: r["ballots"]["storage"][1]["proof"].pop()),
)
simple(
    "node-added",
    Cause.PROOF,
    "a storage node twice",
    lambda d: d.edit(lambda r: r["roll"]["storage"][0]["proof"].append(r["roll"]["storage"][0]["proof"][-1])),
)
simple("word-altered", Cause.PROOF, "another word of ballots", lambda d: d.flip("ballots", "storage", 1, "value"))
simple("roll-entry-altered", Cause.PROOF, "another key of the seat", lambda d: d.flip("roll", "storage", 0, "value"))
simple("slot-altered", Cause.PROOF, "another slot of Ballots", lambda d: d.flip("ballots", "storage", 1, "slot"))
simple("lane-left-out", Cause.PROOF, "no proof of the lane", lambda d: d.edit(lambda r: r["ballots"]["storage"].pop()))
simple("nonce-altered", Cause.PROOF, "another nonce of the account", lambda d: d.put(7, "ballots", "nonce"))
simple("code-hash-altered", Cause.PROOF, "another code of the contract", lambda d: d.flip("ballots", "code_hash"))
simple("storage-root-altered", Cause.PROOF, "another storage root", lambda d: d.flip("roll", "storage_root"))
simple(
    "proofs-swapped",
    Cause.PROOF,
    "the proofs of directory and roll exchanged",
    lambda d: d.give(directory=d.receipt.roll, roll=d.receipt.directory),
)


@kind("not-cast-as-counted", Cause.PROOF, "the lane says what the ballot says, and the node does not", base="not-cast")
def _(draft: Draft) -> Given:
    counted = draft.bases.receipts["counted"]
    question, lane = draft.receipt.ballots.storage
    word = counted.ballots.storage[1][1]
    return draft.give(ballots=replace(draft.receipt.ballots, storage=(question, (lane[0], word, lane[2]))))


# The block.

simple("header-cut", Cause.HEADER, "the header without its last byte", lambda d: d.give(header=d.receipt.header[:-1]))
simple(
    "header-without-a-field", Cause.HEADER, "a header of nineteen fields", lambda d: d.give(header=_without_field(d))
)
simple(
    "header-field-of-no-block",
    Cause.HEADER,
    "difficulty 1, sealed by the sequencer",
    lambda d: d.give(**d.reseal(difficulty=1)),
)
simple("time-altered", Cause.SEAL, "a later time, so that the result seems final", lambda d: d.give(header=_later(d)))
simple(
    "parent-altered",
    Cause.SEAL,
    "another parent",
    lambda d: d.give(header=replace(d.header, parent_hash=keccak256(b"x")).encode()),
)
simple(
    "state-root-altered",
    Cause.SEAL,
    "another state root",
    lambda d: d.give(header=replace(d.header, state_root=keccak256(b"x")).encode()),
)
simple(
    "state-root-sealed",
    Cause.PROOF,
    "another state root, sealed by the sequencer",
    lambda d: d.give(**d.reseal(state_root=keccak256(b"x"))),
)
simple("seal-altered", Cause.SEAL, "a digit of the seal's signature", lambda d: d.flip("seal", at=100))
simple(
    "seal-of-another-height",
    Cause.SEAL,
    "the seal says the next height",
    lambda d: d.give(seal=replace(d.receipt.seal, height=Height(d.header.number + 1))),
)
simple(
    "seal-of-another-block",
    Cause.SEAL,
    "the sequencer's seal over another block",
    lambda d: d.give(seal=d.solo_seal(_twin(d))),
)
simple("seal-of-a-stranger", Cause.SEAL, "sealed by a stranger", lambda d: d.give(seal=d.solo_seal(d.header, STRANGER)))
simple(
    "seal-of-another-chain",
    Cause.SEAL,
    "sealed for another chain id",
    lambda d: d.give(seal=d.solo_seal(d.header, chain_id=1)),
)
simple(
    "sealers-of-a-stranger",
    Cause.SEALERS,
    "a stranger, as sealer and seal",
    lambda d: d.give(seal=d.solo_seal(d.header, STRANGER), sealers=_stranger()),
)
simple(
    "consensus-act",
    Cause.SEAL,
    "a block with the fee recipient of a consensus act, sealed by the sequencer",
    lambda d: d.give(**d.reseal(fee_recipient=SystemContract.PERMISSIONS.address)),
)


@kind("witness-as-sealer", Cause.SEAL, "the sequencer's key sealed as a witness")
def _(draft: Draft) -> Given:
    header = draft.header
    return draft.give(
        seal=make_seal(SealKind.WITNESS, draft.receipt.chain_id, header.number, header.hash, draft.sealer)
    )


# The question and the ledger.

simple("chain-id-altered", Cause.LEDGER, "another chain id", lambda d: d.give(chain_id=d.receipt.chain_id ^ 1))
simple("founding-altered", Cause.LEDGER, "another founding", lambda d: d.flip("founding"))
simple("other-ledger", Cause.LEDGER, "the anchor of another ledger", lambda d: d.under(d.bases.anchors["handed-over"]))
simple(
    "window-altered",
    Cause.QUESTION,
    "an earlier close, so that the result seems final",
    lambda d: d.put(d.header.timestamp - 1, "question", "closes"),
)
simple("text-altered", Cause.QUESTION, "another text of the question", lambda d: d.flip("question", "text"))
simple("quorum-altered", Cause.QUESTION, "another quorum", lambda d: d.put([1, 7], "question", "quorum"))
simple("effect-kind-altered", Cause.QUESTION, "another kind of effect", lambda d: d.put(1, "question", "effect_kind"))
simple(
    "contract-altered", Cause.PROOF, "another contract in the question alone", lambda d: d.flip("question", "contract")
)
simple(
    "question-id-altered",
    Cause.PROOF,
    "the id of another question",
    lambda d: d.put(d.receipt.question.id + 1, "question", "id"),
)


@kind("other-ledger-dressed-up", Cause.SEALERS, "another ledger's receipt under this one's founding and chain id")
def _(draft: Draft) -> Given:
    theirs = draft.bases.history.receipts[0]
    dressed = replace(
        theirs,
        chain_id=draft.receipt.chain_id,
        question=replace(theirs.question, founding=draft.anchor.founding),
    )
    return Given(encode_receipt(dressed), draft.anchor)


@kind("other-contract", Cause.CONTRACT, "a contract that is none of Ballots, with its own proofs")
def _(draft: Draft) -> Given:
    question = replace(draft.receipt.question, contract=SystemContract.TREASURY.address)
    made = draft.make(draft.receipt.ballot)
    state = draft.chain.state(draft.header.number)
    slots = [slot for slot, _, _ in made.ballots.storage]
    directory = state.proof(SystemContract.DIRECTORY.address, [version_slot(question.contract)])
    return draft.give(question=question, directory=directory, ballots=state.proof(question.contract, slots))


@kind("ballot-of-another-question", Cause.SIGNATURE, "a ballot of another question, with this one's proofs")
def _(draft: Draft) -> Given:
    other = draft.bases.receipts["other-choice"].ballot
    return draft.give(ballot=replace(other, ballot=replace(other.ballot, question=draft.receipt.question.hash)))


# The anchor.

simple("no-anchor", Cause.NO_ANCHOR, "no anchor at all", lambda d: d.under(None))
simple(
    "old-anchor",
    Cause.OLD_ANCHOR,
    "an anchor whose time is over",
    lambda d: d.under(replace(d.anchor, until=Timestamp(NOW))),
)
simple(
    "older-than-the-anchor",
    Cause.BLOCK,
    "a block before the anchor's",
    lambda d: d.under(replace(d.anchor, height=Height(d.header.number + 1))),
)
simple(
    "other-block-than-the-anchor",
    Cause.BLOCK,
    "the anchor names another block at this height",
    lambda d: d.under(replace(d.anchor, height=d.header.number)),
)
simple(
    "other-sealers-than-the-anchor",
    Cause.SEALERS,
    "the anchor names other sealers",
    lambda d: d.under(replace(d.anchor, sealers=Hash32(bytes(32)))),
)


# The later ballot.

simple(
    "later-left-out",
    Cause.LATER,
    "a later ballot counts, and is not shown",
    lambda d: d.give(later=None),
    base="replaced",
)
simple(
    "later-choice-altered",
    Cause.LATER,
    "another choice of the later ballot",
    lambda d: d.put("0x" + OTHER_CHOICE.hex(), "later", "choice"),
    base="replaced",
)
simple(
    "later-signature-altered",
    Cause.LATER,
    "a digit of the later ballot's signature",
    lambda d: d.flip("later", "signature"),
    base="replaced",
)


@kind("later-forged", Cause.LATER, "a neighbour signed the later ballot", base="replaced")
def _(draft: Draft) -> Given:
    later = draft.receipt.later_ballot()
    assert later is not None
    forged = sign_ballot(draft.receipt.domain, later.ballot, voter_key(SEAT + 1))
    return draft.give(later=LaterBallot(later.ballot.sequence, later.ballot.choice, forged.signature))


@kind("later-invented", Cause.LATER, "the voter's later ballot, which never came")
def _(draft: Draft) -> Given:
    mine = draft.receipt.ballot.ballot
    signed = sign_ballot(draft.receipt.domain, Ballot(mine.question, SEAT, 2, OTHER_CHOICE), voter_key(SEAT))
    return draft.give(later=LaterBallot(2, OTHER_CHOICE, signed.signature))


@kind("replaced-as-counted", Cause.PROOF, "the word of ballots from before the revote", base="replaced")
def _(draft: Draft) -> Given:
    old = draft.bases.receipts["counted"]
    return draft.give(later=None, ballots=old.ballots)


def _without_field(draft: Draft) -> bytes:
    return encode_list([encode_bytes(item) for item in decode_list(draft.receipt.header, 20)[:-1]])


def _later(draft: Draft) -> bytes:
    return replace(draft.header, timestamp=Timestamp(draft.receipt.question.closes + 1)).encode()


def _twin(draft: Draft) -> Header:
    return replace(draft.header, timestamp=Timestamp(draft.header.timestamp + 1))


def _stranger() -> SealerSet:
    return sealer_set(SealKind.SOLO, [(address_of(STRANGER), 1)])
