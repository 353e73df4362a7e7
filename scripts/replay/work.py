"""What all stages of a replay work with: plan, node, keys, and calls that take effect."""

from collections.abc import Callable
from typing import Any

from coincurve import PrivateKey

from ledger.abi import contract
from ledger.evidence.cid import encode_cid_bytes, parse_cid
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_HASH, Hash32, Timestamp
from ledger.reading import read
from ledger.system import SystemContract
from ledger.voting.question import Budget
from node.clock import SimulatedClock
from node.consensus.solo import SealedBlock
from node.embedded import EmbeddedNode
from scripts.replay.plan import Plan
from scripts.replay.voters import Voters
from scripts.running.desk import Desk

QUESTION = 1


class Replay:
    """What all stages work with."""

    def __init__(
        self,
        plan: Plan,
        node: EmbeddedNode,
        keys: dict[str, PrivateKey],
        voters: Voters,
        on_block: Callable[[SealedBlock], None] = lambda _: None,
    ) -> None:
        self.plan = plan
        self.node = node
        self.keys = keys
        self.voters = voters
        self.desk = Desk(node, on_block)
        self.budget: Budget = plan.budget
        self._anchored: dict[bytes, int] = {}

    def read(self, of: SystemContract, entry: str, *arguments: Any) -> Any:
        """The first output of a view, now."""
        return read(self.node.chain.state(), of, entry, *arguments)[0]

    def advance_to(self, time_s: int) -> None:
        """Move the simulated clock."""
        clock = self.node.clock
        if isinstance(clock, SimulatedClock):
            clock.advance_to(Timestamp(time_s))

    @property
    def options(self) -> list[tuple[bytes, int, bytes]]:
        """The options as the contracts take them."""
        return [(option.label, option.cost, option.payee) for option in self.plan.options]

    @property
    def effect(self) -> bytes:
        """What the passed question calls on the Treasury."""
        return contract("Treasury").encode_call("appropriate_result", self.options, self.budget.row)

    def add_evidence(self, data: bytes, purpose: str, subject: Hash32 = ZERO_HASH) -> int:
        """Keep a file and anchor it, if it is not anchored yet; its number."""
        cid = encode_cid_bytes(parse_cid(self.node.evidence.add(data)))
        for number in range(len(self._anchored) + 1, self.read(SystemContract.EVIDENCE, "count") + 1):
            self._anchored[self.read(SystemContract.EVIDENCE, "evidence", number)[0]] = number
        if cid not in self._anchored:
            word = purpose.encode("ascii").ljust(32, b"\0")
            self.desk.call(self.keys[Duty.TREASURER], SystemContract.EVIDENCE, "anchor", cid, word, subject)
            self._anchored[cid] = len(self._anchored) + 1
        return self._anchored[cid]
