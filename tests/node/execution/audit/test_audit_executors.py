"""Executors of audits: stock py-evm from the first block, or from the middle with a witness that nobody believes."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.ports import Block
from ledger.primitives import Height, keccak256
from node.execution.audit.geth import GethExecutor
from node.execution.audit.port import ExecutionDiffersError
from node.execution.audit.stock import StockExecutor
from node.execution.audit.witness import StateWitness, open_states
from node.execution.geth.errors import ExecutorUnavailableError
from node.execution.geth.process import GethOptions
from tests.api.town import Town, find_town
from tests.engines import geth_binary

MIDDLE = 6
END = 12


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return find_town(tmp_path_factory)


@pytest.fixture(scope="module")
def blocks(town: Town) -> list[Block]:
    return [town.chain.block(Height(height)) for height in range(END)]


@pytest.fixture
def genesis(town: Town):
    from ledger.chain.genesis_file import parse_genesis

    return parse_genesis(town.ledger.folder.genesis.read_text())


def test_stock__blocks_of_the_embedded_engine__gives_the_same(genesis, blocks: list[Block]) -> None:
    executor = StockExecutor(genesis)
    try:
        assert executor.genesis() == blocks[0].header.hash
        for block in blocks[1:]:
            executor.execute(block)
    finally:
        executor.close()


@pytest.mark.parametrize("field", ["state_root", "receipts_root"])
def test_stock__header_with_another_root__differs_by_name(genesis, blocks: list[Block], field: str) -> None:
    executor = StockExecutor(genesis)
    wrong = Block(replace(blocks[1].header, **{field: keccak256(b"x")}), blocks[1].transactions)
    try:
        with pytest.raises(ExecutionDiffersError) as caught:
            executor.execute(wrong)
    finally:
        executor.close()
    assert caught.value.facts["field"] == field


def start_late(genesis, blocks: list[Block], witness) -> StockExecutor:
    executor = StockExecutor(genesis, witness)
    for block in blocks[1:MIDDLE]:
        executor.skip(block.header)
    return executor


def test_stock__from_the_middle_with_a_witness__gives_the_same(genesis, blocks: list[Block], tmp_path: Path) -> None:
    with closing(StateWitness(genesis, tmp_path)) as witness:
        assert all(witness.follow(block) for block in blocks[1:MIDDLE])
    with open_states(tmp_path) as states, closing(start_late(genesis, blocks, states)) as executor:
        for block in blocks[MIDDLE:]:
            executor.execute(block)


def test_stock__witness_that_lies__gives_nothing(genesis, blocks: list[Block]) -> None:
    executor = start_late(genesis, blocks, lambda _: b"\xc0 anything")
    try:
        with pytest.raises(ExecutionDiffersError):
            executor.execute(blocks[MIDDLE])
    finally:
        executor.close()


def test_witness__block_that_does_not_follow__is_refused(genesis, blocks: list[Block], tmp_path: Path) -> None:
    with closing(StateWitness(genesis, tmp_path)) as witness:
        assert not witness.follow(blocks[2])


@pytest.fixture
def geth(genesis) -> Iterator[GethExecutor]:
    with closing(GethExecutor(genesis, GethOptions(geth_binary(), cache_mib=64))) as executor:
        yield executor


@pytest.mark.engine
def test_geth__blocks_of_the_embedded_engine__gives_the_same(geth: GethExecutor, blocks: list[Block]) -> None:
    assert geth.genesis() == blocks[0].header.hash
    for block in blocks[1:]:
        geth.execute(block)


@pytest.mark.engine
def test_geth__header_with_other_values__differs_by_name(geth: GethExecutor, blocks: list[Block]) -> None:
    header = blocks[1].header
    other = keccak256(b"x")
    found = {}
    for change in ({"state_root": other}, {"receipts_root": other}, {"gas_used": 1}, {"logs_bloom": b"\1" * 256}):
        with pytest.raises(ExecutionDiffersError) as caught:
            geth.execute(Block(replace(header, **change), blocks[1].transactions))
        found[caught.value.facts["field"]] = (caught.value.facts["expected"], caught.value.facts["found"])
    detail = found.pop("block")[1]
    assert detail.startswith("invalid bloom")
    assert found == {
        "state_root": (header.state_root.hex(), other.hex()),
        "receipts_root": (header.receipts_root.hex(), other.hex()),
        "gas_used": (str(header.gas_used), "1"),
    }


@pytest.mark.engine
def test_geth__block_that_does_not_follow__differs(geth: GethExecutor, blocks: list[Block]) -> None:
    with pytest.raises(ExecutionDiffersError, match="block 2"):
        geth.execute(blocks[2])


@pytest.mark.engine
def test_geth__ended_in_the_middle__unavailable(geth: GethExecutor, blocks: list[Block]) -> None:
    geth.execute(blocks[1])
    assert geth._process.pid is not None
    os.kill(geth._process.pid, signal.SIGKILL)
    with pytest.raises(ExecutorUnavailableError, match="after 1 blocks"):
        geth.execute(blocks[2])
