"""Whose turn it is: the same priorities as CometBFT's own `ValidatorSet` has, height by height.

The vectors come from a program that drives `types.ValidatorSet` of CometBFT 0.38.25 as its `updateState` does.
"""

import json
from typing import Any

import pytest

from ledger.primitives import Address
from node.snapshot import proposers
from node.snapshot.proposers import ProposerError, check_proposer, first_turn, next_turn, turns_until
from tests.paths import REPOSITORY

CHAINS: list[dict[str, Any]] = json.loads((REPOSITORY / "tests" / "vectors" / "comet_proposers.json").read_text())


def powers(rows: list[dict[str, Any]]) -> dict[bytes, int]:
    return {bytes.fromhex(row["key"]): row["power"] for row in rows}


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: f"{len(chain['powers'])}-{len(chain['changes'])}")
def test_turns__chains_of_comet__have_its_priorities_and_proposers(chain: dict[str, Any]) -> None:
    changes = {int(height): powers(rows) for height, rows in chain["changes"].items()}
    initial = chain["initial"]
    for expected in chain["turns"]:
        height = expected["height"]
        if height < initial + 2:
            continue
        turn = turns_until(powers(chain["powers"]), initial, changes, height)[2]
        members = turn.validators.validators
        found = {member.key.hex(): value for member, value in zip(members, turn.priorities, strict=True)}
        assert (turn.validators.hash.hex(), found) == (expected["hash"], expected["priorities"])
        assert turn.proposer.key.hex() == expected["proposer"]


def test_turns__three_in_one_call__are_those_of_neighbouring_heights() -> None:
    chain = CHAINS[3]
    changes = {int(height): powers(rows) for height, rows in chain["changes"].items()}
    first, initial = powers(chain["powers"]), chain["initial"]
    for last in range(initial + 4, initial + 60):
        before, now = (turns_until(first, initial, changes, height) for height in (last - 1, last))
        assert before[1:] == now[:2]


def test_turns__after_many_heights__skips_whole_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    start = powers(CHAINS[1]["powers"])
    total = sum(start.values())
    turn = first_turn(start)
    for _ in range(20_000):
        turn = next_turn(turn)
    assert turns_until(start, 1, {}, 20_001)[2] == turn
    calls = 0
    whole = proposers.next_turn

    def counted(turn: proposers.Turn) -> proposers.Turn:
        nonlocal calls
        calls += 1
        return whole(turn)

    monkeypatch.setattr(proposers, "next_turn", counted)
    turns_until(start, 1, {}, 10**9)
    assert calls < 4 * total


def test_check_proposer__another_than_whose_turn_it_is__is_refused() -> None:
    turn = first_turn(powers(CHAINS[0]["powers"]))
    check_proposer(turn, turn.proposer.address, 7)
    with pytest.raises(ProposerError, match="consensus height 7: proposed by"):
        check_proposer(turn, Address(bytes(20)), 7)
