"""Equal shares in a replay: the steps of `scripts.voting.shares`, with the clock moved over the time to challenge."""

from typing import Any

from ledger.founding.constitution import Duty
from ledger.ports import StateView
from ledger.system import SystemContract
from ledger.voting.question import Question
from scripts.replay.work import Replay
from scripts.voting.shares import SharesAllocation


class _Sender:
    """A replay's desk, which sends by the relay's key."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def state(self) -> StateView:
        return self._replay.node.chain.state()

    def call(self, of: SystemContract, entry: str, *arguments: Any) -> None:
        self._replay.desk.call(self._replay.keys[Duty.RELAY], of, entry, *arguments)


def allocate_equal_shares(replay: Replay, question: Question) -> None:
    """Bring the winners by certificate; goes on where an earlier run stopped."""
    plan = replay.plan
    allocation = SharesAllocation(_Sender(replay), question, plan.options, replay.budget, replay.voters.count)
    ends = allocation.propose()
    if ends is not None:
        replay.advance_to(ends)
        allocation.finalise()
