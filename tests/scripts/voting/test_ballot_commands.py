"""`ortaq ballot`, `receipt` and `verify`."""

import tracemalloc
from pathlib import Path

import pytest

from ledger.proofs.receipt_page import receipt_page
from scripts.cli import main
from tests.scripts.calling import cast, run

LARGE = ("large.json", "deep.json")


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
    code, facts, _ = run(capsys, "receipt", "make", "http://127.0.0.1:1", "zebra-0000-0000-0000-0000")
    assert (code, facts["type"]) == (3, "node-unreachable")
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


def test_verify__code_on_a_directory__takes_the_proof_and_judges_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sent = cast(capsys, 2, "lamp")
    anchor = folder / "trial" / "anchor.txt"

    code, verdict, _ = run(capsys, "verify", sent["code"], "-l", "trial", "--anchor", anchor)
    assert (code, verdict["standing"], verdict["vote"]) == (0, "counted", 1)
    assert "choice" not in verdict
    code, verdict, _ = run(capsys, "verify", sent["code"], "--anchor", anchor, "--show-choice")
    assert (code, verdict["choice"]) == (0, "option 3")
    code, verdict, _ = run(capsys, "verify", "zebra-0000-0000-0000-0000", "--anchor", anchor)
    assert (code, verdict["standing"]) == (3, "cannot be checked")
    (folder / sent["code"]).write_bytes((folder / sent["receipt"]).read_bytes())
    assert run(capsys, "verify", sent["code"], "-l", "nowhere", "--anchor", anchor)[0] == 0


def test_cast__on_a_directory__prints_code_and_qr_and_links_to_named_pages(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sent = cast(capsys, 2, "lamp", "--qr", "code.png")
    assert sent["link"] is None
    assert (folder / "code.png").read_bytes().startswith(b"\x89PNG")
    words = ["receipt", "make", "trial", sent["code"], "--site", "https://ledger.example"]
    assert run(capsys, *words)[1]["link"] == f"https://ledger.example/verify#{sent['code']}"
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert f"code      {sent['code']}" in out
    assert "keep it to yourself" in err


def test_receipt_page__of_a_receipt__has_it_inside_and_is_her_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sent = cast(capsys, 2, "lamp")
    anchor = folder / "trial" / "anchor.txt"

    code, made, _ = run(capsys, "receipt", "page", sent["receipt"], "--anchor", anchor, "-o", "my.html")

    page = (folder / "my.html").read_bytes()
    assert (code, made["code"], made["bytes"]) == (0, sent["code"], len(page))
    assert page == receipt_page((folder / sent["receipt"]).read_bytes(), anchor.read_text())
    assert len(page) < 250_000
    assert (folder / "my.html").stat().st_mode & 0o077 == 0
    witness = "0x" + "5a" * 20
    assert run(capsys, "receipt", "page", sent["receipt"], "--trust-witness", witness, "-o", "my.html")[0] == 0
    assert witness in (folder / "my.html").read_text()
    words = ["receipt", "page", sent["receipt"], "--trust-witness", "zebra"]
    assert run(capsys, *words)[1]["type"] == "bad-address"
    _, made, _ = run(capsys, "receipt", "page", sent["receipt"])
    assert made["file"] == f"receipt-{sent['code']}.html"
    assert run(capsys, "receipt", "page", "vote.toml")[1]["type"] == "bad-receipt"


@pytest.mark.parametrize("command", [("verify",), ("receipt", "page")])
def test_receipt__file_of_100_megabytes__is_refused_with_little_memory(
    folder: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "large.json").open("wb") as file:
        file.truncate(100 * 2**20)
    (folder / "deep.json").write_bytes(b'{"a":' * 100_000)

    tracemalloc.start()
    answers = [run(capsys, *command, name, "--anchor", folder / "trial" / "anchor.txt") for name in LARGE]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [(code, facts["type"]) for code, facts, _ in answers] == [(2, "bad-receipt")] * 2
    assert most < 16 * 2**20
