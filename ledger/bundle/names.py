"""Names of members, their order, and the limits of all that a bundle holds (docs/reference/bundle.md, 1)."""

import re
from dataclasses import dataclass
from enum import IntEnum

from ledger.bundle.errors import BundleError
from ledger.primitives import Height

MAX_MEMBER = 1 << 26
MAX_MEMBERS = 1 << 18
MAX_SEAL = 1 << 20
MAX_EVIDENCE_BLOCK = 1 << 21
MAX_JSON_DEPTH = 16
PART_BLOCKS = 1_000
PART_BYTES = 1 << 24
RUN_SLOTS = 4_096
FORMAT = "ortaq bundle 1"


class Kind(IntEnum):
    """Kinds of members, in the order in which they come."""

    BUNDLE = 0
    GENESIS = 1
    TEXT = 2
    FOUNDING = 3
    BLOCKS = 4
    RECEIPTS = 5
    SEALS = 6
    PROOFS = 7
    EVIDENCE = 8
    MANIFEST = 9


SINGLE = {
    "bundle.json": Kind.BUNDLE,
    "genesis.json": Kind.GENESIS,
    "founding.toml": Kind.TEXT,
    "founding.json": Kind.FOUNDING,
    "manifest.json": Kind.MANIFEST,
}
_PART = re.compile(r"(blocks/([0-9]{12})\.rlp|receipts/([0-9]{12})\.rlp|seals/([0-9]{12})\.bin)")
_PROOFS = re.compile(r"proofs/([0-9]{12})-([0-9]{4})\.rlp")
_EVIDENCE = re.compile(r"evidence/(b[a-z2-7]{58})")
_PART_KINDS = {"b": Kind.BLOCKS, "r": Kind.RECEIPTS, "s": Kind.SEALS}
_FIRST_OF_ALL = (Kind.BUNDLE, Kind.GENESIS, Kind.TEXT, Kind.FOUNDING, Kind.BLOCKS)
_NEXT_IN_PART = {Kind.BLOCKS: Kind.RECEIPTS, Kind.RECEIPTS: Kind.SEALS}


@dataclass(frozen=True, slots=True)
class Name:
    """A member's name, read. Shape: `height`, `run` for parts and proofs; `cid` in text form for evidence."""

    text: str
    kind: Kind
    height: int = 0
    run: int = 0
    cid: str = ""


def parse_name(text: str) -> Name:
    """Read a name. Errors: BundleError(`bundle.name`) for any that no member of a bundle has."""
    if text in SINGLE:
        return Name(text, SINGLE[text])
    if part := _PART.fullmatch(text):
        digits = part[2] or part[3] or part[4]
        return Name(text, _PART_KINDS[text[0]], int(digits))
    if proofs := _PROOFS.fullmatch(text):
        return Name(text, Kind.PROOFS, int(proofs[1]), int(proofs[2]))
    if evidence := _EVIDENCE.fullmatch(text):
        return Name(text, Kind.EVIDENCE, cid=evidence[1])
    raise BundleError("bundle.name", f"member {text[:100]!r}: found an unknown name, expected one of a bundle's")


def part_name(kind: Kind, height: Height | int) -> str:
    """Name of a part's member. Errors: KeyError for another kind."""
    folder, ending = {Kind.BLOCKS: ("blocks", "rlp"), Kind.RECEIPTS: ("receipts", "rlp"), Kind.SEALS: ("seals", "bin")}[
        kind
    ]
    return f"{folder}/{height:012}.{ending}"


def proofs_name(height: Height | int, run: int) -> str:
    return f"proofs/{height:012}-{run:04}.rlp"


def validate_order(before: Name | None, name: Name) -> None:
    """Check that a member may follow another one; None: it is the first.

    Errors  BundleError(`bundle.order`).
    """
    if not _may_follow(before, name):
        earlier = "at the start" if before is None else f"after {before.text}"
        raise BundleError(
            "bundle.order", f"member {name.text} {earlier}, expected the order of docs/reference/bundle.md"
        )


def _may_follow(before: Name | None, name: Name) -> bool:
    if before is None:
        return name.kind is Kind.BUNDLE
    if before.kind < Kind.BLOCKS:
        is_next = name.kind is _FIRST_OF_ALL[before.kind + 1]
        return is_next and (name.kind is not Kind.BLOCKS or name.height == 0)
    if before.kind in _NEXT_IN_PART:
        return name.kind is _NEXT_IN_PART[before.kind] and name.height == before.height
    return _may_follow_parts(before, name)


def _may_follow_parts(before: Name, name: Name) -> bool:
    """The same after a whole part, and after what comes behind parts."""
    if name.kind is Kind.BLOCKS:
        return before.kind is Kind.SEALS and name.height > before.height
    if name.kind is Kind.PROOFS:
        return _is_next_run(before, name)
    if name.kind is Kind.EVIDENCE:
        return before.kind is Kind.PROOFS or (before.kind is Kind.EVIDENCE and before.cid < name.cid)
    return name.kind is Kind.MANIFEST and before.kind in (Kind.PROOFS, Kind.EVIDENCE)


def _is_next_run(before: Name, name: Name) -> bool:
    if before.kind is not Kind.PROOFS:
        return before.kind is Kind.SEALS and name.run == 0
    follows = name.height == before.height and name.run == before.run + 1
    return follows or (name.height > before.height and name.run == 0)
