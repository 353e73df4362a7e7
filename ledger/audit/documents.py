"""Documents: anchored in order, by somebody with a duty; their bytes, where the bundle has them."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.audit.checks import Checks
from ledger.audit.governance import Permits
from ledger.audit.record import AuditTransaction, Event
from ledger.bundle.names import Kind
from ledger.bundle.reading import Bundle
from ledger.bundle.roots import EvidenceRoots
from ledger.errors import LedgerError
from ledger.evidence.cid import Cid, cid_of, parse_cid
from ledger.evidence.errors import EvidenceNotFoundError
from ledger.evidence.walk import walk_blocks
from ledger.primitives import Hash32, keccak256
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


class DocumentRules:
    """Evidence, from genesis on. Shape: `documents` by number."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self.documents: dict[int, AnchoredDocument] = {}

    def take(self, transaction: AuditTransaction, event: Event, permits: Permits, time: int) -> None:
        if event.kind is not SystemContract.EVIDENCE:
            return
        values = event.values
        number, name = int(values["id"]), f"document {values['id']}"
        if event.name == "Anchored":
            author, cid = bytes(values["author"]), bytes(values["cid"])
            self._checks.expect("evidence.anchor", len(self.documents) + 1, number, name)
            mask, _ = permits.duty_of(values["author"])
            self._checks.require("evidence.anchor", mask != 0, "an author with a duty", author, name)
            self.documents[number] = AnchoredDocument(cid, author, EvidenceStatus.AVAILABLE, time, keccak256(cid))
        elif event.name == "StatusSet" and number in self.documents:
            document = self.documents[number]
            decoded = transaction.decoded
            is_direct = decoded is not None and decoded.to == event.address
            if is_direct and decoded is not None:
                self._checks.expect("evidence.anchor", document.author, bytes(decoded.sender), name)
            document.status = int(values["status"])

    def available(self, number: int) -> AnchoredDocument | None:
        """The document, if it is anchored and can be had now."""
        found = self.documents.get(number)
        return found if found is not None and found.status == EvidenceStatus.AVAILABLE else None


def check_evidence(checks: Checks, bundle: Bundle, roots: EvidenceRoots, missing: Iterable[str]) -> None:
    """Check that every root is whole in the bundle or named as missing, and that nothing else is there."""
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

    absent, needed = set(missing), set()
    for root in sorted(roots.roots(), key=str):
        try:
            names = {str(cid) for cid, _ in walk_blocks(root, block_of)}
        except LedgerError as error:
            checks.require(
                "evidence.missing", str(root) in absent, "whole, or named as missing", error.detail, str(root)
            )
            absent.discard(str(root))
            continue
        needed |= names
        checks.require("evidence.missing", str(root) not in absent, "not named as missing", "whole", str(root))
        absent.discard(str(root))
    for name in sorted(absent):
        checks.fail("evidence.missing", "the CID of a root", name)
    for name in sorted(set(held) - needed):
        checks.fail("evidence.surplus", "a block that a root needs", name)
    checks.count("evidence.surplus", len(needed))
