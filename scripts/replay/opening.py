"""Where a replay runs: on a ledger in this process, or on a network that runs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.founding.constitution import FOUNDING_DUTIES
from node.clock import SimulatedClock
from node.consensus.solo import SealedBlock
from node.embedded import EmbeddedNode
from node.folder import LedgerFolder
from node.founding import SEALER
from node.keys import key_path
from scripts.network.folder import is_network, load_network
from scripts.replay.ledger import ReplayLedger, WrongReplayError, open_or_found
from scripts.replay.plan import Plan
from scripts.replay.schedule import Schedule, SimulatedSchedule, WallSchedule
from scripts.replay.voters import Voters
from scripts.replay.work import Replay
from scripts.running.carriers import RemoteCarrier
from scripts.running.control import ControlClient, connect_control
from scripts.running.desk import Desk
from scripts.running.kinds import NetworkNotRunningError, NodeKind, node_kind
from scripts.running.ledgers import open_ledger
from scripts.running.remote_desk import RemoteDesk


@contextmanager
def open_replay(plan: Plan, folder: Path, on_block: Callable[[SealedBlock], None]) -> Iterator[Replay]:
    """Open a ledger for the replay of a plan; found one where there is none.

    Errors  WrongReplayError; NetworkNotRunningError; those of `EmbeddedNode`.
    """
    path = load_network(folder).first if is_network(folder) else folder
    is_member = LedgerFolder(path).exists() and node_kind(path) is NodeKind.MEMBER
    with ExitStack() as stack:
        if is_member:
            client = _connect(path)
            stack.callback(client.close)
            yield _on_network(plan, path, client, stack)
        else:
            yield _in_process(plan, path, on_block, stack)


def _connect(path: Path) -> ControlClient:
    missing = [role for role in FOUNDING_DUTIES if not key_path(LedgerFolder(path).keys, role).exists()]
    if missing:
        raise WrongReplayError(f"{path}: without the key of the {missing[0]}, expected the member that founded it")
    client = connect_control(path)
    if client is None:
        raise NetworkNotRunningError(f"{path}: no node runs on it, expected a network that does: `ortaq network up`")
    return client


def _on_network(plan: Plan, path: Path, client: ControlClient, stack: ExitStack) -> Replay:
    """Through the node that runs: blocks are the validators', time is the wall's."""
    ledger = open_or_found(path, plan)
    opened = stack.enter_context(open_ledger(path))
    voters = _voters(ledger, plan, stack)
    desk = RemoteDesk(RemoteCarrier(client), opened.chain, opened.founding.chain_id)
    engine = f"comet+{opened.settings.executor}"
    return Replay(plan, opened, ledger.keys, voters, desk, WallSchedule(), engine)


def _in_process(plan: Plan, path: Path, on_block: Callable[[SealedBlock], None], stack: ExitStack) -> Replay:
    """With the sequencer's key in this process; a simulated clock goes as fast as blocks are made."""
    ledger = open_or_found(path, plan)
    node = stack.enter_context(EmbeddedNode(ledger.folder.path, ledger.keys[SEALER]))
    voters = _voters(ledger, plan, stack)
    clock = node.clock
    schedule: Schedule = SimulatedSchedule(clock) if isinstance(clock, SimulatedClock) else WallSchedule()
    return Replay(plan, node, ledger.keys, voters, Desk(node, on_block), schedule, "pyevm")


def _voters(ledger: ReplayLedger, plan: Plan, stack: ExitStack) -> Voters:
    return stack.enter_context(Voters(ledger.seed, len(plan.file.votes)))
