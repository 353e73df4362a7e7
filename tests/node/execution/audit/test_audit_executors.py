"""Executors of audits: stock py-evm from the first block, or from the middle with a witness that nobody believes."""

from dataclasses import replace

import pytest

from ledger.ports import Block
from ledger.primitives import Height, keccak256
from node.execution.audit.port import ExecutionDiffersError
from node.execution.audit.stock import StockExecutor
from node.execution.audit.witness import StateWitness
from tests.api.town import Town, find_town

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


def test_stock__from_the_middle_with_a_witness__gives_the_same(genesis, blocks: list[Block]) -> None:
    witness = StateWitness(genesis)
    assert all(witness.follow(block) for block in blocks[1:MIDDLE])
    executor = start_late(genesis, blocks, witness.find)
    try:
        for block in blocks[MIDDLE:]:
            executor.execute(block)
    finally:
        executor.close()
        witness.close()


def test_stock__witness_that_lies__gives_nothing(genesis, blocks: list[Block]) -> None:
    executor = start_late(genesis, blocks, lambda _: b"\xc0 anything")
    try:
        with pytest.raises(ExecutionDiffersError):
            executor.execute(blocks[MIDDLE])
    finally:
        executor.close()


def test_witness__block_that_does_not_follow__is_refused(genesis, blocks: list[Block]) -> None:
    witness = StateWitness(genesis)
    try:
        assert not witness.follow(blocks[2])
    finally:
        witness.close()
