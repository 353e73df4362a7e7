"""Storage proofs: exactly the rows that the logs call for, each with nodes that lead to its value."""

from collections.abc import Iterator

from ledger.audit.checks import Checks
from ledger.audit.proved import ProvedRows
from ledger.bundle.errors import BundleError
from ledger.bundle.multiproof import decode_multiproof, verify_multiproof
from ledger.bundle.names import RUN_SLOTS, Kind
from ledger.bundle.plan import ProofPlan
from ledger.bundle.reading import Bundle, Member
from ledger.bundle.tables import Tables
from ledger.chain.header import Header
from ledger.errors import LedgerError


class ProofRules:
    """Proof members, each checked when its block has been followed."""

    def __init__(self, checks: Checks, bundle: Bundle, plan: ProofPlan, last: int, tables: Tables) -> None:
        self._checks = checks
        self._bundle = bundle
        self._plan = plan
        self._last = last
        self._tables = tables
        # Ascending by height, as the container says.
        self._members = bundle.of_kind(Kind.PROOFS)
        self._next = next(self._members, None)

    def pass_over(self, height: int) -> None:
        """A block of whose state the bundle has to prove nothing."""
        for member in self._members_until(height):
            self._checks.fail("proof.rows", "proofs of closes and of the last block", member.name.text)

    def take(self, header: Header) -> ProvedRows:
        """The proved values of the state after a block."""
        self.pass_over(header.number - 1)
        proved = ProvedRows(self._tables.table())
        runs = [self._read(member, header, proved) for member in self._members_until(header.number)]
        self._check_rows(header.number, runs, proved)
        return proved

    def finish(self) -> None:
        """What is left proves blocks that are not there."""
        for member in self._members_until(None):
            self._checks.fail("proof.rows", "proofs of blocks of the bundle", member.name.text)

    def _members_until(self, height: int | None) -> Iterator[Member]:
        """The next members, up to those of a height."""
        while self._next is not None and (height is None or self._next.name.height <= height):
            yield self._next
            self._next = next(self._members, None)

    def _read(self, member: Member, header: Header, proved: ProvedRows) -> int:
        """Check a member and take its values over. Result: how many."""
        name = member.name.text
        try:
            proof = decode_multiproof(self._bundle.read(member), name)
        except BundleError as error:
            self._checks.fail("proof.form", "a canonical proof", error.detail, name)
            return 0
        self._checks.expect("proof.form", header.number, proof.height, name)
        try:
            verify_multiproof(proof, header.state_root)
            self._checks.count("proof.node", len(proof.nodes))
        except LedgerError as error:
            self._checks.fail("proof.node", "nodes that lead from the state root", error.detail, name)
        for row, value in proof.values:
            proved.put(row, value)
        return len(proof.values)

    def _check_rows(self, height: int, runs: list[int], proved: ProvedRows) -> None:
        """Compare the rows with those that the logs call for. `runs`: rows of each member, in their order."""
        expected = ProvedRows(self._tables.table())
        for row in self._plan.iterate_rows(height, self._last, proved.value):
            expected.put(row, 0)
        both, lacking, surplus = expected.compare(proved)
        count = both + lacking
        cut = [min(RUN_SLOTS, count - start) for start in range(0, count, RUN_SLOTS)]
        if runs == cut and proved.is_ascending and not lacking and not surplus:
            self._checks.count("proof.rows", count)
            return
        detail = f"{lacking} missing, {surplus} of none, {len(runs)} runs"
        self._checks.fail("proof.rows", f"{count} rows", detail)
