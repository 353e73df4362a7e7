"""`ortaq replay` as its user runs it: the JSON object, exit codes, going on, and what it leaves behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import main
from tests.paths import REPOSITORY, pabulib_dir
from tests.scripts.replay.votes import approval_vote

SMALL = REPOSITORY / "data" / "small-vote.pb"
FACTS = {
    "file",
    "engine",
    "blocks",
    "head",
    "state_root",
    "ballots",
    "projects",
    "budget",
    "official",
    "receipts",
    "seconds",
    "ballots_per_s",
    "peak_rss_mib",
}


def replay(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code = main(["replay", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "winners", "winners_equal"),
    [
        ("Netherlands_Amsterdam_643", ["44251"], None),
        ("Poland_Gdansk_2020_Rudniki", ["1"], None),
        ("France_Toulouse_2022_17_-_Mirail-Universite_Reynerie_Bellefontaine", ["183", "182"], None),
        ("Poland_Krakow_2018_Wzgorza_Krzeslawickie", ["3", "6", "1", "2", "4"], None),
        ("Netherlands_Assen_2024", ["3", "9", "2", "11", "13", "14", "5", "6", "12"], True),
    ],
)
def test_replay__of_a_real_vote__gives_the_official_result(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, winners: list[str], winners_equal: bool | None
) -> None:
    file = pabulib_dir() / f"{name}.pb"
    code, facts = replay(capsys, file, "--data", tmp_path / "ledger", "--receipts", "20")
    assert code == 0
    assert set(facts) >= FACTS
    assert facts["engine"] == "pyevm"
    assert facts["official"] == {"counts_equal": True, "winners_equal": winners_equal, "differences": []}
    assert [project["id"] for project in facts["projects"] if project["selected"]] == winners
    assert facts["receipts"] == {"checked": 20, "valid": 20}
    assert facts["ballots"]["cast"] == facts["ballots"]["counted"] > 0
    assert facts["ballots"]["refused"] == []
    costs = sum(project["cost"] for project in facts["projects"] if project["selected"])
    assert facts["budget"]["spent"] == facts["budget"]["paid"] == costs <= facts["budget"]["total"]


def test_replay__of_the_shipped_vote__says_what_a_person_wants_to_know(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["replay", str(SMALL), "--data", str(tmp_path / "ledger")]) == 0
    shown = capsys.readouterr().out
    for words in ("turnout", "755 of 755", "A stage for village concerts", "won", "125 100.00", "receipts", "head"):
        assert words in shown


def test_replay__repeated__goes_on_and_adds_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 120)
    _, first = replay(capsys, vote, "--data", tmp_path / "ledger", "--receipts", "5")
    code, second = replay(capsys, vote, "--data", tmp_path / "ledger", "--receipts", "5")
    assert code == 0
    for member in ("head", "state_root", "blocks", "ballots", "projects", "budget"):
        assert first[member] == second[member]


def test_replay__of_false_official_figures__exits_1_and_names_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 50)
    lines = vote.read_text().splitlines()
    row = next(i for i, line in enumerate(lines) if line.startswith("p1;"))
    name, cost, votes, title = lines[row].split(";")
    lines[row] = f"{name};{cost};{int(votes) + 1};{title}"
    vote.write_text("\n".join(lines) + "\n")
    code, facts = replay(capsys, vote, "--data", tmp_path / "ledger", "--receipts", "0")
    assert code == 1
    assert facts["official"]["counts_equal"] is False
    (difference,) = facts["official"]["differences"]
    assert difference == {
        "of": "official",
        "project": "p1",
        "field": "votes",
        "expected": int(votes) + 1,
        "found": int(votes),
    }


def test_replay__of_a_rule_the_ledger_lacks__compares_counts_only(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 50, rule="unknown")
    code, facts = replay(capsys, vote, "--data", tmp_path / "ledger", "--receipts", "1")
    assert code == 0
    assert facts["official"]["winners_equal"] is None


def test_replay__quiet__prints_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 10)
    assert main(["replay", str(vote), "--data", str(tmp_path / "ledger"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[: len(text) // 2], ":"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-9]), "num_votes"),
        (lambda text: text.replace("VOTES\n", "", 1), "columns"),
        (lambda text: text + "1;p1\n", "voter"),
        (lambda text: text.replace("\n3;", "\n3;p9,", 1), "p9"),
        (lambda text: text.replace("\n3;", "\n3;p1,p2,p3,p4,", 1), "vote"),
        (lambda text: text.replace("p1;40000", "p1;-40000", 1), "cost"),
        (lambda text: "", "META"),
    ],
    ids=["cut", "ballots-missing", "no-votes", "voter-twice", "unknown-project", "too-many", "negative-cost", "empty"],
)
def test_replay__of_a_malformed_file__exits_2_and_leaves_no_ledger(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, spoil: Any, words: str
) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 60)
    vote.write_text(spoil(vote.read_text()))
    code, problem = replay(capsys, vote, "--data", tmp_path / "ledger")
    assert code == 2
    assert words in problem["detail"]
    assert str(vote) in problem["detail"]
    assert not (tmp_path / "ledger").exists()


def test_replay__of_another_encoding__exits_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 10)
    vote.write_bytes(vote.read_bytes().replace(b"Nowhere", b"No\xe9where"))
    code, problem = replay(capsys, vote, "--data", tmp_path / "ledger")
    assert (code, problem["type"]) == (2, "file-format")
    assert not (tmp_path / "ledger").exists()


def test_replay__into_the_ledger_of_another_file__is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = approval_vote(tmp_path / "first.pb", 10)
    second = approval_vote(tmp_path / "second.pb", 10, seed=2)
    assert replay(capsys, first, "--data", tmp_path / "ledger")[0] == 0
    code, problem = replay(capsys, second, "--data", tmp_path / "ledger")
    assert (code, problem["type"]) == (2, "wrong-replay")


def test_replay__into_a_directory_with_other_things__is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    vote = approval_vote(tmp_path / "vote.pb", 10)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("mine")
    code, problem = replay(capsys, vote, "--data", tmp_path / "folder")
    assert (code, problem["type"]) == (2, "directory-taken")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["letter.txt"]


def test_demo__headless__replays_the_shipped_vote(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "demo", "--no-serve", "--json", "--data", str(tmp_path / "demo")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["official"]["counts_equal"] is True
