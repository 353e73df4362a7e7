"""Checking a snapshot's blocks: linked from the founding on, as their headers say, sealed by whom the ledger names."""

from ledger.abi import AbiError, contract
from ledger.audit.record import Event
from ledger.audit.sealers import FollowedSealers
from ledger.bundle.documents import Facts
from ledger.bundle.parts import StoredBlock
from ledger.chain.genesis import Genesis
from ledger.chain.header import EMPTY_ROOT, Header, decode_header
from ledger.chain.receipt import Receipt, logs_bloom
from ledger.chain.trie import list_root
from ledger.errors import LedgerError
from ledger.ports import Block
from ledger.primitives import to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.seal import Seal, SealError, SealKind, decode_seal
from ledger.proofs.succession import validate_block_seal, validate_succession
from ledger.snapshot.errors import SnapshotDiffersError, SnapshotError
from ledger.system import SystemContract

PERMISSIONS = SystemContract.PERMISSIONS


class SnapshotChain:
    """Takes a snapshot's blocks one after another; no transaction is executed.

    A block is believed because it is the parent of the next, and the last because it is sealed by those whom the blocks
    before it name, from the founding on. The anchor's block has to stand among them.
    Shape   `head`: the last block taken; `sealers`: who may seal the next; `seal`: that of the head, None without one;
            `changes`: sealed blocks that changed the sealers.
    Errors  SnapshotDiffersError; SnapshotError for an anchor of another ledger or of a later block.
    """

    def __init__(self, facts: Facts, genesis: Genesis, anchor: Anchor) -> None:
        if anchor.founding != facts.founding:
            raise SnapshotDiffersError("snapshot: founding", to_hex(facts.founding), to_hex(anchor.founding))
        if anchor.height > facts.last:
            raise SnapshotError(
                f"snapshot: ends with block {facts.last}, expected one that ends with block {anchor.height} or later, "
                "which the anchor names"
            )
        self._facts = facts
        self._anchor = anchor
        self.head: Header = genesis.header
        self.sealers = FollowedSealers(genesis.alloc[PERMISSIONS.address])
        self.seal: Seal | None = None
        self.changes: list[int] = []
        self._count = 0

    def take(self, stored: StoredBlock) -> Block:
        """Check the next block."""
        height = stored.height
        if height > self._facts.last:
            raise SnapshotDiffersError("snapshot.json: last", self._facts.last, f"{height} or more, as blocks follow")
        try:
            header = decode_header(stored.header)
        except LedgerError as error:
            raise SnapshotError(f"block {height}: {error.detail}") from error
        if height == 0:
            self._check_founding(header, stored)
        else:
            self._check_links(header)
            _check_contents(header, stored)
            self.seal = self._check_seal(header, stored.seal)
            self._follow(stored.receipts, height)
            if self.sealers.changed == height and self.seal is not None:
                self.changes.append(height)
        self.head = header
        self._count += 1
        if height == self._anchor.height:
            self._check_anchor()
        return Block(header, stored.transactions)

    def finish(self) -> None:
        """Check that all blocks came that the facts speak of, and that the last is sealed."""
        if self._count != self._facts.last + 1:
            raise SnapshotDiffersError("snapshot: blocks", self._count, self._facts.last + 1)
        if self.head.hash != self._facts.head:
            raise SnapshotDiffersError("snapshot.json: head", to_hex(self._facts.head), to_hex(self.head.hash))
        if self.seal is None:
            raise SnapshotDiffersError(f"block {self.head.number}: seal", "none", "one, as it is the last")

    def _check_founding(self, header: Header, stored: StoredBlock) -> None:
        if header != self.head:
            fields = ", ".join(header.differences(self.head))
            expected = f"{to_hex(self.head.hash)} by genesis.json ({fields})"
            raise SnapshotDiffersError("block 0", to_hex(header.hash), expected)
        if stored.transactions or stored.receipts or stored.seal:
            raise SnapshotDiffersError("block 0", "transactions, receipts or a seal", "none")

    def _check_links(self, header: Header) -> None:
        parent = self.head
        for what, found, expected in (
            ("number", header.number, parent.number + 1),
            ("parent", to_hex(header.parent_hash), to_hex(parent.hash)),
            ("gas limit", header.gas_limit, parent.gas_limit),
        ):
            if found != expected:
                raise SnapshotDiffersError(f"block {parent.number + 1}: {what}", found, expected)
        if header.timestamp <= parent.timestamp:
            raise SnapshotDiffersError(f"block {header.number}: time", header.timestamp, f"after {parent.timestamp}")

    def _check_seal(self, header: Header, data: bytes) -> Seal | None:
        """A block before a succession may lack its seal: the succession's is over a hash that it is part of."""
        try:
            if not data:
                if self._is_unsealed or header.number == self._facts.last:
                    raise SealError("seal: none, expected one but before a succession")
                return None
            seal = decode_seal(data)
            if seal.kind is SealKind.SUCCESSION:
                self._check_succession(header, seal)
            elif self._is_unsealed:
                raise SealError(f"seal kind: {seal.kind.name}, expected SUCCESSION after a block without a seal")
            else:
                validate_block_seal(header, seal, self._facts.chain_id, self.sealers.set)
        except LedgerError as error:
            expected = "the seal of those in force"
            raise SnapshotDiffersError(f"block {header.number}", data.hex(), expected, error.detail) from error
        return seal

    @property
    def _is_unsealed(self) -> bool:
        return self.head.number > 0 and self.seal is None

    def _check_succession(self, header: Header, seal: Seal) -> None:
        recovery = self.sealers.recovery
        if recovery is None or self.sealers.kind != SealKind.SOLO:
            raise SealError("seal: by recovery keys, where none may name a sequencer")
        validate_succession(header, seal, self._facts.chain_id, recovery, self.head.timestamp)

    def _follow(self, receipts: tuple[Receipt, ...], height: int) -> None:
        abi = contract(PERMISSIONS.contract_name)
        for log in (log for receipt in receipts for log in receipt.logs if log.address == PERMISSIONS.address):
            try:
                name, values = abi.decode_log(log.topics, log.data)
            except AbiError:
                continue
            self.sealers.take(Event(PERMISSIONS, log.address, name, values), height)

    def _check_anchor(self) -> None:
        anchor = self._anchor
        for what, found, expected in (
            ("hash", self.head.hash, anchor.block_hash),
            ("sealers after it", self.sealers.set.hash, anchor.sealers),
        ):
            if found != expected:
                raise SnapshotDiffersError(
                    f"block {anchor.height}: {what}", to_hex(found), f"{to_hex(expected)}, as the anchor says"
                )


def _check_contents(header: Header, stored: StoredBlock) -> None:
    receipts = stored.receipts
    bloom = logs_bloom(log for receipt in receipts for log in receipt.logs)
    transactions_root = list_root(stored.transactions) if stored.transactions else EMPTY_ROOT
    receipts_root = list_root([receipt.encode() for receipt in receipts]) if receipts else EMPTY_ROOT
    for what, found, expected in (
        ("transactions root", to_hex(transactions_root), to_hex(header.transactions_root)),
        ("receipts root", to_hex(receipts_root), to_hex(header.receipts_root)),
        ("receipts", len(receipts), len(stored.transactions)),
        ("gas used", receipts[-1].cumulative_gas_used if receipts else 0, header.gas_used),
        ("bloom of logs", to_hex(bloom.to_bytes(256, "big")), to_hex(header.logs_bloom)),
    ):
        if found != expected:
            raise SnapshotDiffersError(f"block {header.number}: {what}", found, f"{expected}, as its header says")
