"""A member whose clock is off: it neither moves the ledger's time nor stops anybody."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.member import COMMAND
from tests.faults.signer import ShiftedSigner
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

MEMBER = 2
OFF_S = 30
AHEAD_S = 3


@pytest.mark.parametrize("offset_s", [OFF_S, -OFF_S])
def test_member__clock_off__blocks_keep_the_right_time(trial: Trial, offset_s: int) -> None:
    """The node's own clock, and the time that stands in its votes and proposals."""
    member = trial.network.members[MEMBER]
    with trial.fault(f"clock {offset_s:+d} s") as load, votes_shifted(trial, offset_s) as signer:
        member.stop()
        member.command = ("-m", "tests.faults.skewed", str(offset_s))
        member.start()
        trial.recovery([MEMBER])
        assert load.wait_for(40, 60)
        assert signer.signed > 4
        with trial.network.chain(0) as chain:
            assert abs(chain.head().timestamp - time.time()) < OFF_S / 2
    with trial.network.chain(0) as chain:
        times = [chain.header(height).timestamp for height in range(chain.head().number + 1)]
    assert max(times) <= time.time() + AHEAD_S


@contextmanager
def votes_shifted(trial: Trial, offset_s: int) -> Iterator[ShiftedSigner]:
    """Have a signer beside CometBFT sign for the member, until the block is left; then it signs itself again."""
    member = trial.network.members[MEMBER]
    # A unix socket's path is short.
    place = Path(tempfile.mkdtemp(prefix="ortaq-"))
    comet = member.folder / "comet"
    try:
        with ShiftedSigner(comet / "config" / "priv_validator_key.json", place / "signer.sock", offset_s) as signer:
            member.sign_through(place / "signer.sock")
            yield signer
            member.stop()
    finally:
        member.stop()
        member.sign_through(None)
        signer.note_signed(comet / "data" / "priv_validator_state.json")
        member.command = COMMAND
        member.start()
        shutil.rmtree(place)
