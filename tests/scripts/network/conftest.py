"""A ledger with a snapshot, made once for all tests of snapshots."""

import pytest

from ledger.voting.form import BallotKind
from scripts.network.snapshots import make_snapshot_file
from scripts.terminal.console import Output
from tests.scripts.network.snapshots import SNAPSHOT_AT, Shot
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """Members, seats, a question, three ballots; then the snapshot, and two ballots more."""
    folder = tmp_path_factory.mktemp("snapshots")
    ledger = SmallLedger(found_small(folder / "ledger")).fill()
    question = ledger.open_question()
    ledger.cast(question, [ledger.sign(question, seat, choice_of(BallotKind.APPROVAL)) for seat in range(3)])
    assert ledger.node.chain.head().number == SNAPSHOT_AT
    ledger.cast(question, [ledger.sign(question, seat, choice_of(BallotKind.APPROVAL)) for seat in (3, 4)])
    ledger.node.close()
    shot = Shot(ledger.path, folder / "town.snapshot")
    make_snapshot_file(shot.path, shot.file, SNAPSHOT_AT, Output(quiet=True))
    return shot
