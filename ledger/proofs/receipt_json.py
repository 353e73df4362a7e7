"""A receipt as a file: strict JSON, every member named, none ignored."""

import json
from dataclasses import fields
from typing import Any

from ledger.json_text import parse_json
from ledger.primitives import Address, Hash32, Timestamp, to_hex
from ledger.proofs.handover_json import handover_record, read_handover
from ledger.proofs.proof_json import proof_record, read_proof, read_sealers, sealers_record
from ledger.proofs.receipt import LaterBallot, Receipt
from ledger.proofs.seal import Seal, decode_seal
from ledger.proofs.strict_json import Members, ReceiptError, read_enum, read_hex, read_object
from ledger.voting.ballot import Ballot, SignedBallot
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import EffectKind, Fraction, Question, Terms

FORMAT = "ortaq receipt 1"
MAX_BYTES = 1024 * 1024


def encode_receipt(receipt: Receipt) -> bytes:
    """Write the receipt's file: sorted members, no spaces, a final line break."""
    question, ballot = receipt.question, receipt.ballot.ballot
    record = {
        "format": FORMAT,
        "founding": to_hex(question.founding),
        "chain_id": receipt.chain_id,
        "question": _question_record(question),
        "ballot": {
            "seat": ballot.seat,
            "sequence": ballot.sequence,
            "choice": to_hex(ballot.choice),
            "signature": to_hex(receipt.ballot.signature),
        },
        "header": to_hex(receipt.header),
        "seal": to_hex(receipt.seal.encode()),
        "sealers": sealers_record(receipt.sealers),
        "directory": proof_record(receipt.directory),
        "ballots": proof_record(receipt.ballots),
        "roll": proof_record(receipt.roll),
        "later": _later_record(receipt.later),
        "witnesses": [to_hex(seal.encode()) for seal in receipt.witnesses],
        "handovers": [handover_record(handover) for handover in receipt.handovers],
    }
    return (json.dumps(record, sort_keys=True, separators=(",", ":")) + "\n").encode()


def decode_receipt(data: bytes) -> Receipt:
    """Read a receipt's file. Nothing of it is believed yet; `check_receipt` does that.

    Errors  ReceiptError.
    """
    if len(data) > MAX_BYTES:
        raise ReceiptError(f"receipt: {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        record = parse_json(data, read_object)
    except ValueError as error:
        raise ReceiptError(f"receipt: not JSON ({error})") from error
    root = Members(record, "receipt")
    if root.take("format", str) != FORMAT:
        raise ReceiptError(f"receipt: format {record['format']!r}, expected {FORMAT!r}")
    question = root.read("question", lambda value: _read_question(value, Hash32(root.take_hex("founding", 32))))
    receipt = Receipt(
        chain_id=root.number("chain_id", 2**48),
        question=question,
        ballot=root.read("ballot", lambda value: _read_ballot(value, question.hash)),
        header=root.take_hex("header"),
        seal=decode_seal(root.take_hex("seal")),
        sealers=root.read("sealers", read_sealers),
        directory=root.read("directory", read_proof("directory")),
        ballots=root.read("ballots", read_proof("ballots")),
        roll=root.read("roll", read_proof("roll")),
        later=root.read("later", _read_later),
        witnesses=root.read("witnesses", _read_seals),
        handovers=tuple(read_handover(row) for row in root.take("handovers", list)),
    )
    root.done()
    return receipt


def _question_record(question: Question) -> dict[str, Any]:
    terms = question.terms
    return {
        "contract": to_hex(question.contract),
        "id": question.id,
        "text": to_hex(question.text),
        "options": to_hex(question.options),
        "form": {field.name: int(getattr(question.form, field.name)) for field in fields(Form)},
        "secrecy": question.secrecy,
        "effect_kind": int(question.effect_kind),
        "record": question.record,
        "opens": question.opens,
        "closes": question.closes,
        "quorum": [terms.quorum.numerator, terms.quorum.denominator],
        "majority": [terms.majority.numerator, terms.majority.denominator],
        "majority_strict": terms.majority_strict,
        "waiting": terms.waiting,
        "budget": to_hex(question.budget),
        "effect": to_hex(question.effect),
    }


def _read_question(value: Any, founding: Hash32) -> Question:
    members = Members(value, "question")
    question = Question(
        founding=founding,
        contract=Address(members.take_hex("contract", 20)),
        id=members.number("id", 2**48),
        text=Hash32(members.take_hex("text", 32)),
        options=Hash32(members.take_hex("options", 32)),
        form=members.read("form", _read_form),
        secrecy=members.number("secrecy", 2**8),
        effect_kind=members.read("effect_kind", lambda v: read_enum(EffectKind, v, "question.effect_kind")),
        record=Timestamp(members.number("record", 2**40)),
        opens=Timestamp(members.number("opens", 2**40)),
        closes=Timestamp(members.number("closes", 2**40)),
        terms=Terms(
            members.read("quorum", lambda v: _fraction(v, "question.quorum")),
            members.read("majority", lambda v: _fraction(v, "question.majority")),
            members.take("majority_strict", bool),
            members.number("waiting", 2**40),
        ),
        budget=Hash32(members.take_hex("budget", 32)),
        effect=Hash32(members.take_hex("effect", 32)),
    )
    members.done()
    return question


def _read_form(value: Any) -> Form:
    members = Members(value, "question.form")
    kind = members.read("kind", lambda v: read_enum(BallotKind, v, "question.form.kind"))
    numbers = {field.name: members.number(field.name) for field in fields(Form) if field.name != "kind"}
    members.done()
    return Form(kind, **numbers)


def _read_ballot(value: Any, question: Hash32) -> SignedBallot:
    members = Members(value, "ballot")
    ballot = Ballot(
        question, members.number("seat", 2**32), members.number("sequence", 2**8), members.take_hex("choice")
    )
    signed = SignedBallot(ballot, members.take_hex("signature", 64))
    members.done()
    return signed


def _later_record(later: LaterBallot | None) -> dict[str, Any] | None:
    if later is None:
        return None
    return {"sequence": later.sequence, "choice": to_hex(later.choice), "signature": to_hex(later.signature)}


def _read_later(value: Any) -> LaterBallot | None:
    if value is None:
        return None
    members = Members(value, "later")
    later = LaterBallot(members.number("sequence", 2**8), members.take_hex("choice"), members.take_hex("signature", 64))
    members.done()
    return later


def _read_seals(value: Any) -> tuple[Seal, ...]:
    if not isinstance(value, list):
        raise ReceiptError(f"witnesses: a {type(value).__name__}, expected a list")
    return tuple(decode_seal(read_hex(item, "witnesses")) for item in value)


def _fraction(value: Any, name: str) -> Fraction:
    if not isinstance(value, list) or len(value) != 2 or not all(type(part) is int for part in value):
        raise ReceiptError(f"{name}: {value!r}, expected [numerator, denominator]")
    return Fraction(*value)
