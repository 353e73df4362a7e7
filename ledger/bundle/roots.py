"""Which evidence belongs to a bundle: a list that follows from the logs (docs/reference/bundle.md, 6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.abi import contract
from ledger.bundle.plan import KnownContracts, read_log
from ledger.chain.receipt import Log, Receipt
from ledger.errors import BadInputError
from ledger.evidence.cid import Cid, Codec, parse_cid
from ledger.primitives import Hash32
from ledger.system import SystemContract
from ledger.views.evidence import EvidenceStatus


@dataclass(slots=True)
class EvidenceRoots:
    """Follows receipts. Shape: `status`: of each document, by number; `texts`: digests of question documents."""

    known: KnownContracts = field(default_factory=KnownContracts)
    cids: dict[int, Cid] = field(default_factory=dict)
    status: dict[int, int] = field(default_factory=dict)
    texts: set[Hash32] = field(default_factory=set)

    def take(self, receipts: Iterable[Receipt]) -> None:
        """Take the receipts of the next block."""
        for receipt in receipts:
            for log in receipt.logs:
                self._take_log(log)

    def roots(self) -> set[Cid]:
        """Documents that are available at the end, and question documents."""
        found = {cid for number, cid in self.cids.items() if self.status[number] == EvidenceStatus.AVAILABLE}
        return found | {Cid(Codec.RAW, digest) for digest in self.texts}

    def _take_log(self, log: Log) -> None:
        kind = self.known.by_address.get(log.address)
        if kind is SystemContract.DIRECTORY:
            self.known.take(log)
        elif kind is SystemContract.BALLOTS and log.topics[:1] == (contract("Ballots").topic("Opened"),):
            found = read_log(contract("Ballots"), log)
            if found is not None:
                self.texts.add(Hash32(bytes(found[1]["text"])))  # type: ignore[call-overload]
        elif kind is SystemContract.EVIDENCE:
            self._take_evidence(log)

    def _take_evidence(self, log: Log) -> None:
        name, values = read_log(contract("Evidence"), log) or ("", {})
        number = values.get("id")
        if not isinstance(number, int):
            return
        if name == "StatusSet" and number in self.cids:
            self.status[number] = int(str(values["status"]))
        elif name == "Anchored":
            try:
                self.cids[number] = parse_cid(bytes(values["cid"]))  # type: ignore[call-overload]
            except BadInputError:
                return
            self.status[number] = EvidenceStatus.AVAILABLE
