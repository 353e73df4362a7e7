"""Fixtures of the second verifier's tests."""

from collections.abc import Iterator

import pytest

from tests.verifier.receipts import Receipts, make_receipts


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receipts]:
    made = make_receipts(tmp_path_factory.mktemp("second") / "ledger")
    yield made
    made.ledger.node.close()
