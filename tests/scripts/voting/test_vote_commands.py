"""`ortaq roll` and `vote`."""

from pathlib import Path

import pytest

from ledger.money.account import fund_id
from ledger.primitives import keccak256, to_hex
from ledger.reading import read
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from scripts.cli import main
from scripts.running.ledgers import open_ledger
from scripts.running.office import open_office
from tests.scripts.calling import BUDGET, SEATS, cast, run, write_roll
from tests.scripts.small_ledger import member_key


def test_roll__imported_twice__adds_only_what_is_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members, seats = write_roll(folder, SEATS + 4, SEATS + 3)
    code, facts, _ = run(capsys, "roll", "import", members, seats, "--check")
    assert (code, facts["written"]) == (0, False)
    assert facts["members"] == {"admitted": 2, "present": SEATS + 2}
    assert run(capsys, "roll", "show")[1]["members"] == SEATS + 2
    run(capsys, "roll", "import", members, seats)
    _, again, _ = run(capsys, "roll", "import", members, seats)
    assert again["members"]["admitted"] == again["seats"]["filled"] == 0
    _, people, _ = run(capsys, "roll", "show")
    assert (people["members"], people["seats"]) == (SEATS + 4, SEATS + 3)


@pytest.mark.parametrize(
    ("name", "text", "line", "field"),
    [
        ("seat key of a member", f"seat_key\n{to_hex(address_of(member_key(0)))}\n", 2, "seat_key"),
        ("too many", "seat_key\n" + "".join(f"0x{n:040x}\n" for n in range(1, 5)), 4, "seats"),
        (
            "another commitment",
            f"account,commitment\n{to_hex(address_of(member_key(0)))},0x{'11' * 28}\n",
            2,
            "commitment",
        ),
    ],
)
def test_roll__file_that_contradicts_the_ledger__is_refused_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, line: int, field: str
) -> None:
    (folder / "bad.csv").write_text(text)
    code, facts, _ = run(capsys, "roll", "import", "bad.csv")
    assert (code, facts["line"], facts["field"]) == (2, line, field)
    assert run(capsys, "roll", "show")[1]["seats"] == SEATS


def test_vote__on_a_rehearsal_without_saying_so__is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, facts, _ = run(capsys, "vote", "open", "vote.toml", "projects.csv")
    assert (code, facts["type"]) == (2, "rehearsal")
    assert run(capsys, "vote", "show")[1]["total"] == 1


def test_vote__that_the_contract_refuses__leaves_no_evidence_behind(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "vote.toml").write_text(BUDGET.replace("5000", "99999999"))
    code, facts, _ = run(capsys, "vote", "open", "vote.toml", "projects.csv", "--rehearsal")
    assert (code, facts["type"]) == (2, "call-refused")
    assert run(capsys, "evidence", "check")[1]["checked"] == 1


def test_vote__shown__has_the_words_of_its_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, record, _ = run(capsys, "vote", "show", 1)
    assert (record["title"], record["effect"], record["options_checked"]) == ("Benches and lamps", "budget", True)
    assert [option["id"] for option in record["result"]["options"]] == ["park", "bus", "lamp"]
    assert record["result"]["budget"]["amount"] == 2_000_000
    assert run(capsys, "vote", "show", 7)[:2][1]["type"] == "unknown-question"
    assert main(["vote", "show", "1"]) == 0
    assert "12,500.50 EUR" in capsys.readouterr().out


def test_vote__closed_and_carried_out__pays_nobody_without_money(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cast(capsys, 0, "park,lamp")
    code, closed, _ = run(capsys, "vote", "close", 1)
    assert (code, closed["passed"], closed["executed"]) == (0, True, False)
    assert run(capsys, "vote", "close", 1)[1] == closed
    code, facts, _ = run(capsys, "vote", "execute", 1)
    assert (code, facts["type"]) == (2, "call-refused")
    assert "over the fund" in facts["detail"]
    _, result, _ = run(capsys, "vote", "result", 1)
    assert (result["status"], result["final"]) == ("passed", True)


NODE = bytes.fromhex("ab" * 20)
PERMISSION = """title = "Who takes part"
kind = "yes-no"
effect_kind = "permission"
window_s = 50
[effect]
contract = "Permissions"
entry = "ENTRY"
arguments = ["ID"]
"""


def test_vote__on_a_node__admits_and_then_excludes_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for entry, is_in in (("admit_node", True), ("exclude_node", False)):
        (folder / "node.toml").write_text(PERMISSION.replace("ENTRY", entry).replace("ID", to_hex(NODE)))
        _, opened, _ = run(capsys, "vote", "open", "node.toml", "--rehearsal")
        for seat, choice in enumerate(("yes", "no", "yes")):
            words = ["ballot", "cast", "--question", opened["id"], "--seat", seat, "--key", f"voters/seat-{seat}.json"]
            assert run(capsys, *words, "--choice", choice)[0] == 0
        assert run(capsys, "vote", "close", opened["id"])[1]["passed"] is True
        assert run(capsys, "vote", "execute", opened["id"])[1]["executed"] is True
        with open_ledger(folder / "trial") as ledger:
            assert read(ledger.chain.state(), SystemContract.PERMISSIONS, "is_node", NODE) == (is_in,)


def receive_money(path: Path) -> None:
    """Income of the fund, as the treasurer books it on a document."""
    with open_office(path) as office:
        treasurer = office.ring.open("treasurer")
        fund, source = fund_id("participatory budget"), keccak256(b"region")
        office.call(treasurer, SystemContract.TREASURY, "receive", fund, 5_000_000, source, 1)


@pytest.mark.parametrize("rule", ["greedy", "greedy-no-skip", "equal-shares-add1"])
def test_vote__of_each_rule__is_carried_out_once(folder: Path, capsys: pytest.CaptureFixture[str], rule: str) -> None:
    receive_money(folder / "trial")
    (folder / "vote.toml").write_text(BUDGET.replace('"greedy"', f'"{rule}"'))
    _, opened, _ = run(capsys, "vote", "open", "vote.toml", "projects.csv", "--rehearsal")
    for seat, choice in enumerate(("park,lamp", "park", "lamp,bus")):
        words = ["ballot", "cast", "--question", opened["id"], "--seat", seat, "--key", f"voters/seat-{seat}.json"]
        assert run(capsys, *words, "--choice", choice)[0] == 0
    run(capsys, "vote", "close", opened["id"])
    code, done, _ = run(capsys, "vote", "execute", opened["id"])
    assert (code, done["executed"]) == (0, True)
    assert run(capsys, "vote", "execute", opened["id"])[1]["height"] is None
    _, result, _ = run(capsys, "vote", "result", opened["id"])
    assert result["status"] == "executed"
    winners = [option["id"] for option in result["options"] if option["selected"]]
    assert winners == ["park", "lamp"]


def test_vote__with_an_effect_by_name__changes_what_it_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vote.toml").write_text(
        'title = "Ten seats"\nkind = "yes-no"\neffect_kind = "entrenched"\nwindow_s = 100\n'
        '[effect]\ncontract = "Constitution"\nentry = "set"\narguments = ["roll.minimum", 10]\n'
    )
    _, opened, _ = run(capsys, "vote", "open", "vote.toml", "--rehearsal")
    words = ["ballot", "cast", "--question", opened["id"], "--seat", 0, "--key", "voters/seat-0.json"]
    assert run(capsys, *words, "--choice", "yes")[0] == 0
    run(capsys, "vote", "close", opened["id"])
    assert run(capsys, "vote", "execute", opened["id"])[0] == 0
    with open_office(folder / "trial") as office:
        assert office.read(SystemContract.CONSTITUTION, "get", b"roll.minimum".ljust(32, b"\0")) == 10


def test_vote__referendum__has_nothing_to_carry_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vote.toml").write_text('title = "T"\nkind = "yes-no"\nwindow_s = 100\n')
    _, opened, _ = run(capsys, "vote", "open", "vote.toml", "--rehearsal")
    code, facts, _ = run(capsys, "vote", "execute", opened["id"])
    assert (code, facts["type"]) == (3, "effect-not-known")


def test_vote__closed_without_a_majority__says_why_it_did_not_pass(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "vote.toml").write_text(
        'title = "Ten seats"\nkind = "yes-no"\neffect_kind = "referendum"\nwindow_s = 100\n'
    )
    _, opened, _ = run(capsys, "vote", "open", "vote.toml", "--rehearsal")
    words = ["ballot", "cast", "--question", opened["id"], "--seat", 0, "--key", "voters/seat-0.json"]
    assert run(capsys, *words, "--choice", "no")[0] == 0
    code, closed, _ = run(capsys, "vote", "close", opened["id"])
    assert (code, closed["passed"], closed["shortfall"]) == (0, False, "no-majority")
    assert main(["vote", "close", str(opened["id"])]) == 0
    assert "not passed: 0 said yes and 1 no, more than 1/2 of both is needed" in capsys.readouterr().out
    _, shown, _ = run(capsys, "vote", "show", opened["id"])
    assert (shown["status"], shown["shortfall"]) == ("not passed", "no-majority")
