"""Commits of a CometBFT that runs now: made like the vectors, and they hold."""

import pytest

from tests.engines import cometbft_binary
from tests.ledger.proofs.comet.make_vectors import make_vectors
from tests.ledger.proofs.comet.real import VECTORS, read_cases

pytestmark = pytest.mark.engine


def _shape(value: object) -> object:
    """Names of members and kinds of values, not the values; of a list, what its items have in common."""
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in sorted(value.items())}
    if isinstance(value, list):
        shapes: list[object] = []
        for item in value:
            if _shape(item) not in shapes:
                shapes.append(_shape(item))
        return shapes
    return type(value).__name__


def test_vectors__made_anew_by_the_engine__hold_and_have_the_shape_of_the_committed_ones() -> None:
    made = make_vectors(cometbft_binary(), with_rounds=False)

    for case in read_cases(made):
        case.validate(case.seal)
    for net, count in (("one", 2), ("four", 5)):
        assert [row["height"] for row in made[net]] == [row["height"] for row in VECTORS[net][:count]]
        powers = [sorted(power for _, power in row["sealers"]) for row in made[net]]
        assert powers == [sorted(power for _, power in row["sealers"]) for row in VECTORS[net][:count]]
        for row, committed in zip(made[net], VECTORS[net], strict=False):
            assert _header_shape(row) == _header_shape(committed)


def _header_shape(row: dict) -> object:  # type: ignore[type-arg]
    signed = row["commit"]["signed_header"]
    return _shape([signed["header"], signed["commit"]["block_id"], row["validators"]])
