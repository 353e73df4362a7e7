"""`ortaq init`, `keys` and `config`."""

from pathlib import Path

import pytest

from ledger.primitives import to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.secp256k1 import address_of
from ledger.views.questions import load_question
from node.embedded import EmbeddedNode
from node.folder import LedgerFolder, load_founding
from node.keys import load_key
from scripts.cli import main
from tests.scripts.calling import run
from tests.scripts.small_ledger import REPLAY_TEXT, member_key


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
    roles = ("registrar", "relay", "treasurer", "sealer", "recovery1", "recovery2", "recovery3")
    held = [f"--key={role}=0x{n:040x}" for n, role in enumerate(roles, 1)]
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
