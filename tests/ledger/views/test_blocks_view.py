"""Blocks, their seals and their calls."""

from dataclasses import replace
from typing import Any

import pytest
from coincurve import PrivateKey

from ledger.primitives import Hash32, Height
from ledger.proofs.seal import SealKind, make_seal
from ledger.views.blocks import UnknownBlockError, contract_names, find_header, list_blocks, load_transactions
from ledger.views.contracts import load_contracts
from ledger.views.people import load_duties, load_people
from ledger.views.seals import SealState, check_seal
from tests.api.town import Town


class Resealed:
    """The town's chain with other seals."""

    def __init__(self, town: Town, seal: bytes | None) -> None:
        self._chain = town.chain
        self._seal = seal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def seal(self, height: Height) -> bytes | None:
        del height
        return self._seal


def test_block__every_one__is_sealed_and_read_whole(town: Town) -> None:
    names = contract_names(load_contracts(town.chain.state()).by_name())
    called = set()
    for height in range(1, town.chain.head().number + 1):
        header = find_header(town.chain, height)
        rows = load_transactions(town.chain, town.chain_id, header, names)
        assert check_seal(town.chain, town.chain_id, header).state is SealState.SEALED
        assert sum(row.gas_used for row in rows) == header.gas_used
        called |= {(row.contract, row.entry) for row in rows}
    assert ("Ballots", "cast") in called
    assert ("", "") not in called


def test_block__by_hash__is_the_one_by_height(town: Town) -> None:
    header = find_header(town.chain, 3)

    assert find_header(town.chain, block_hash=header.hash) == header


@pytest.mark.parametrize("height", [-1, 10_000, 2**63, 2**70])
def test_block__unknown__is_refused(town: Town, height: int) -> None:
    with pytest.raises(UnknownBlockError):
        find_header(town.chain, height)
    with pytest.raises(UnknownBlockError):
        find_header(town.chain, block_hash=Hash32(bytes(32)))


def test_blocks__list__goes_down_to_genesis(town: Town) -> None:
    lines = list_blocks(town.chain, 2, 10)

    assert [line.header.number for line in lines] == [2, 1, 0]
    assert [line.transactions for line in lines] == [1, 1, 0]
    assert all(line.is_sealed for line in lines)


def test_seal__of_another_key_or_block__is_wrong(town: Town) -> None:
    header = find_header(town.chain, 3)
    key = PrivateKey(bytes(31) + b"\x01")
    stranger = make_seal(SealKind.SOLO, town.chain_id, header.number, header.hash, key)
    true = town.chain.seal(header.number)
    assert true is not None

    def state_of(seal: bytes | None) -> SealState:
        return check_seal(Resealed(town, seal), town.chain_id, header).state

    assert state_of(true) is SealState.SEALED
    assert state_of(None) is SealState.MISSING
    assert state_of(stranger.encode()) is SealState.WRONG
    assert state_of(town.chain.seal(Height(4))) is SealState.WRONG
    assert state_of(true[:-1]) is SealState.WRONG
    assert state_of(b"\x09" * 106) is SealState.WRONG
    assert check_seal(town.chain, town.chain_id + 1, header).state is SealState.WRONG
    assert check_seal(town.chain, town.chain_id, replace(header, number=Height(0))).state is SealState.FOUNDING


def test_people__town__are_counted(town: Town) -> None:
    people = load_people(town.chain.state())

    assert (people.members, people.ended, people.seats) == (12, 0, 12)
    assert [[duty.value for duty in view.duties] for view in load_duties(town.chain.state())] == [
        ["registrar"],
        ["relay"],
        ["returning officer"],
        ["treasurer"],
    ]
