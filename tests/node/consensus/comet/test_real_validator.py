"""A real CometBFT: ballots survive every process that is killed, and blocks are those of one sequencer."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from ledger.chain.admission import Admission
from ledger.chain.transaction import BadTransactionError
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Hash32, Height
from ledger.proofs.comet.body import decode_body
from ledger.proofs.comet.commit import validate_commit
from ledger.proofs.comet.header import chain_name
from ledger.proofs.seal import SealKind, decode_seal
from ledger.views.ballot_index import find_ballot
from ledger.views.questions import load_question
from ledger.voting.ballot import Ballot, domain_separator, sign_ballot
from node.consensus.comet import offering, told
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.members import StateMembers
from node.consensus.comet.progress import decided_at
from node.consensus.comet.rpc import CometUnreachableError
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder, load_founding
from node.mempool import MempoolError
from node.permissions import StatePermissions
from node.store.chain_reader import StoredChain
from node.store.lmdb_store import LmdbStore
from node.validator import ValidatorNode
from tests.engines import cometbft_binary
from tests.node.consensus.comet.member import SEATS, TIMEOUT_S
from tests.node.consensus.comet.network import (
    CHOICE,
    digest_of,
    found_network,
    make_ledger,
    open_network,
    submit,
)
from tests.node.consensus.comet.stage import Founded
from tests.paths import REPOSITORY
from tests.scripts.small_ledger import voter_key

pytestmark = pytest.mark.engine


class Child:
    """The process of tests/node/consensus/comet/member.py."""

    def __init__(self, ledger: Path, binary: Path, sequence: int, acknowledged: dict[tuple[int, int], int]) -> None:
        self.acknowledged = acknowledged
        self.comet = 0
        command = [sys.executable, "-m", "tests.node.consensus.comet.member", ledger, binary, str(sequence)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)

    def read(self, rounds: int) -> None:
        """Follow what it says until ballots of so many more rounds are acknowledged."""
        wanted = len(self.acknowledged) + rounds * SEATS
        for line in self.process.stdout:
            word, *numbers = line.split()
            if word == "comet" and numbers != ["None"]:
                self.comet = int(numbers[0])
            elif word == "acknowledged":
                seat, sequence, height = map(int, numbers)
                self.acknowledged[seat, sequence] = height
            if len(self.acknowledged) >= wanted:
                return
        pytest.fail("the member ended")

    def kill(self, *, comet: bool, node: bool) -> None:
        assert self.comet > 0
        if comet:
            os.kill(self.comet, signal.SIGKILL)
        if node:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


@pytest.fixture
def binary() -> Path:
    return cometbft_binary()


def test_validator__every_process_killed__keeps_each_acknowledged_ballot(binary: Path, tmp_path: Path) -> None:
    ledger, solo = tmp_path / "ledger", tmp_path / "solo"
    question = make_ledger(ledger)
    shutil.copytree(ledger, solo)
    acknowledged: dict[tuple[int, int], int] = {}
    sequence = 1
    for comet, node in ((True, False), (False, True), (True, True)):
        child = Child(ledger, binary, sequence, acknowledged)
        try:
            child.read(1)
            child.kill(comet=comet, node=node)
            if not node:
                child.read(1)
        finally:
            if not node:
                child.kill(comet=False, node=True)
        sequence = max(sequence for _, sequence in acknowledged) + 2
    CometHome(ledger / "comet").process.end(TIMEOUT_S)
    with opened(ledger) as (engine, chain):
        chain_id = load_founding(LedgerFolder(ledger))[0].chain_id
        domain = domain_separator(chain_id, question.contract)
        for (seat, number), height in acknowledged.items():
            ballot = Ballot(Hash32(question.hash), seat, number, CHOICE)
            place = find_ballot(chain, digest_of(chain_id, question, sign_ballot(domain, ballot, voter_key(seat))))
            assert place is not None
            assert place.height == height
        assert len(acknowledged) >= 4 * SEATS
        assert load_question(chain.state(), 1).hash == question.hash
        check_seals(chain, chain_id, engine.head().number)
        check_solo(solo, chain)


def test_validator__cometbft_that_outlives_its_killed_node__is_ended_by_the_next(binary: Path, tmp_path: Path) -> None:
    """One that has not found its application yet waits for it for ever, and holds its database; so does this one."""
    ledger = tmp_path / "ledger"
    make_ledger(ledger)
    acknowledged: dict[tuple[int, int], int] = {}
    child = Child(ledger, binary, 1, acknowledged)
    child.read(1)
    left = child.comet
    os.kill(left, signal.SIGSTOP)
    child.kill(comet=False, node=True)
    assert CometHome(ledger / "comet").process.find().pid == left
    child = Child(ledger, binary, max(sequence for _, sequence in acknowledged) + 2, acknowledged)
    try:
        child.read(1)
        assert child.comet != left
        assert not psutil.pid_exists(left)
    finally:
        child.kill(comet=True, node=True)


def test_validator__cometbft_killed_while_more_waits_than_it_is_given__places_all(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "LEAST_HELD", 4)
    monkeypatch.setattr(offering, "MANY", 2)
    monkeypatch.setattr(offering, "PATIENCE_S", 10**6)
    paths = found_network(tmp_path, 1)
    founded, members = Founded.read(paths[0]), StateMembers()
    (node,) = open_network(paths, binary, members, members)
    try:
        sent = [submit(node, founded.admit(nonce)) for nonce in range(60)]
        wait_until(lambda: not node._application.checks.has_room())
        os.kill(node.process.pid, signal.SIGKILL)
        assert all((placed := node.wait(each, TIMEOUT_S)) is not None and placed.success for each in sent)
    finally:
        node.close()


class opened:  # noqa: N801
    """A ledger's engine and chain, and nothing else that has it open."""

    def __init__(self, ledger: Path) -> None:
        self._genesis = load_founding(LedgerFolder(ledger))[1]
        self._store = LmdbStore(LedgerFolder(ledger).store)

    def __enter__(self) -> tuple[PyEvmEngine, StoredChain]:
        engine = PyEvmEngine(self._store, self._genesis)
        return engine, engine.reader()

    def __exit__(self, *_: object) -> None:
        self._store.close()


def check_seals(chain: StoredChain, chain_id: int, head: Height) -> None:
    """Each block that CometBFT decided has a seal that holds, but for the newest ones."""
    sealed = [number for number in range(1, head + 1) if decided_at(chain, number) is not None and chain.seal(number)]
    assert sealed
    for number in sealed:
        header = chain.header(number)
        seal = decode_seal(chain.seal(number))
        assert (seal.kind, seal.block_hash) == (SealKind.COMMIT, header.hash)
        signed = decode_body(seal.body, chain_name(chain_id), header.hash)
        assert signed.header.height == decided_at(chain, number) + 1
        validate_commit(signed)


def check_solo(solo: Path, chain: StoredChain) -> None:
    """One sequencer that is given the same transactions and times makes the same bytes."""
    with opened(solo) as (engine, _):
        first = engine.head().number + 1
        assert chain.head().number > first
        for number in range(first, chain.head().number + 1):
            block = chain.block(number)
            attributes = BlockAttributes(block.header.timestamp, ZERO_ADDRESS, b"", engine.head().gas_limit)
            executed = engine.build(block.transactions, attributes, Admission(StatePermissions(engine.state())))
            assert executed.block == block
            engine.make_head(executed)


def test_network__four_validators__agree_and_go_on_without_one(binary: Path, tmp_path: Path) -> None:
    paths = found_network(tmp_path, 4)
    founded, members = Founded.read(paths[0]), StateMembers()
    nodes = open_network(paths, binary, members, members)
    try:
        admit_everywhere(nodes, founded, range(6))
        os.kill(nodes[3].process.pid, signal.SIGSTOP)
        admit_everywhere(nodes[:3], founded, range(6, 9))
        os.kill(nodes[3].process.pid, signal.SIGCONT)
        admit_everywhere(nodes, founded, range(9, 12))
        last = min(node.chain.head().number for node in nodes)
        assert len({node.chain.header(last).hash for node in nodes}) == 1
        for node in nodes:
            check_seals(node.chain, founded.chain_id, last)
    finally:
        for node in nodes:
            node.close()


def admit_everywhere(nodes: list[ValidatorNode], founded: Founded, nonces: range) -> None:
    """Send transactions of one sender to one node after the other; each comes to acknowledge all of them."""
    for nonce in nonces:
        sent = submit(nodes[nonce % len(nodes)], founded.admit(nonce))
        # The next node takes the next nonce once it has heard of this one.
        wait_until(partial(knows, nodes[(nonce + 1) % len(nodes)], sent))
    for node in nodes:
        placed = node.wait(sent, TIMEOUT_S)
        assert placed is not None, node.mempool.reason(sent)
        assert placed.success


def knows(node: ValidatorNode, transaction_hash: Hash32) -> bool:
    return transaction_hash in node.mempool or node.chain.transaction_place(transaction_hash) is not None


def wait_until(is_so: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_network__node_that_the_ledger_does_not_name__is_not_let_in(binary: Path, tmp_path: Path) -> None:
    paths = found_network(tmp_path, 1, guests=1)
    founded, members = Founded.read(paths[0]), StateMembers()
    member, guest = open_network(paths, binary, members, members)
    try:
        sent = submit(member, founded.admit(0))
        assert member.wait(sent, TIMEOUT_S) is not None
        check_refusals(member, founded)
        wait_until(lambda: is_up(guest))
        assert guest.wait(sent, 3) is None
        assert member.rpc.net_info()["n_peers"] == "0"
        assert guest.chain.head().number == 0
    finally:
        member.close()
        guest.close()


def check_refusals(node: ValidatorNode, founded: Founded) -> None:
    """Senders are told why: at once, or when the block was built."""
    with pytest.raises(MempoolError, match="expected at least 1"):
        node.submit(founded.admit(0))
    with pytest.raises(MempoolError, match="leaves a gap"):
        node.submit(founded.admit(2))
    with pytest.raises(BadTransactionError, match="chain_id"):
        node.submit(founded.admit(1, chain_id=1))
    useless = node.submit(founded.cast_nothing())
    assert useless in node.mempool
    assert node.submit(founded.cast_nothing()) == useless
    assert node.wait(useless, TIMEOUT_S) is None
    assert "nothing in it was accepted" in node.mempool.reason(useless)
    # It may be sent again: the state may have changed meanwhile.
    assert node.submit(founded.cast_nothing()) == useless


def is_up(node: ValidatorNode) -> bool:
    try:
        node.rpc.status()
    except CometUnreachableError:
        return False
    return True
