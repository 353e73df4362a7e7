"""Ballots: the EIP-712 message, its signature, and the record that carries it to the chain (formats.md, 5)."""

from dataclasses import dataclass

from coincurve import PrivateKey

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, keccak256, to_word
from ledger.secp256k1 import recover_address, sign_compact
from ledger.voting.form import Form

DOMAIN_TYPE = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
BALLOT_TYPE = keccak256(b"Ballot(bytes32 question,uint32 seat,uint16 sequence,bytes choice)")
DOMAIN_NAME = "ortaq"
DOMAIN_VERSION = "1"
MAX_SEQUENCE = 255
SEQUENCE_WINDOW = 8
"""A ballot's sequence is above the stored one by at most this much (formats.md, 5)."""
SIGNATURE_LENGTH = 64
HEAD_LENGTH = 5
"""Bytes of seat and sequence at the start of a record."""
WORD = 32
VOTE_LENGTH = WORD + SIGNATURE_LENGTH
"""Bytes of a direct vote: the head and the choice filled up to a word, then the signature."""


class RecordError(BadInputError):
    """Bytes that are no ballot record."""

    type = "bad-ballot-record"


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a voter signs. Shape: `choice` in the canonical bytes of the question's form; `sequence` 1..255."""

    question: Hash32
    seat: int
    sequence: int
    choice: bytes


@dataclass(frozen=True, slots=True)
class SignedBallot:
    """A ballot with its EIP-2098 signature (64 bytes)."""

    ballot: Ballot
    signature: bytes


def domain_separator(chain_id: int, contract: Address, name: str = DOMAIN_NAME) -> Hash32:
    """EIP-712 domain of a Ballots contract; `name`: another one for what is no ballot."""
    return keccak256(
        DOMAIN_TYPE
        + keccak256(name.encode())
        + keccak256(DOMAIN_VERSION.encode())
        + to_word(chain_id)
        + contract.rjust(32, b"\0")
    )


def ballot_digest(domain: Hash32, ballot: Ballot) -> Hash32:
    """The EIP-712 digest that the voter's key signs; also the ballot's identity in receipts and lists."""
    struct = keccak256(
        BALLOT_TYPE + ballot.question + to_word(ballot.seat) + to_word(ballot.sequence) + keccak256(ballot.choice)
    )
    return keccak256(b"\x19\x01" + domain + struct)


def sign_ballot(domain: Hash32, ballot: Ballot, key: PrivateKey) -> SignedBallot:
    return SignedBallot(ballot, sign_compact(key, ballot_digest(domain, ballot)))


def recover_voter(domain: Hash32, signed: SignedBallot) -> Address:
    """The address whose key signed. Errors: SignatureError."""
    return recover_address(ballot_digest(domain, signed.ballot), signed.signature)


def encode_record(signed: SignedBallot) -> bytes:
    """seat u32, sequence u8, choice, r, vs: what a batch carries for one ballot.

    Errors  RecordError for a seat or sequence that does not fit.
    """
    ballot = signed.ballot
    if not 0 <= ballot.seat < 2**32:
        raise RecordError(f"seat: {ballot.seat}, expected 0 to {2**32 - 1}")
    if not 1 <= ballot.sequence <= MAX_SEQUENCE:
        raise RecordError(f"sequence: {ballot.sequence}, expected 1 to {MAX_SEQUENCE}")
    if len(signed.signature) != SIGNATURE_LENGTH:
        raise RecordError(f"signature: {len(signed.signature)} bytes, expected {SIGNATURE_LENGTH}")
    return ballot.seat.to_bytes(4, "big") + bytes([ballot.sequence]) + ballot.choice + signed.signature


def encode_vote(signed: SignedBallot) -> tuple[int, int, int]:
    """head, r and vs, as `Ballots.vote` takes them.

    Errors  RecordError for a choice that does not fit into the head, and as `encode_record`.
    """
    record = encode_record(signed)
    if len(record) > VOTE_LENGTH:
        raise RecordError(f"choice: {len(signed.ballot.choice)} bytes, expected at most {WORD - HEAD_LENGTH}")
    words = record[:-SIGNATURE_LENGTH].ljust(WORD, b"\0"), signed.signature[:WORD], signed.signature[WORD:]
    head, r, vs = (int.from_bytes(word, "big") for word in words)
    return head, r, vs


def record_length(form: Form) -> int:
    """Bytes of one record of a question."""
    return HEAD_LENGTH + form.choice_length + SIGNATURE_LENGTH


def decode_record(form: Form, question: Hash32, record: bytes) -> SignedBallot:
    """Read one record.

    Errors  RecordError for a wrong length. The choice may still be none that the form allows.
    """
    if len(record) != record_length(form):
        raise RecordError(f"record: {len(record)} bytes, expected {record_length(form)}")
    return _read_record(question, record)


def split_records(form: Form, question: Hash32, records: bytes) -> list[SignedBallot]:
    """Read the records of a batch, in order, or the one of a direct vote.

    Shape   a direct vote is always `VOTE_LENGTH` bytes long; no number of shorter records has that length.
    Errors  RecordError for a ragged length.
    """
    step = record_length(form)
    records = _without_filling(records, step)
    return [_read_record(question, records[i : i + step]) for i in range(0, len(records), step)]


def pick_record(form: Form, question: Hash32, records: bytes, index: int) -> SignedBallot:
    """Read one record of what `split_records` reads. Errors: RecordError for a ragged length or no such record."""
    step = record_length(form)
    records = _without_filling(records, step)
    if not 0 <= index < len(records) // step:
        raise RecordError(f"record: {index}, expected 0 to {len(records) // step - 1}")
    return _read_record(question, records[index * step : (index + 1) * step])


def _without_filling(records: bytes, step: int) -> bytes:
    if len(records) == VOTE_LENGTH >= step:
        return records[: step - SIGNATURE_LENGTH] + records[-SIGNATURE_LENGTH:]
    if len(records) % step:
        raise RecordError(f"records: {len(records)} bytes, expected a multiple of {step}")
    return records


def _read_record(question: Hash32, record: bytes) -> SignedBallot:
    choice = record[HEAD_LENGTH:-SIGNATURE_LENGTH]
    ballot = Ballot(question, int.from_bytes(record[:4], "big"), record[4], choice)
    return SignedBallot(ballot, record[-SIGNATURE_LENGTH:])
