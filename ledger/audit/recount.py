"""One pass over a chain: each rule takes what it follows, block by block."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.audit.acts import ActRules
from ledger.audit.ballots import BallotRules
from ledger.audit.chain import ChainRules
from ledger.audit.checks import Checks
from ledger.audit.documents import DocumentRules, check_evidence
from ledger.audit.endings import Endings
from ledger.audit.governance import Governance
from ledger.audit.journal import JournalRules
from ledger.audit.people import People
from ledger.audit.proofs import ProofRules
from ledger.audit.proved import ProvedValues
from ledger.audit.questions import Questions
from ledger.audit.record import AuditBlock, AuditTransaction, name_events
from ledger.audit.sealing import SealRules
from ledger.audit.transactions import TransactionRules
from ledger.audit.treasury import TreasuryRules
from ledger.bundle.documents import Facts
from ledger.bundle.parts import StoredBlock
from ledger.bundle.plan import KnownContracts, ProofPlan
from ledger.bundle.reading import Bundle
from ledger.bundle.roots import EvidenceRoots
from ledger.bundle.tables import Tables
from ledger.chain.consensus_act import ConsensusAct
from ledger.chain.genesis import Genesis
from ledger.errors import LedgerError
from ledger.primitives import Hash32, Timestamp, to_hex
from ledger.proofs.anchor import Anchor
from ledger.system import SystemContract
from ledger.voting.question import EffectKind


@dataclass(frozen=True, slots=True)
class Since:
    """The last block of an earlier audit."""

    height: int
    block_hash: Hash32


class Recount:
    """One pass over a bundle's blocks. Shape: `seals`, `ballots`: what was seen of these."""

    def __init__(
        self,
        checks: Checks,
        bundle: Bundle,
        facts: Facts,
        genesis: Genesis,
        anchor: Anchor | None,
        since: Since | None,
        tables: Tables,
    ) -> None:
        self._checks = checks
        self._bundle = bundle
        self._facts = facts
        self._anchor = anchor
        self._since = since
        self._known = KnownContracts()
        # The plan and the roots follow Directory by themselves, as an exporter does.
        self._plan, self._roots = ProofPlan(tables), EvidenceRoots(tables=tables)
        self._tables = tables
        self._chain = ChainRules(checks, genesis.header)
        self._governance = Governance(checks, genesis)
        self._people = People(checks, tables)
        nonces = {address: account.nonce for address, account in genesis.alloc.items()}
        self._transactions = TransactionRules(checks, genesis.chain_id, nonces, tables)
        self.seals = SealRules(checks, genesis.chain_id)
        self._acts = ActRules(checks, genesis.chain_id)
        self._act: ConsensusAct | None = None
        founding = Hash32(genesis.extra_data)
        self._questions = Questions(checks, genesis.chain_id, founding, self._governance, self._people, tables)
        self.ballots = BallotRules(checks, self._questions, self._known)
        self._endings = Endings(checks, self._questions)
        self._documents = DocumentRules(checks, tables)
        self._journal = JournalRules(checks, tables)
        self._treasury = TreasuryRules(checks, self._governance, self._questions, self._documents, tables)
        self._proofs = ProofRules(checks, bundle, self._plan, facts.last, tables)
        if anchor is not None:
            checks.at(None)
            checks.expect("anchor.founding", anchor.founding, founding)

    def take(self, stored: StoredBlock) -> None:
        """The next block."""
        checks = self._checks
        checks.at(stored.height)
        parent = self._chain.head
        header = self._chain.take(stored)
        if header is None:
            return
        self.seals.take(stored, header, parent, self._governance.sealers)
        transactions = tuple(self._open(stored))
        block = AuditBlock(header, transactions)
        self._plan.take(stored.height, stored.receipts)
        self._roots.take(stored.receipts)
        self._transactions.take(block, self._governance.before)
        checks.at(stored.height)
        before = Timestamp(0) if parent is None else parent.timestamp
        self._act = self._acts.take(block, before, self._governance.sealers)
        for transaction in transactions:
            checks.at(stored.height, transaction.index)
            self._take_transaction(block, transaction)
        checks.at(stored.height)
        self._governance.end_block()
        self._check_points(stored.height, header.hash)
        self._check_proofs(block)

    def finish(self, missing: Iterable[str]) -> None:
        """What can be said only at the end."""
        checks, head = self._checks, self._chain.head
        checks.at(None)
        if head is not None:
            checks.expect("bundle.head", self._facts.head, head.hash, "head")
        for currency, total in self._journal.balances.totals():
            name = currency.rstrip(b"\0").decode("ascii", "replace")
            checks.expect("money.total", 0, total, name)
        self._proofs.finish()
        roots = self._tables.table()
        for cid in self._roots.iterate():
            roots.put(str(cid).encode("ascii"), b"")
        check_evidence(checks, self._bundle, roots, missing)
        self._check_reach()

    def _open(self, stored: StoredBlock) -> Iterable[AuditTransaction]:
        for index, (raw, receipt) in enumerate(zip(stored.transactions, stored.receipts, strict=False)):
            self._checks.at(stored.height, index)
            decoded = self._transactions.decode(raw)
            transaction = AuditTransaction(index, raw, decoded, receipt, self._known)
            name_events(transaction)
            yield transaction
        self._checks.at(stored.height)

    def _take_transaction(self, block: AuditBlock, transaction: AuditTransaction) -> None:
        for event in transaction.events:
            effect: EffectKind | None = self._endings.effect_of(transaction, event)
            self._governance.take(block.height, event, effect, self._act)
            self._people.take(transaction, event, block.time)
            self._documents.take(transaction, event, self._governance.before, block.time)
            if event.kind is SystemContract.BALLOTS and event.name == "Opened":
                self._questions.take_opened(block, transaction, event)
            else:
                self._endings.take(block, transaction, event)
        self.ballots.take(block, transaction)
        self._treasury.take(transaction, self._journal.take(block, transaction))

    def _check_points(self, height: int, block_hash: Hash32) -> None:
        anchor, since = self._anchor, self._since
        if anchor is not None and anchor.height == height:
            self._checks.expect("anchor.block", anchor.block_hash, block_hash)
            self._checks.expect("anchor.sealers", anchor.sealers, self._governance.sealers.set.hash)
        if since is not None and since.height == height:
            self._checks.expect("history.rewritten", since.block_hash, block_hash)

    def _check_reach(self) -> None:
        """An earlier audit that went further than this bundle."""
        since = self._since
        if since is not None and since.height > self._facts.last:
            expected = f"block {since.height} with hash {to_hex(since.block_hash)}"
            self._checks.fail("history.rewritten", expected, f"the bundle ends at {self._facts.last}")

    def _check_proofs(self, block: AuditBlock) -> None:
        closed = self._plan.closes.get(block.height, [])
        if not closed and block.height != self._facts.last:
            self._proofs.pass_over(block.height)
            return
        try:
            rows = self._proofs.take(block.header)
        except LedgerError as error:
            self._checks.fail("proof.form", "proofs that can be read", error.detail)
            return
        proved = ProvedValues(self._checks, rows)
        if block.height == self._facts.last:
            self._compare_end(proved)
            return
        for address, id_ in closed:
            asked = self._questions.find(address, id_)
            if asked is not None:
                proved.question(asked)
            proved.versions([(address, SystemContract.BALLOTS)])
        # Nobody asks for it again.
        del self._plan.closes[block.height]

    def _compare_end(self, proved: ProvedValues) -> None:
        proved.versions(self._known.by_address.items())
        proved.end(self._governance, self._people, self._questions, self._journal, self._documents, self._treasury)
        for address, id_ in self._plan.allocated():
            asked = self._questions.find(SystemContract.BALLOTS.address, id_)
            if asked is not None and asked.selected is not None:
                proved.allocation(address, self._known.by_address[address], id_, asked)
