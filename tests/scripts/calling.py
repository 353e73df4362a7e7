"""What tests of the commands share: a call of `ortaq`, and the files that it reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.primitives import keccak256, to_hex
from ledger.secp256k1 import address_of
from scripts.cli import main
from tests.scripts.small_ledger import member_key, voter_key

SEATS = 8
BUDGET = """title = "Benches and lamps"
kind = "approval"
effect_kind = "budget"
window_s = 5000
limits = {max_length = 2}
budget = {rule = "greedy", fund = "participatory budget", amount = "20000"}
"""
PROJECTS = "id,name,cost,payee\npark,Benches,12500.50,parks\nbus,Bus stop,9000,\nlamp,Lamps,7000,lamp works\n"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any], str]:
    """Exit code, the one JSON object, standard error."""
    capsys.readouterr()
    code = main([str(word) for word in words] + ["--json"])
    out, err = capsys.readouterr()
    assert out.count("\n") == 1, out
    return code, json.loads(out), err


def write_roll(folder: Path, members: int = SEATS + 2, seats: int = SEATS) -> tuple[Path, Path]:
    rows = [f"{to_hex(address_of(member_key(i)))},{to_hex(keccak256(b'%d' % i)[:28])}" for i in range(members)]
    (folder / "members.csv").write_text("account,commitment\n" + "\n".join(rows) + "\n")
    keys = [to_hex(address_of(voter_key(i))) for i in range(seats)]
    (folder / "seats.csv").write_text("seat_key\n" + "\n".join(keys) + "\n")
    return folder / "members.csv", folder / "seats.csv"


def cast(capsys: pytest.CaptureFixture[str], seat: int, choice: str, *more: object) -> tuple[int, dict[str, Any]]:
    words = ["ballot", "cast", "--question", 1, "--seat", seat, "--key", f"voters/seat-{seat % 3}.json"]
    return run(capsys, *words, "--choice", choice, *more)[:2]
