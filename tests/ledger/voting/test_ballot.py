"""Ballots: what is signed, and the bytes that carry it."""

from dataclasses import replace

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.primitives import Address, Hash32
from ledger.secp256k1 import SignatureError, address_of
from ledger.voting.ballot import (
    VOTE_LENGTH,
    Ballot,
    RecordError,
    SignedBallot,
    ballot_digest,
    decode_record,
    domain_separator,
    encode_record,
    encode_vote,
    pick_record,
    record_length,
    recover_voter,
    sign_ballot,
    split_records,
)
from ledger.voting.form import BallotKind, Form

KEY = PrivateKey(b"\x07" * 32)
CONTRACT = Address(b"\xaa" * 20)
DOMAIN = domain_separator(77, CONTRACT)
QUESTION = Hash32(b"\x51" * 32)
FORM = Form(BallotKind.APPROVAL, 20, 1, 20)
LONG = Form(BallotKind.ORDINAL, 60, 1, 60)
BALLOT = Ballot(QUESTION, 70_000, 3, b"\x00\x01\x02")


def test_digest__beside_another_library__is_the_same() -> None:
    fields = {"question": "bytes32", "seat": "uint32", "sequence": "uint16", "choice": "bytes"}
    message = encode_typed_data(
        domain_data={"name": "ortaq", "version": "1", "chainId": 77, "verifyingContract": "0x" + CONTRACT.hex()},
        message_types={"Ballot": [{"name": name, "type": kind} for name, kind in fields.items()]},
        message_data={"question": QUESTION, "seat": 70_000, "sequence": 3, "choice": BALLOT.choice},
    )
    signed = Account.sign_message(message, KEY.secret)
    assert signed.message_hash == ballot_digest(DOMAIN, BALLOT)
    mine = sign_ballot(DOMAIN, BALLOT, KEY).signature
    assert int.from_bytes(mine[:32], "big") == signed.r
    assert int.from_bytes(mine[32:], "big") == signed.s | (signed.v - 27) << 255


def test_recover__good_ballot__is_its_signer() -> None:
    assert recover_voter(DOMAIN, sign_ballot(DOMAIN, BALLOT, KEY)) == address_of(KEY)


@pytest.mark.parametrize("changed", [{"seat": 70_001}, {"sequence": 4}, {"choice": b"\0\1\3"}, {"question": bytes(32)}])
def test_recover__changed_ballot__is_somebody_else(changed: dict[str, object]) -> None:
    signed = sign_ballot(DOMAIN, BALLOT, KEY)
    assert recover_voter(DOMAIN, SignedBallot(replace(BALLOT, **changed), signed.signature)) != address_of(KEY)


def test_recover__upper_s__raises() -> None:
    signature = sign_ballot(DOMAIN, BALLOT, KEY).signature[:32] + (2**255 - 1).to_bytes(32, "big")
    with pytest.raises(SignatureError, match="high s"):
        recover_voter(DOMAIN, SignedBallot(BALLOT, signature))


def test_record__written_and_read__is_the_same() -> None:
    signed = sign_ballot(DOMAIN, BALLOT, KEY)
    record = encode_record(signed)
    assert len(record) == record_length(FORM) == 72
    assert record[:8].hex() == "0001117003000102"
    assert decode_record(FORM, QUESTION, record) == signed
    others = [replace(signed, ballot=replace(BALLOT, seat=seat)) for seat in range(3)]
    data = b"".join(map(encode_record, others))
    assert split_records(FORM, QUESTION, data) == others
    assert pick_record(FORM, QUESTION, data, 2) == others[2]


def test_vote__words_of_a_short_ballot__are_read_as_its_record() -> None:
    signed = sign_ballot(DOMAIN, BALLOT, KEY)
    data = b"".join(word.to_bytes(32, "big") for word in encode_vote(signed))
    assert len(data) == VOTE_LENGTH
    assert split_records(FORM, QUESTION, data) == [signed]
    assert pick_record(FORM, QUESTION, data, 0) == signed


@pytest.mark.parametrize("length", range(1, 27))
def test_vote__length__is_never_that_of_shorter_records(length: int) -> None:
    assert VOTE_LENGTH % (69 + length)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"seat": 2**32}, "seat"), ({"seat": -1}, "seat"), ({"sequence": 0}, "sequence"), ({"sequence": 256}, "sequence")],
)
def test_record__numbers_that_do_not_fit__raise(changed: dict[str, int], field: str) -> None:
    with pytest.raises(RecordError, match=field):
        encode_record(SignedBallot(replace(BALLOT, **changed), bytes(64)))


def test_record__ragged_or_missing__raises() -> None:
    record = encode_record(sign_ballot(DOMAIN, BALLOT, KEY))
    with pytest.raises(RecordError, match="signature"):
        encode_record(SignedBallot(BALLOT, bytes(65)))
    with pytest.raises(RecordError, match="record: 71 bytes"):
        decode_record(FORM, QUESTION, record[1:])
    with pytest.raises(RecordError, match="multiple of 72"):
        split_records(FORM, QUESTION, record + b"\0")
    with pytest.raises(RecordError, match="record: 1, expected 0 to 0"):
        pick_record(FORM, QUESTION, record, 1)
    with pytest.raises(RecordError, match="multiple of 129"):
        split_records(LONG, QUESTION, bytes(VOTE_LENGTH))
    with pytest.raises(RecordError, match="at most 27"):
        encode_vote(SignedBallot(replace(BALLOT, choice=bytes(60)), bytes(64)))
