"""What a member is offered and does not take: each with a reason that its sender understands."""

import pytest

from ledger.primitives import Height, keccak256
from tests.node.consensus.comet.refusable import other_transactions
from tests.node.consensus.comet.stage import Founded, Stage

REASONS = {
    "no bytes": "transaction size: 0 bytes",
    "one byte": "cut off",
    "garbage": "cut off",
    "largest garbage": "transaction",
    "over the size": "expected 1 to 131072",
    "trailing bytes": "1 bytes follow the item",
    "cut off": "cut off",
    "other chain": "transaction chain_id: ",
    "no chain": "without replay protection",
    "blob": "blob transactions (EIP-4844) are not accepted",
    "set code": "set-code transactions (EIP-7702) are not accepted",
    "nonce gap": "nonce: 3 leaves a gap",
    "over the quota": "transaction gas_limit: 16777217",
    "no duty": "the sender holds no duty",
    "contract creation": "only a deployer",
}
LATER = {"nothing accepted": "nothing in it was accepted", "no balance": "balance"}
"""What only executing it shows."""


@pytest.mark.parametrize("name", REASONS)
def test_check__transaction_that_no_block_may_hold__is_refused_with_its_reason(
    founded: Founded, stage: Stage, name: str
) -> None:
    for nonce in (0, 1):
        assert stage.check(founded.admit(nonce))[0] == 0
    code, reason = stage.check(other_transactions(founded)[name])
    assert code == 1
    assert REASONS[name] in reason
    # What waited waits on.
    assert len(stage.mempool) == 2


@pytest.mark.parametrize("name", LATER)
def test_prepare__transaction_that_execution_shows_to_be_unfit__is_left_out_and_its_reason_kept(
    founded: Founded, stage: Stage, name: str
) -> None:
    raw = other_transactions(founded)[name]
    for one in (founded.admit(0), founded.admit(1), raw):
        assert stage.check(one)[0] == 0
    stage.decide()
    # Behind others of its sender it is judged once they stand in a block.
    stage.decide()
    assert stage.engine.head().number == 1
    assert len(stage.chain.block(Height(1)).transactions) == 2
    assert LATER[name] in (stage.app.checks.mempool.reason(keccak256(raw)) or "")


def test_lists__of_what_may_not_stand_in_a_block__are_all_tried(founded: Founded) -> None:
    # The one with a used nonce waits already, and is admitted again as the same.
    assert {*REASONS, *LATER, "used nonce"} == set(other_transactions(founded))
