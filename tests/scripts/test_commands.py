"""The commands on real directories: founding, keys, settings, roll, votes, ballots, evidence, receipts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.money.account import fund_id
from ledger.primitives import keccak256, to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.questions import load_question
from node.embedded import EmbeddedNode
from node.folder import LedgerFolder, load_founding
from node.keys import load_key, save_key
from scripts.cli import main
from scripts.office import open_office
from tests.scripts.small_ledger import REPLAY_TEXT, member_key, voter_key

Json = Callable[..., dict[str, Any]]
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


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a rehearsal's ledger `trial`, roll imported, one budget vote open, key files of seats."""
    folder = tmp_path_factory.mktemp("commands")
    trial = folder / "trial"
    assert main(["init", str(trial), "--constitution", "replay", "--quiet"]) == 0
    members, seats = write_roll(folder)
    assert main(["roll", "import", str(members), str(seats), "-l", str(trial), "--quiet"]) == 0
    (folder / "vote.toml").write_text(BUDGET)
    (folder / "projects.csv").write_text(PROJECTS)
    words = ["vote", "open", str(folder / "vote.toml"), str(folder / "projects.csv"), "--rehearsal", "--quiet"]
    assert main([*words, "-l", str(trial)]) == 0
    for seat in range(3):
        save_key(folder / "voters", f"seat {seat}", voter_key(seat), None)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    place = tmp_path / "work"
    shutil.copytree(prepared, place)
    monkeypatch.chdir(place)
    monkeypatch.setenv("ORTAQ_LEDGER", str(place / "trial"))
    return place


def test_init__rehearsal__prints_what_stands_in_the_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, facts, _ = run(capsys, "init", tmp_path / "new", "--constitution", "replay")
    founding, genesis = load_founding(LedgerFolder(tmp_path / "new"))
    anchor = decode_anchor(facts["anchor"])
    assert code == 0
    assert (facts["founding"], facts["chain_id"]) == (to_hex(founding.hash), founding.chain_id)
    assert (facts["genesis"], facts["rehearsal"]) == (to_hex(genesis.header.hash), True)
    assert (anchor.founding, anchor.block_hash, anchor.height) == (founding.hash, genesis.header.hash, 0)
    assert facts["phrase"] == anchor.phrase
    assert facts["keys"] == {key.duty: to_hex(key.address) for key in founding.keys}
    assert facts["anchor"] == (tmp_path / "new" / "anchor.txt").read_text().strip()


def test_init__for_people__shows_anchor_phrase_and_qr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "new"), "--constitution", "replay"]) == 0
    out, err = capsys.readouterr()
    text = (tmp_path / "new" / "anchor.txt").read_text().strip()
    assert text in out
    assert decode_anchor(text).phrase in out
    assert out.count("█") > 200
    assert "binds anybody" in err


def test_init__real_ledger__encrypts_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p").write_text("a long passphrase\n")
    held = [f"--key={role}=0x{n:040x}" for n, role in enumerate(("registrar", "relay", "treasurer", "sealer"), 1)]
    words = ["init", tmp_path / "town", "--constitution", "town", "--passphrase-file", tmp_path / "p", *held]
    code, facts, _ = run(capsys, *words)
    assert code == 0
    assert facts["keys"]["treasurer"] == f"0x{3:040x}"
    files = sorted(path.name for path in (tmp_path / "town" / "keys").iterdir())
    assert files == ["returning-officer.json"]
    assert '"key"' not in (tmp_path / "town" / "keys" / files[0]).read_text()
    assert load_key(tmp_path / "town" / "keys" / files[0], "a long passphrase")


def test_init__real_ledger_without_passphrase__is_refused_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    monkeypatch.delenv("ORTAQ_PASSPHRASE_FILE", raising=False)
    code, facts, _ = run(capsys, "init", tmp_path / "town", "--constitution", "town")
    assert (code, facts["type"]) == (3, "passphrase-needed")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["--constitution", "atlantis"], "unknown-constitution"),
        (["--constitution", "replay", "--key", "king=0x" + "11" * 20], "bad-input"),
        (["--constitution", "replay", "--key", "relay"], "bad-input"),
        (["--constitution", "replay", "--key", "relay=0x11"], "bad-address"),
        (["--constitution", "replay", "--key", "relay=0x" + "11" * 20, "--key", "relay=0x" + "12" * 20], "bad-input"),
    ],
)
def test_init__bad_words__are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], kind: str
) -> None:
    code, facts, _ = run(capsys, "init", tmp_path / "new", *words)
    assert (code, facts["type"]) == (2, kind)
    assert list(tmp_path.iterdir()) == []


def test_init__contradictory_constitution__names_the_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    file.write_bytes(REPLAY_TEXT.replace(b"rehearsal = true", b"rehearsal = false"))
    code, facts, _ = run(capsys, "init", tmp_path / "new", "--constitution", file)
    assert (code, facts["type"]) == (2, "file-format")
    assert "simulated" in facts["detail"]
    assert [path.name for path in tmp_path.iterdir()] == ["c.toml"]


def test_init__taken_directory__is_left_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in (folder / "trial").rglob("*"))
    code, facts, _ = run(capsys, "init", folder / "trial", "--constitution", "replay")
    assert (code, facts["type"]) == (2, "directory-taken")
    assert sorted(path.name for path in (folder / "trial").rglob("*")) == before


def test_keys__new_list_show__agree(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, made, _ = run(capsys, "keys", "new", "seat 9", "--into", "mine", "--plain")
    assert (code, made["file"]) == (0, "mine/seat-9.json")
    assert run(capsys, "keys", "new", "seat 9", "--into", "mine", "--plain")[1]["type"] == "bad-key-file"
    _, shown, _ = run(capsys, "keys", "show", "mine/seat-9.json")
    assert (shown["address"], shown["opens"]) == (made["address"], True)
    assert "key" not in shown
    _, listed, _ = run(capsys, "keys", "list")
    assert {key["name"]: key["roles"] for key in listed["keys"]} == {
        role: [role] for role in ("registrar", "relay", "returning officer", "sealer", "treasurer")
    }


def test_keys_rotate__sealer__gives_a_question_file_that_opens(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = to_hex(address_of(member_key(3)))
    _, facts, _ = run(capsys, "keys", "rotate", "sealer", "--to", to)
    (call,) = facts["calls"]
    assert (call["entry"], call["arguments"]) == ("set_sealer", [1, to])
    assert main(["keys", "rotate", "sealer", "--to", to, "--quiet"]) == 0
    main(["keys", "rotate", "sealer", "--to", to])
    effect = capsys.readouterr().out
    (folder / "rotate.toml").write_text(
        'title = "Another sealer"\nkind = "yes-no"\neffect_kind = "permission"\nwindow_s = 100\n' + effect
    )
    code, opened, _ = run(capsys, "vote", "open", "rotate.toml", "--rehearsal")
    assert (code, opened["id"]) == (0, 2)
    with EmbeddedNode(folder / "trial", load_key(folder / "trial" / "keys" / "sealer.json")) as node:
        assert to_hex(load_question(node.chain.state(), 2).effect) == call["effect"]


def test_keys_rotate__treasurer__appoints_then_dismisses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = to_hex(address_of(member_key(3)))
    _, facts, _ = run(capsys, "keys", "rotate", "treasurer", "--to", to)
    assert [(call["entry"], call["arguments"][0]) for call in facts["calls"]] == [
        ("appoint", to),
        ("dismiss", to_hex(address_of(load_key(folder / "trial" / "keys" / "treasurer.json")))),
    ]
    assert run(capsys, "keys", "rotate", "king", "--to", to)[:2][0] == 2
    assert run(capsys, "keys", "rotate", "deployer", "--to", to)[1]["type"] == "unknown-role"


def test_config__shown_and_checked__names_every_bad_setting(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTAQ_LOG_LEVEL", "debug")
    _, shown, _ = run(capsys, "config", "show")
    assert shown["settings"]["log_level"] == {"value": "debug", "source": "ORTAQ_LOG_LEVEL"}
    assert shown["settings"]["http_port"]["source"] == "default"
    assert run(capsys, "config", "check")[:2] == (0, {"ledger": str(folder / "trial"), "ok": True, "problems": []})
    (folder / "trial" / "ortaq.toml").write_text('http_port = 70000\ncolour = 1\npassphrase_file = "none"\n')
    code, facts, _ = run(capsys, "config", "check")
    assert code == 2
    assert sorted(row["setting"] for row in facts["problems"]) == ["colour", "http_port", "passphrase_file"]
    assert run(capsys, "config", "show")[0] == 2


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


def cast(capsys: pytest.CaptureFixture[str], seat: int, choice: str, *more: object) -> tuple[int, dict[str, Any]]:
    words = ["ballot", "cast", "--question", 1, "--seat", seat, "--key", f"voters/seat-{seat % 3}.json"]
    return run(capsys, *words, "--choice", choice, *more)[:2]


def test_ballot__cast_and_replaced__the_receipts_say_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, first = cast(capsys, 0, "park,lamp", "--receipt", "first.json")
    assert (code, first["acknowledged"]) == (0, True)
    _, second = cast(capsys, 0, "bus")
    assert (folder / f"ballot-{second['code']}.json").exists()
    assert (folder / second["receipt"]).exists()
    anchor = folder / "trial" / "anchor.txt"

    code, verdict, _ = run(capsys, "verify", "first.json", "--anchor", anchor)
    assert (code, verdict["standing"], verdict["final"]) == (0, "counted", False)
    assert "choice" not in verdict
    assert run(capsys, "verify", "first.json", "--anchor", anchor, "--show-choice")[1]["choice"] == "option 1, option 3"
    run(capsys, "receipt", "make", "--ballot", f"ballot-{first['code']}.json", "-o", "later.json")
    code, verdict, _ = run(capsys, "verify", "later.json", "--anchor", anchor.read_text())
    assert (code, verdict["standing"]) == (1, "replaced")
    _, result, _ = run(capsys, "vote", "result", 1)
    assert [option["votes"] for option in result["options"]] == [0, 1, 0]


def test_ballot__sent_twice__does_no_harm(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ballot", "make", "--question", 1, "--seat", 1, "--key", "voters/seat-1.json", "--choice", "2"]
    _, made, _ = run(capsys, *words, "-o", "mine.json")
    _, first, _ = run(capsys, "ballot", "send", "mine.json")
    code, again, _ = run(capsys, "ballot", "send", "mine.json")
    assert code == 0
    assert made["code"] == first["code"] == again["code"]
    assert first["block"] == again["block"]


@pytest.mark.parametrize(
    ("seat", "choice", "more", "kind"),
    [
        (1, "nix", (), "bad-choice"),
        (1, "park,bus,lamp", (), "bad-choice"),
        (4, "park", (), "ballot-refused"),
        (99, "park", (), "ballot-refused"),
        (1, "park", ("--sequence", 100), "ballot-refused"),
    ],
)
def test_ballot__bad__is_refused_and_not_in_the_count(
    folder: Path, capsys: pytest.CaptureFixture[str], seat: int, choice: str, more: tuple[object, ...], kind: str
) -> None:
    code, facts = cast(capsys, seat, choice, *more)
    assert (code, facts["type"]) == (2, kind)
    assert run(capsys, "vote", "result", 1)[1]["turnout"] == 0


def test_ballot__of_a_twin_rehearsal__is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twin = folder / "twin"
    main(["init", str(twin), "--constitution", "replay", "--quiet"])
    main(["roll", "import", "members.csv", "seats.csv", "-l", str(twin), "--quiet"])
    main(["vote", "open", "vote.toml", "projects.csv", "--rehearsal", "-l", str(twin), "--quiet"])
    words = ["ballot", "make", "--question", 1, "--seat", 1, "--key", "voters/seat-1.json", "--choice", "park"]
    run(capsys, *words, "-o", "mine.json", "-l", twin)
    code, facts, _ = run(capsys, "ballot", "send", "mine.json")
    assert (code, facts["type"]) == (2, "other-ledger")


def test_receipt__that_nothing_gives__is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "receipt", "make")[1]["type"] == "ambiguous-ballot"
    assert run(capsys, "receipt", "make", "trial", "--seat", 1)[1]["type"] == "ambiguous-ballot"
    assert run(capsys, "receipt", "make", "trial", "--seat", 1, "--question", 1)[1]["type"] == "ballot-not-found"
    assert run(capsys, "receipt", "make", "trial", "zebra-0000-0000-0000-0000")[1]["type"] == "ballot-not-found"
    assert run(capsys, "receipt", "make", "trial", "zebra")[1]["type"] == "bad-ballot-code"
    assert run(capsys, "receipt", "make", "http://127.0.0.1:1", "zebra-0000-0000-0000-0000")[1]["type"] == (
        "directory-needed"
    )
    assert list(folder.glob("receipt*")) == []


def test_receipt__by_code_and_by_seat__is_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, sent = cast(capsys, 2, "lamp")
    run(capsys, "receipt", "make", "trial", sent["code"].upper().replace("-", " "), "-o", "a.json")
    run(capsys, "receipt", "make", "--seat", 2, "--question", 1, "-o", "b.json")
    assert (
        (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes() == (folder / sent["receipt"]).read_bytes()
    )
    assert (folder / "a.json").stat().st_mode & 0o077 == 0


def test_verify__without_or_with_a_wrong_anchor__cannot_be_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sent = cast(capsys, 2, "lamp")
    code, verdict, _ = run(capsys, "verify", sent["receipt"])
    assert (code, verdict["standing"]) == (3, "cannot be checked")
    main(["init", str(folder / "other"), "--constitution", "replay", "--quiet"])
    code, verdict, _ = run(capsys, "verify", sent["receipt"], "--anchor", folder / "other" / "anchor.txt")
    assert (code, verdict["standing"]) == (3, "cannot be checked")
    assert run(capsys, "verify", sent["receipt"], "--anchor", "ortaq1abc")[1]["type"] == "bad-anchor"
    assert run(capsys, "verify", "vote.toml", "--anchor", "x")[1]["type"] == "bad-receipt"
    assert run(capsys, "verify", "nowhere.json")[:2][1]["type"] == "system"
    assert main(["verify", sent["receipt"], "--anchor", str(folder / "trial" / "anchor.txt")]) == 0
    assert "in the chain that this server signed" in capsys.readouterr().out


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


def test_evidence__added_fetched_checked__is_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = b"an invoice\n" * 50_000
    (folder / "invoice").write_bytes(data)
    _, added, _ = run(capsys, "evidence", "add", "invoice", "--purpose", "invoice", "--as", "returning officer")
    assert added["number"] == 2
    assert run(capsys, "evidence", "get", 2, "-o", "back")[1]["bytes"] == len(data)
    assert (folder / "back").read_bytes() == data
    _, kept, _ = run(capsys, "evidence", "add", "invoice", "--no-anchor")
    assert (kept["cid"], kept["number"]) == (added["cid"], None)
    code, facts, _ = run(capsys, "evidence", "check")
    assert (code, facts["checked"], facts["complete"], facts["damaged"]) == (0, 2, True, [])


def test_evidence__directory__is_kept_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "scans" / "inner").mkdir(parents=True)
    (folder / "scans" / "one").write_bytes(b"1")
    (folder / "scans" / "inner" / "two").write_bytes(b"2" * 300_000)
    _, added, _ = run(capsys, "evidence", "add", "scans")
    assert run(capsys, "evidence", "check", 2)[0] == 0
    run(capsys, "evidence", "get", added["cid"], "-o", "out")
    assert run(capsys, "evidence", "get", added["cid"], "-o", "out")[1]["type"] == "system"
    assert run(capsys, "evidence", "get", added["cid"])[1]["type"] == "bad-input"
    assert (folder / "out" / "inner" / "two").read_bytes() == b"2" * 300_000
    assert (folder / "out" / "one").read_bytes() == b"1"


def test_evidence__damaged_or_missing__is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_bytes(b"content")
    _, added, _ = run(capsys, "evidence", "add", "f")
    block = next((folder / "trial" / "evidence" / "blocks").rglob(added["cid"]))
    block.write_bytes(b"c0ntent")
    code, facts, _ = run(capsys, "evidence", "check")
    assert (code, facts["damaged"]) == (1, [2])
    assert run(capsys, "evidence", "get", 2, "-o", "x")[1]["type"] == "evidence-damaged"
    block.unlink()
    code, facts, _ = run(capsys, "evidence", "check", 2)
    assert (code, facts["complete"]) == (3, False)
    assert run(capsys, "evidence", "get", 2, "-o", "x")[:2][1]["type"] == "evidence-not-found"
    assert not (folder / "x").exists()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["add", "nowhere"], "system"),
        (["add", "vote.toml", "--purpose", "x" * 33], "bad-input"),
        (["add", "vote.toml", "--purpose", "счёт"], "bad-input"),
        (["add", "vote.toml", "--subject", "0x12"], "bad-input"),
        (["add", "vote.toml", "--as", "king"], "unknown-duty"),
        (["add", "vote.toml", "--as", "deployer"], "bad-key-file"),
        (["get", "99", "-o", "x"], "unknown-evidence"),
        (["get", "bafy", "-o", "x"], "bad-cid"),
        (["check", "99"], "unknown-evidence"),
    ],
)
def test_evidence__bad_words__are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], kind: str
) -> None:
    code, facts, _ = run(capsys, "evidence", *words)
    assert (code, facts["type"]) == (2, kind)
    assert run(capsys, "evidence", "check")[1]["checked"] == 1


def test_ledger__named_by_nothing_or_by_another_thing__is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORTAQ_LEDGER")
    assert run(capsys, "vote", "show")[1]["type"] == "no-ledger-named"
    assert run(capsys, "vote", "show", "-l", folder)[1]["type"] == "no-ledger"
    assert run(capsys, "vote", "show", "-l", "http://127.0.0.1:1")[:2][0] == 3
    assert run(capsys, "roll", "import", "seats.csv", "-l", "http://127.0.0.1:1")[1]["type"] == "directory-needed"


def test_ledger__in_use_by_another_writer__is_said_with_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedNode(folder / "trial", load_key(folder / "trial" / "keys" / "sealer.json")):
        (folder / "f").write_bytes(b"content")
        code, facts, _ = run(capsys, "evidence", "add", "f")
    assert (code, facts["type"]) == (2, "store-locked")
    assert "stop it" in facts["detail"]


def test_quiet__prints_nothing_but_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["vote", "show", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["vote", "show", "9", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_status__without_a_node__reads_the_directory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, facts, _ = run(capsys, "node", "status")
    assert (code, facts["running"], facts["seal"]) == (0, False, "sealed")
    assert facts["height"] > 0
