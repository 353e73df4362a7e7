"""A real vote, replayed on the embedded engine, built again block by block by both executors under admission."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.abi import contract
from ledger.chain.admission import Admission
from ledger.ports import LogFilter
from ledger.primitives import Height
from ledger.system import SystemContract
from ledger.views.questions import load_question, load_tally
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import open_reader
from node.folder import LedgerFolder, load_founding
from node.permissions import StatePermissions
from node.store.chain_reader import StoredChain
from node.store.lmdb_store import LmdbStore
from scripts.replay.run import replay_file
from scripts.replay.work import QUESTION
from scripts.terminal.console import Output
from tests.engines import geth_binary
from tests.node.execution.conformance import Engines, Twins, sign_for
from tests.paths import pabulib_dir

pytestmark = pytest.mark.engine
VOTE = "Netherlands_Amsterdam_643.pb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> LedgerFolder:
    geth_binary()
    path = tmp_path_factory.mktemp("replay") / "ledger"
    assert replay_file(pabulib_dir() / VOTE, path, Output(quiet=True), 0).holds
    return LedgerFolder(path)


@pytest.fixture
def chain(folder: LedgerFolder) -> Iterator[StoredChain]:
    with closing(LmdbStore(folder.store, read_only=True)) as store:
        yield open_reader(store, load_founding(folder)[0].chain_id)


def noise(chain_id: int, number: int) -> list[bytes]:
    """Transactions that no block may hold: no duty, no right to create, a call that accepts nothing, an old nonce."""
    keys = [(1_000 * number + index).to_bytes(32, "big") for index in range(1, 5)]
    cast = contract("Ballots").encode_call("cast", QUESTION, bytes(300))
    return [
        sign_for(chain_id, keys[0], SystemContract.ROLL.address),
        sign_for(chain_id, keys[1], None, bytes.fromhex("60015ff3")),
        sign_for(chain_id, keys[2], SystemContract.BALLOTS.address, cast, gas_limit=400_000),
        sign_for(chain_id, keys[2], SystemContract.BALLOTS.address, cast, gas_limit=400_000, nonce=1),
        sign_for(chain_id, keys[3], SystemContract.BALLOTS.address, cast[:3]),
    ]


def test_real_vote__built_again_among_refused_transactions__gives_the_same_blocks(
    folder: LedgerFolder, chain: StoredChain, tmp_path: Path
) -> None:
    founding, genesis = load_founding(folder)
    engines = Engines(tmp_path, genesis)
    twins = Twins(engines)
    for number in range(1, chain.head().number + 1):
        block = chain.block(Height(number))
        assert block is not None
        before = noise(founding.chain_id, number)
        after = noise(founding.chain_id, 500 + number)
        executed = twins.build(
            [*before, *block.transactions, *block.transactions, *after],
            lambda state: Admission(StatePermissions(state)),
            seconds=block.header.timestamp - twins.embedded.head().timestamp,
        )
        assert executed.block == block
        assert len(executed.refusals) == len(before) + len(block.transactions) + len(after)
    assert twins.geth.head() == chain.head()
    twins.compare_states([entry.address for entry in SystemContract], [0, 1, 2, 3, 9, 30], chain.head().number // 2)
    twins.compare_states([entry.address for entry in SystemContract], [0, 1, 2, 3, 9, 30])
    twins.compare_chains()
    engines.close()


def test_real_vote__given_to_geth_as_a_store__has_the_same_result(folder: LedgerFolder, tmp_path: Path) -> None:
    founding, genesis = load_founding(folder)
    with (
        closing(LmdbStore(folder.store)) as store,
        GethEngine.open(tmp_path / "geth", genesis, store, GethOptions(geth_binary(), cache_mib=64)) as geth,
    ):
        ours, theirs = open_reader(store, founding.chain_id).state(), geth.reader().state()
        question = load_question(ours, QUESTION)
        assert load_question(theirs, QUESTION) == question
        assert load_tally(theirs, QUESTION) == load_tally(ours, QUESTION)
        query = LogFilter(Height(0), geth.head().number, SystemContract.BALLOTS.address)
        assert len(list(geth.reader().logs(query))) > 2
        assert geth.link.restarts == 0
