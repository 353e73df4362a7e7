"""The kinds of tampering with a receipt: here its file and its ballot.

Some could be made by whoever has the file, some need the keys of those who seal, and are found all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ledger.proofs.cause import Cause
from ledger.proofs.receipt_json import encode_receipt
from ledger.proofs.verdict import Standing
from ledger.voting.ballot import sign_ballot
from ledger.voting.form import BallotKind
from tests.scripts.small_ledger import choice_of, member_key, voter_key
from tests.tampering.receipts import Draft, Given
from tests.verifier.receipts import SEAT

REFUSED = "refused"
Make = Callable[[Draft], Given]
STRANGER = member_key(90)
OTHER_CHOICE = choice_of(BallotKind.APPROVAL, [2])


@dataclass(frozen=True)
class ReceiptTampering:
    """Shape   `base`: the good receipt; `cause`: empty where the receipt proves something after all."""

    name: str
    base: str
    verdict: str
    cause: str
    about: str
    make: Make


RECEIPT_KINDS: list[ReceiptTampering] = []


def kind(name: str, cause: Cause, about: str, *, base: str = "counted") -> Callable[[Make], Make]:
    """List a kind that proves nothing."""
    verdict = REFUSED if cause is Cause.FORM else Standing.CANNOT_BE_CHECKED.value

    def add(make: Make) -> Make:
        RECEIPT_KINDS.append(ReceiptTampering(name, base, verdict, cause.value, about, make))
        return make

    return add


def judged(name: str, standing: Standing, about: str, *, base: str = "counted") -> Callable[[Make], Make]:
    """List a kind that both verifiers judge in this way."""

    def add(make: Make) -> Make:
        RECEIPT_KINDS.append(ReceiptTampering(name, base, standing.value, "", about, make))
        return make

    return add


def simple(name: str, cause: Cause, about: str, make: Make, *, base: str = "counted") -> None:
    kind(name, cause, about, base=base)(make)


# The file.

simple("truncated", Cause.FORM, "the last 100 bytes are gone", lambda d: replace(d.give(), data=d.give().data[:-100]))
simple(
    "not-utf8", Cause.FORM, "a byte that is no UTF-8", lambda d: replace(d.give(), data=d.give().data[:-2] + b"\xff}\n")
)
simple("unknown-version", Cause.FORM, "a format that nobody knows", lambda d: d.put("ortaq receipt 9", "format"))
simple("unknown-member", Cause.FORM, "a verdict of its own", lambda d: d.put("counted", "verdict"))
simple("member-left-out", Cause.FORM, "no member `later`", lambda d: d.edit(lambda record: record.pop("later")))
simple("seat-as-text", Cause.FORM, "the seat as a text", lambda d: d.put("3", "ballot", "seat"))
simple("hex-upper-case", Cause.FORM, "hex in capitals", lambda d: d.put("0x" + d.header.hash.hex().upper(), "founding"))
simple(
    "slot-leading-zero",
    Cause.FORM,
    "a slot in a second spelling",
    lambda d: d.put("0x00", "roll", "storage", 0, "slot"),
)
simple("deep-json", Cause.FORM, "2,000 brackets", lambda d: replace(d.give(), data=b"[" * 2000 + b"]" * 2000))
simple("seal-of-unknown-kind", Cause.FORM, "a seal of kind 9", lambda d: d.put("0x09" + "00" * 105, "seal"))
simple("form-that-cannot-be", Cause.FORM, "a form of no options", lambda d: d.put(0, "question", "form", "options"))


@kind("duplicate-member", Cause.FORM, "the chain id twice, the second one right")
def _(draft: Draft) -> Given:
    given = draft.give()
    return replace(given, data=given.data.replace(b'"chain_id":', b'"chain_id":1,"chain_id":', 1))


@kind("seat-with-a-point", Cause.FORM, "the seat spelled 3.0")
def _(draft: Draft) -> Given:
    given = draft.give()
    return replace(given, data=given.data.replace(b'"seat":3', b'"seat":3.0', 1))


# The ballot.

simple(
    "choice-altered", Cause.SIGNATURE, "another choice", lambda d: d.put("0x" + OTHER_CHOICE.hex(), "ballot", "choice")
)
simple(
    "signature-altered", Cause.SIGNATURE, "a digit of the ballot's signature", lambda d: d.flip("ballot", "signature")
)
simple("sequence-altered", Cause.SIGNATURE, "the next sequence", lambda d: d.put(2, "ballot", "sequence"))
simple(
    "seat-altered",
    Cause.PROOF,
    "a neighbour's seat, with the proofs of the voter's",
    lambda d: d.put(SEAT + 1, "ballot", "seat"),
)


@kind("replayed-for-another-seat", Cause.SIGNATURE, "a neighbour's seat with its own proofs, and the voter's signature")
def _(draft: Draft) -> Given:
    mine = draft.receipt.ballot
    moved = replace(mine, ballot=replace(mine.ballot, seat=SEAT + 1))
    return Given(encode_receipt(draft.make(moved)), draft.anchor)


@kind("signed-by-another", Cause.SIGNATURE, "a neighbour signed the ballot for this seat")
def _(draft: Draft) -> Given:
    return draft.give(ballot=sign_ballot(draft.receipt.domain, draft.receipt.ballot.ballot, voter_key(SEAT + 1)))


@kind("seat-empty", Cause.SEAT, "a seat that nobody ever had")
def _(draft: Draft) -> Given:
    ballot = replace(draft.receipt.ballot.ballot, seat=500)
    return Given(encode_receipt(draft.make(sign_ballot(draft.receipt.domain, ballot, STRANGER))), draft.anchor)


@judged(
    "sequence-zero",
    Standing.NOT_IN_THE_COUNT,
    "an empty place, claimed by a blank ballot of sequence 0",
    base="not-cast",
)
def _(draft: Draft) -> Given:
    ballot = replace(draft.receipt.ballot.ballot, sequence=0, choice=bytes(len(OTHER_CHOICE)))
    return draft.give(ballot=sign_ballot(draft.receipt.domain, ballot, voter_key(SEAT)))


@judged("choice-of-another-length", Standing.NOT_IN_THE_COUNT, "a signed choice of no bytes")
def _(draft: Draft) -> Given:
    ballot = replace(draft.receipt.ballot.ballot, choice=b"")
    return draft.give(ballot=sign_ballot(draft.receipt.domain, ballot, voter_key(SEAT)))


@judged("choice-claimed", Standing.NOT_IN_THE_COUNT, "another choice under the same sequence, truly signed")
def _(draft: Draft) -> Given:
    ballot = replace(draft.receipt.ballot.ballot, choice=OTHER_CHOICE)
    return draft.give(ballot=sign_ballot(draft.receipt.domain, ballot, voter_key(SEAT)))
