"""Which evidence belongs to a bundle: a list that follows from the logs (docs/reference/bundle.md, 6)."""

from collections.abc import Iterable, Iterator

from ledger.abi import contract
from ledger.bundle.plan import KnownContracts, read_log
from ledger.bundle.tables import MemoryTables, Tables
from ledger.chain.receipt import Log, Receipt
from ledger.errors import BadInputError
from ledger.evidence.cid import Cid, Codec, parse_cid
from ledger.primitives import Hash32, to_word
from ledger.system import SystemContract
from ledger.views.evidence import EvidenceStatus


class EvidenceRoots:
    """Follows receipts. `tables`: where what grows with the documents is kept; without them in memory."""

    def __init__(self, known: KnownContracts | None = None, tables: Tables | None = None) -> None:
        tables = tables or MemoryTables()
        self._known = known or KnownContracts()
        # CID by number, of documents that were anchored; digests of question documents
        self._cids = tables.table()
        self._taken_back = tables.table()
        self._texts = tables.table()

    def take(self, receipts: Iterable[Receipt]) -> None:
        """Take the receipts of the next block."""
        for receipt in receipts:
            for log in receipt.logs:
                self._take_log(log)

    def roots(self) -> set[Cid]:
        """Documents that are available at the end, and question documents."""
        return set(self.iterate())

    def iterate(self) -> Iterator[Cid]:
        """The same in no order, some of them twice."""
        for number, cid in self._cids.rows():
            if self._taken_back.get(number) is None:
                yield parse_cid(cid)
        for digest, _ in self._texts.rows():
            yield Cid(Codec.RAW, Hash32(digest))

    def _take_log(self, log: Log) -> None:
        kind = self._known.by_address.get(log.address)
        if kind is SystemContract.DIRECTORY:
            self._known.take(log)
        elif kind is SystemContract.BALLOTS and log.topics[:1] == (contract("Ballots").topic("Opened"),):
            found = read_log(contract("Ballots"), log)
            if found is not None:
                self._texts.put(bytes(found[1]["text"]), b"")  # type: ignore[call-overload]
        elif kind is SystemContract.EVIDENCE:
            self._take_evidence(log)

    def _take_evidence(self, log: Log) -> None:
        name, values = read_log(contract("Evidence"), log) or ("", {})
        number = values.get("id")
        if not isinstance(number, int):
            return
        key = to_word(number)
        if name == "StatusSet" and self._cids.get(key) is not None:
            if int(str(values["status"])) == EvidenceStatus.AVAILABLE:
                self._taken_back.drop(key)
            else:
                self._taken_back.put(key, b"")
        elif name == "Anchored":
            cid = bytes(values["cid"])  # type: ignore[call-overload]
            try:
                parse_cid(cid)
            except BadInputError:
                return
            self._cids.put(key, cid)
            self._taken_back.drop(key)
