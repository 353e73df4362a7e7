"""Question documents: the words behind a question's hashes. The chain holds `text`, the SHA-256 of the document."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import LedgerError
from ledger.evidence.cid import Cid, Codec
from ledger.json_text import parse_json
from ledger.ports import EvidenceStore
from ledger.primitives import Hash32
from ledger.voting.question import Option

MAX_BYTES = 4 * 1024 * 1024
MAX_LINE = 300
"""Characters of a title or a name; the rest stands in the document."""
MAX_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class OptionText:
    """What a document says of one option. Shape: `cost` in minor units, None where the document names none."""

    identifier: str
    name: str
    description: str = ""
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class QuestionDocument:
    """A question in words.

    Shape   `options`: by label. `budget`: what the document says of the budget, as it stands there; the chain has the
            hash. `exponent`: decimal digits of the currency's minor unit, None where the document names none.
    """

    title: str
    place: str = ""
    summary: str = ""
    source: str = ""
    rule: str = ""
    currency: str = ""
    exponent: int | None = None
    budget: Mapping[str, Any] | int | None = None
    options: Mapping[Hash32, OptionText] = field(default_factory=dict)


def document_cid(text: Hash32) -> Cid:
    """The CID under which the document of a question is kept: raw bytes."""
    return Cid(Codec.RAW, text)


def find_document(store: EvidenceStore, text: Hash32) -> QuestionDocument | None:
    """The document of a question, or None where it is not held here, is damaged, or is none."""
    cid = str(document_cid(text))
    try:
        data = store.get(cid) if store.has(cid) else None
    except LedgerError:
        # Damaged or out of reach is the same to a reader of titles; the evidence page tells which.
        return None
    if data is None or len(data) > MAX_BYTES or hashlib.sha256(data).digest() != text:
        return None
    return read_document(data)


def read_document(data: bytes) -> QuestionDocument | None:
    """Read a document; None for bytes that are no JSON object. Members that are missing or of another type are left
    out, because a document cannot be mended once a question is open.
    """
    try:
        record = parse_json(data)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    budget = record.get("budget")
    exponent = record.get("exponent")
    return QuestionDocument(
        title=_text(record, "title"),
        place=_text(record, "place"),
        summary=_text(record, "summary", MAX_TEXT),
        source=_text(record, "source"),
        rule=_text(record, "rule"),
        currency=_text(record, "currency"),
        exponent=exponent if type(exponent) is int and 0 <= exponent <= 4 else None,
        budget=budget if isinstance(budget, dict) or type(budget) is int else None,
        options=_options(record.get("options")),
    )


def _options(rows: Any) -> dict[Hash32, OptionText]:
    found: dict[Hash32, OptionText] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(identifier := row.get("id"), str) and _is_text(identifier):
            cost = row.get("cost")
            found[Option.label_of(identifier)] = OptionText(
                identifier=identifier[:MAX_LINE],
                name=_text(row, "name"),
                description=_text(row, "description", MAX_TEXT),
                cost=cost if type(cost) is int and cost >= 0 else None,
            )
    return found


def _text(record: Mapping[str, Any], member: str, limit: int = MAX_LINE) -> str:
    value = record.get(member)
    return value[:limit] if isinstance(value, str) and _is_text(value) else ""


def _is_text(value: str) -> bool:
    """False for lone surrogates, which JSON can write and nobody can send on."""
    return not any("\ud800" <= char <= "\udfff" for char in value)
