"""A proposer that breaks the rules: nobody else votes for it, each says why, and blocks go on."""

import re
import time

import pytest

from tests.faults.byzantine import KINDS, NOTE
from tests.faults.member import COMMAND
from tests.faults.trial import Trial

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("faults")]

MEMBER = 3
TIMES = 2
LONGEST_S = 200
REASONS = {
    "wrong-root": "state_root",
    "refused": "nothing in it was accepted",
    "future": "timestamp",
    "garbage": "header",
    "trailing": "header",
    "empty": "transaction",
}


@pytest.mark.parametrize("kind", KINDS)
def test_proposer__byzantine__is_refused_by_all_others(trial: Trial, kind: str) -> None:
    members = trial.network.members
    logs = [member.folder / "logs" / "node.log" for member in members]
    read = [log.stat().st_size for log in logs]
    with trial.fault(f"proposer: {kind}"):
        members[MEMBER].stop()
        members[MEMBER].command = ("-m", "tests.faults.byzantine", kind)
        members[MEMBER].start()
        end = time.monotonic() + LONGEST_S
        while logs[MEMBER].read_text()[read[MEMBER] :].count(NOTE) < TIMES:
            assert time.monotonic() < end, f"no {kind} proposal\n{members[MEMBER].log()}"
            time.sleep(0.2)
        members[MEMBER].stop()
        members[MEMBER].command = COMMAND
        members[MEMBER].start()
    for n, log in enumerate(logs[:MEMBER]):
        refusals = re.findall(r"proposal refused: (.*)", log.read_text()[read[n] :])
        if kind in REASONS:
            assert any(REASONS[kind] in refusal for refusal in refusals), f"member {n}: {refusals[:3]}"
