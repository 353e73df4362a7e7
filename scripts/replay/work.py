"""What all stages of a replay work with: plan, ledger, keys, time, and calls that take effect."""

from collections.abc import Sequence
from typing import Any, Protocol

from coincurve import PrivateKey

from ledger.abi import contract
from ledger.evidence.cid import encode_cid_bytes, parse_cid
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_HASH, Gas, Height
from ledger.reading import read
from ledger.system import SystemContract
from ledger.voting.question import Budget
from node.ports import OpenLedger
from scripts.replay.plan import Plan
from scripts.replay.schedule import Schedule
from scripts.replay.voters import Voters

QUESTION = 1
ANCHOR_GAS = Gas(500_000)


class ReplayDesk(Protocol):
    """Sends calls, as `scripts.running.desk` says."""

    def send(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any, gas: Gas = ...) -> None: ...

    def flush(self) -> Height | None: ...

    def call(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any) -> Height: ...


class Replay:
    """What all stages work with. Shape: `engine` names what decides on blocks and executes them, for the report."""

    def __init__(
        self,
        plan: Plan,
        node: OpenLedger,
        keys: dict[str, PrivateKey],
        voters: Voters,
        desk: ReplayDesk,
        schedule: Schedule,
        engine: str,
    ) -> None:
        self.plan = plan
        self.node = node
        self.keys = keys
        self.voters = voters
        self.desk = desk
        self.schedule = schedule
        self.engine = engine
        self.budget: Budget = plan.budget
        self._anchored: dict[bytes, int] = {}

    def read(self, of: SystemContract, entry: str, *arguments: Any) -> Any:
        """The first output of a view, now."""
        return read(self.node.chain.state(), of, entry, *arguments)[0]

    def advance_to(self, time_s: int) -> None:
        """Have the next block's time be `time_s` at least."""
        self.schedule.advance_to(time_s)

    @property
    def options(self) -> list[tuple[bytes, int, bytes]]:
        """The options as the contracts take them."""
        return [(option.label, option.cost, option.payee) for option in self.plan.options]

    @property
    def effect(self) -> bytes:
        """What the passed question calls on the Treasury."""
        return contract("Treasury").encode_call("appropriate_result", self.options, self.budget.row)

    def add_evidence(self, data: bytes, purpose: str) -> int:
        """Keep a file and anchor it, if it is not anchored yet; its number."""
        return self.add_files([data], purpose)[0]

    def add_files(self, files: Sequence[bytes], purpose: str) -> list[int]:
        """Keep files and anchor those that are not anchored yet; their numbers."""
        cids = [encode_cid_bytes(parse_cid(self.node.evidence.add(data))) for data in files]
        self._read_anchored()
        word = purpose.encode("ascii").ljust(32, b"\0")
        for cid in dict.fromkeys(cid for cid in cids if cid not in self._anchored):
            arguments = (cid, word, ZERO_HASH)
            self.desk.send(self.keys[Duty.TREASURER], SystemContract.EVIDENCE, "anchor", *arguments, gas=ANCHOR_GAS)
        self.desk.flush()
        self._read_anchored()
        return [self._anchored[cid] for cid in cids]

    def _read_anchored(self) -> None:
        for number in range(len(self._anchored) + 1, self.read(SystemContract.EVIDENCE, "count") + 1):
            self._anchored[self.read(SystemContract.EVIDENCE, "evidence", number)[0]] = number
