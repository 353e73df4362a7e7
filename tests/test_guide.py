"""The guide's first vote works as it is written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import FENCE, load_page
from tests.paths import REPOSITORY


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_first_vote__every_command_as_written__ends_with_a_paid_winner(tmp_path: Path) -> None:
    blocks = [body for kind, body in FENCE.findall(load_page("docs/guide/first-vote.md").text) if kind == "sh"]
    assert blocks.pop().startswith("ortaq serve")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORTAQ_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}", "PYTHONPATH": str(REPOSITORY)}
    script = "set -euo pipefail\n" + "".join(blocks) + "ortaq vote show 1 --json\n"
    command = ["bash", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    # As of a block while the vote was open, final afterwards.
    assert done.stdout.lower().count("counted") >= 2
    assert "final" in done.stdout
    paid = subprocess.run(["python", "-c", PAID], cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert paid.stdout.split() == [b"450000", b"2"]


PAID = """
from pathlib import Path
from ledger.system import SystemContract
from scripts.running.office import open_office
with open_office(Path("trial")) as office:
    _, amount, state, *_ = office.read(SystemContract.TREASURY, "payment", 1)
    print(amount, int(state))
"""
