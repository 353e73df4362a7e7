"""Documents: anchored in order, by somebody with a duty; their bytes, where the bundle has them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.audit.checks import Checks
from ledger.audit.governance import Permits
from ledger.audit.record import AuditTransaction, Event
from ledger.audit.tables import Records, decode_number, encode_number
from ledger.bundle.names import Kind
from ledger.bundle.reading import Bundle
from ledger.bundle.tables import Table, Tables
from ledger.errors import LedgerError
from ledger.evidence.cid import Cid, cid_of, parse_cid
from ledger.evidence.errors import EvidenceNotFoundError
from ledger.evidence.walk import walk_blocks
from ledger.primitives import Hash32, keccak256, to_word
from ledger.system import SystemContract
from ledger.views.evidence import EvidenceStatus


@dataclass(slots=True)
class AnchoredDocument:
    """A document. Shape: `digest`: Keccak-256 of its CID, the same if it was anchored twice."""

    cid: bytes
    author: bytes
    status: int
    time: int
    digest: Hash32

    def encode(self) -> bytes:
        return self.author + self.digest + encode_number(self.status) + encode_number(self.time) + self.cid

    @classmethod
    def decode(cls, row: bytes) -> "AnchoredDocument":
        status, time = decode_number(row[52:85]), decode_number(row[85:118])
        return cls(row[118:], row[:20], status, time, Hash32(row[20:52]))


class DocumentRules:
    """Evidence, from genesis on. Shape: `count`: documents so far."""

    def __init__(self, checks: Checks, tables: Tables) -> None:
        self._checks = checks
        self._documents = Records(tables.table(), AnchoredDocument)
        self.count = 0

    def take(self, transaction: AuditTransaction, event: Event, permits: Permits, time: int) -> None:
        if event.kind is not SystemContract.EVIDENCE:
            return
        values = event.values
        number, name = int(values["id"]), f"document {values['id']}"
        document = self._documents.get(to_word(number))
        if event.name == "Anchored":
            author, cid = bytes(values["author"]), bytes(values["cid"])
            self._checks.expect("evidence.anchor", self.count + 1, number, name)
            mask, _ = permits.duty_of(values["author"])
            self._checks.require("evidence.anchor", mask != 0, "an author with a duty", author, name)
            self.count += document is None
            document = AnchoredDocument(cid, author, EvidenceStatus.AVAILABLE, time, keccak256(cid))
            self._documents.put(to_word(number), document)
        elif event.name == "StatusSet" and document is not None:
            decoded = transaction.decoded
            is_direct = decoded is not None and decoded.to == event.address
            if is_direct and decoded is not None:
                self._checks.expect("evidence.anchor", document.author, bytes(decoded.sender), name)
            document.status = int(values["status"])
            self._documents.put(to_word(number), document)

    def available(self, number: int) -> AnchoredDocument | None:
        """The document, if it is anchored and can be had now."""
        found = self._documents.get(to_word(number))
        return found if found is not None and found.status == EvidenceStatus.AVAILABLE else None

    def items(self) -> Iterator[tuple[int, AnchoredDocument]]:
        """All documents by number."""
        return ((int.from_bytes(key, "big"), document) for key, document in self._documents.items())


def check_evidence(checks: Checks, bundle: Bundle, roots: Table, missing: Iterable[str]) -> None:
    """Check that every root is whole in the bundle or named as missing, and that nothing else is there.

    Shape   `roots`: with the text of each root's CID as a key. A bundle has at most `MAX_MEMBERS` pieces, whose names
            are in memory.
    """
    held = {member.name.cid: member for member in bundle.of_kind(Kind.EVIDENCE)}
    for name, member in held.items():
        try:
            cid = parse_cid(name)
            checks.expect("evidence.cid", name, str(cid_of(cid.codec, bundle.read(member))), member.name.text)
        except LedgerError as error:
            checks.fail("evidence.cid", "a CID", error.detail, member.name.text)

    def block_of(cid: Cid) -> bytes:
        if str(cid) not in held:
            raise EvidenceNotFoundError(str(cid), "the bundle")
        return bundle.read(held[str(cid)])

    absent, surplus = set(missing), set(held)
    for key, _ in roots.rows():
        root = key.decode("ascii")
        try:
            names = {str(cid) for cid, _ in walk_blocks(parse_cid(root), block_of)}
        except LedgerError as error:
            checks.require("evidence.missing", root in absent, "whole, or named as missing", error.detail, root)
        else:
            surplus -= names
            checks.require("evidence.missing", root not in absent, "not named as missing", "whole", root)
        absent.discard(root)
    for name in sorted(absent):
        checks.fail("evidence.missing", "the CID of a root", name)
    for name in sorted(surplus):
        checks.fail("evidence.surplus", "a block that a root needs", name)
    checks.count("evidence.surplus", len(held) - len(surplus))
