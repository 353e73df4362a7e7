"""`ortaq succession`, as the people of a ledger do it whose sequencer is lost."""

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.chain.consensus_act import PERMISSIONS
from ledger.primitives import to_hex
from ledger.proofs.seal import SealKind, decode_seal
from ledger.proofs.succession_file import decode_succession_file, encode_succession_file
from ledger.secp256k1 import address_of
from ledger.views.seals import SealState, check_seal
from node.keys import save_key
from scripts.cli import main
from scripts.running.ledgers import open_ledger
from tests.paths import REPOSITORY
from tests.scripts.calling import cast, run, write_roll
from tests.scripts.small_ledger import REPLAY_TEXT, member_key, voter_key

Capture = pytest.CaptureFixture[str]
SILENCE_S = 900
NONE = b"keys = 0\nthreshold = 0\nsilence_s = 0"
THREE = b"keys = 3\nthreshold = 2\nsilence_s = 900"
WALL = REPLAY_TEXT.replace(NONE, THREE.replace(b"900", b"1")).replace(b'clock = "simulated"', b'clock = "wall"')
QUESTION = (
    'title = "A vote"\nkind = "approval"\neffect_kind = "referendum"\nwindow_s = 5000\nlimits = {max_length = 2}\n'
)
HEIR = member_key(40)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger that has recovery keys, beside it; an anchor of its founding; a vote with one ballot."""
    folder = tmp_path_factory.mktemp("succession")
    (folder / "text.toml").write_bytes(REPLAY_TEXT.replace(NONE, THREE))
    make_ledger(folder, folder / "text.toml")
    return folder


def make_ledger(folder: Path, text: Path) -> None:
    trial = str(folder / "trial")
    assert main(["init", trial, "--constitution", str(text), "--quiet"]) == 0
    for number in (1, 2, 3):
        shutil.move(folder / "trial" / "keys" / f"recovery{number}.json", folder / f"recovery{number}.json")
    shutil.copy(folder / "trial" / "anchor.txt", folder / "noted-anchor.txt")
    members, seats = write_roll(folder)
    assert main(["roll", "import", str(members), str(seats), "-l", trial, "--quiet"]) == 0
    (folder / "vote.toml").write_text(QUESTION)
    (folder / "options.csv").write_text("id,name,cost,payee\npark,Benches,,\nlamp,Lamps,,\n")
    words = ["vote", "open", str(folder / "vote.toml"), str(folder / "options.csv"), "--rehearsal", "-l", trial]
    assert main([*words, "--quiet"]) == 0
    for seat in range(3):
        save_key(folder / "voters", f"seat {seat}", voter_key(seat), None)
    save_key(folder, "heir", HEIR, None)


@pytest.fixture
def folder(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory; the sequencer's key is lost."""
    place = tmp_path / "work"
    shutil.copytree(founded, place)
    monkeypatch.chdir(place)
    monkeypatch.setenv("ORTAQ_LEDGER", str(place / "trial"))
    return place


def propose(capsys: Capture, out: str = "succession.json", heir: str = to_hex(address_of(HEIR))) -> dict:
    code, facts, _ = run(capsys, "succession", "propose", "trial", "--sequencer", heir, "--out", out)
    assert code == 0, facts
    return facts


def sign(capsys: Capture, number: int, file: str = "succession.json", *more: str) -> tuple[int, dict]:
    return run(capsys, "succession", "sign", file, "--key", f"recovery{number}.json", *more)[:2]


def complete(capsys: Capture, *files: str) -> tuple[int, dict]:
    return run(capsys, "succession", "complete", "trial", *(files or ("succession.json",)))[:2]


def hand_over_key() -> None:
    """The sequencer's key file makes room for the heir's."""
    shutil.copy("heir.json", "trial/keys/sealer.json")


def test_succession__from_silence_to_a_receipt__works_as_its_people_use_it(folder: Path, capsys: Capture) -> None:
    code, answer = cast(capsys, 0, "park")
    assert code == 0, answer
    shutil.move("trial/keys/sealer.json", "lost.json")
    facts = propose(capsys)
    assert facts["threshold"] == 2
    assert sorted(facts["keys"]) == facts["keys"]

    for number in (3, 1):
        code, signed = sign(capsys, number)
        assert (code, signed["block"], signed["digest"]) == (0, facts["block"], facts["digest"])
    code, done = complete(capsys)
    assert (code, done["repeated"], done["block"]) == (0, False, facts["block"])

    hand_over_key()
    code, answer = cast(capsys, 1, "lamp")
    assert code == 0, answer
    for seat in (0, 1):
        assert run(capsys, "receipt", "make", "--question", 1, "--seat", seat, "-o", f"receipt-{seat}.json")[0] == 0
        code, verdict, _ = run(capsys, "verify", f"receipt-{seat}.json", "--anchor", "noted-anchor.txt", "--no-clock")
        assert (code, verdict["standing"]) == (0, "counted"), verdict
    # The new anchor, noted after the succession, is enough as well.
    code, verdict, _ = run(capsys, "verify", "receipt-1.json", "--anchor", done["anchor"])
    assert (code, verdict["standing"]) == (0, "counted")
    with open_ledger(folder / "trial") as opened:
        header = opened.chain.header(done["height"])
        assert header is not None
        assert header.fee_recipient == PERMISSIONS
        assert check_seal(opened.chain, opened.founding.chain_id, header).state is SealState.SEALED
        assert decode_seal(opened.chain.seal(header.number)).kind is SealKind.SUCCESSION


def test_succession__afterwards__the_old_sequencer_is_refused(folder: Path, capsys: Capture) -> None:
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    assert complete(capsys)[0] == 0
    before = head(folder)
    code, problem = cast(capsys, 0, "park")
    assert (code, problem["type"]) == (1, "wrong-sealer")
    assert head(folder) == before


def head(folder: Path) -> bytes:
    with open_ledger(folder / "trial") as opened:
        return opened.chain.head().hash


def test_verify__succession_dated_after_the_readers_clock__cannot_be_checked(folder: Path, capsys: Capture) -> None:
    """The recovery keys could else date a block to the end of a silence that has not been."""
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    assert complete(capsys)[0] == 0
    hand_over_key()
    assert cast(capsys, 1, "lamp")[0] == 0
    assert run(capsys, "receipt", "make", "--question", 1, "--seat", 1, "-o", "receipt.json")[0] == 0
    code, verdict, _ = run(capsys, "verify", "receipt.json", "--anchor", "noted-anchor.txt")
    assert (code, verdict["standing"]) == (3, "cannot be checked")
    assert "expected none after" in verdict["reason"]


def test_sign__with_the_ledger__makes_the_block_anew(folder: Path, capsys: Capture) -> None:
    propose(capsys)
    code, signed = sign(capsys, 2, "succession.json", "--ledger", "trial")
    assert (code, signed["checked"], len(signed["signers"])) == (0, True, 1)
    code, again = sign(capsys, 2)
    assert (code, again["signers"]) == (0, signed["signers"])
    # A header that does not follow from the ledger is noticed.
    record = json.loads(Path("succession.json").read_text())
    with open_ledger(folder / "trial") as opened:
        file = decode_succession_file(Path("succession.json").read_bytes())
        forged = replace(file, header=replace(file.header, state_root=opened.chain.head().state_root), signatures=())
    assert record["sequencer"] == to_hex(forged.sequencer)
    Path("forged.json").write_bytes(encode_succession_file(forged))
    code, problem = sign(capsys, 2, "forged.json", "--ledger", "trial")
    assert (code, problem["type"]) == (2, "bad-succession")
    assert "state_root" in problem["detail"]


def test_sign__key_that_is_no_recovery_key__is_refused_with_the_ledger(folder: Path, capsys: Capture) -> None:
    propose(capsys)
    before = Path("succession.json").read_bytes()
    words = ["succession", "sign", "succession.json", "--key", "heir.json", "--ledger", "trial"]
    code, problem, _ = run(capsys, *words)
    assert (code, problem["type"]) == (2, "bad-seal")
    assert Path("succession.json").read_bytes() == before


def test_propose__where_it_cannot_be__writes_nothing(folder: Path, capsys: Capture) -> None:
    with open_ledger(folder / "trial") as opened:
        in_office = to_hex(opened.founding.address_of("sealer"))
    for heir, kind in ((in_office, "bad-succession"), ("0x" + "00" * 20, "bad-address"), ("0x12", "bad-address")):
        words = ["succession", "propose", "trial", "--sequencer", heir, "--out", "new.json"]
        code, problem, _ = run(capsys, *words)
        assert (code, problem["type"]) == (2, kind)
    assert not Path("new.json").exists()
    propose(capsys)
    words = ["succession", "propose", "trial", "--sequencer", to_hex(address_of(HEIR)), "--out", "succession.json"]
    assert run(capsys, *words)[1]["type"] == "bad-input"


def test_complete__copies_signed_apart__are_put_together(folder: Path, capsys: Capture) -> None:
    propose(capsys)
    for number in (1, 3):
        shutil.copy("succession.json", f"by-{number}.json")
        sign(capsys, number, f"by-{number}.json")
    assert complete(capsys, "by-1.json")[0] == 2
    code, done = complete(capsys, "by-1.json", "by-3.json", "by-1.json")
    assert (code, len(done["signers"])) == (0, 2)
    code, again = complete(capsys, "by-1.json", "by-3.json")
    assert (code, again["repeated"], again["anchor"]) == (0, True, done["anchor"])


@pytest.mark.parametrize("case", ["none", "too few", "stranger", "twice", "damaged", "not ascending", "not JSON"])
def test_complete__bad_signatures__nothing_is_written(folder: Path, capsys: Capture, case: str) -> None:
    propose(capsys)
    before = head(folder)
    if case != "none":
        sign(capsys, 1)
    if case == "stranger":
        shutil.copy("heir.json", "recovery2.json")
    if case in ("stranger", "not ascending"):
        sign(capsys, 2)
    record = json.loads(Path("succession.json").read_text())
    if case == "twice":
        record["signatures"] *= 2
    if case == "damaged":
        record["signatures"] = [record["signatures"][0][:-2] + "05"]
    if case == "not ascending":
        record["signatures"] = record["signatures"][::-1]
    Path("succession.json").write_text("{" if case == "not JSON" else json.dumps(record))
    code, problem = complete(capsys)
    expected = "bad-seal" if case in ("none", "too few", "stranger") else "bad-succession-file"
    assert (code, problem["type"]) == (2, expected), problem
    assert head(folder) == before


def test_complete__another_ledgers_file__nothing_is_written(folder: Path, capsys: Capture) -> None:
    """A twin of the same constitution, with its head at the same height."""
    assert run(capsys, "init", "twin", "--constitution", "text.toml")[0] == 0
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    before = (folder / "twin" / "store" / "data.mdb").read_bytes()
    code, problem, _ = run(capsys, "succession", "complete", "twin", "succession.json")
    assert (code, problem["type"]) == (2, "bad-succession")
    assert "of ledger" in problem["detail"]
    assert (folder / "twin" / "store" / "data.mdb").read_bytes() == before


def test_complete__another_block_was_made__nothing_is_written(folder: Path, capsys: Capture) -> None:
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    assert cast(capsys, 0, "park")[0] == 0
    before = head(folder)
    code, problem = complete(capsys)
    assert (code, problem["type"]) == (2, "bad-succession")
    assert "propose it again" in problem["detail"]
    assert head(folder) == before


def test_complete__ledger_without_recovery_keys__is_refused(folder: Path, capsys: Capture) -> None:
    assert run(capsys, "init", "plain", "--constitution", "replay")[0] == 0
    words = ["succession", "propose", "plain", "--sequencer", to_hex(address_of(HEIR)), "--out", "new.json"]
    code, problem, _ = run(capsys, *words)
    assert (code, problem["type"]) == (1, "bad-consensus-act")
    assert "no recovery keys" in problem["detail"]


CHILD = """
import os, signal, sys
import node.execution.pyevm.engine as engine
from scripts.cli import main
def stop(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(engine.PyEvmEngine, sys.argv[1], stop)
main(["succession", "complete", "trial", "succession.json", "--quiet"])
"""


@pytest.mark.parametrize("place", ["make_head", "put_seal"])
def test_complete__killed__the_same_command_completes_it(folder: Path, capsys: Capture, place: str) -> None:
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    words = [sys.executable, "-c", CHILD, place]
    child = subprocess.run(words, check=False, env={"PYTHONPATH": str(REPOSITORY), "PATH": ""})
    assert child.returncode == -signal.SIGKILL
    if place == "put_seal":
        # The block is there without its seal: neither sequencer may seal it, nor may it be built upon.
        for key in ("trial/keys/sealer.json", "heir.json"):
            shutil.copy(key, "used.json")
            code, problem = with_sequencer(capsys, "used.json")
            assert (code, problem["type"]) == (1, "wrong-sealer")
            assert "succession complete" in problem["detail"]
        other = ["succession", "propose", "trial", "--sequencer", "0x" + "12" * 20, "--out", "other.json"]
        assert run(capsys, *other)[1]["type"] == "bad-succession"
    code, done = complete(capsys)
    assert (code, done["repeated"]) == (0, False)
    hand_over_key()
    assert cast(capsys, 1, "lamp")[0] == 0


def with_sequencer(capsys: Capture, key: str) -> tuple[int, dict]:
    shutil.copy("trial/keys/sealer.json", "kept.json")
    shutil.copy(key, "trial/keys/sealer.json")
    answer = cast(capsys, 1, "lamp")
    shutil.copy("kept.json", "trial/keys/sealer.json")
    return answer


def test_succession__head_that_the_lost_sequencer_did_not_seal__is_carried_along(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    assert cast(capsys, 2, "park")[0] == 0
    monkeypatch.setattr("node.execution.pyevm.engine.PyEvmEngine.put_seal", stop)
    assert cast(capsys, 0, "park")[0] != 0
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ORTAQ_LEDGER", str(folder / "trial"))
    with open_ledger(folder / "trial") as opened:
        unsealed = opened.chain.head().number
        assert opened.chain.seal(unsealed) is None
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    assert complete(capsys)[0] == 0
    hand_over_key()
    assert cast(capsys, 1, "lamp")[0] == 0
    for seat in (0, 1, 2):
        assert run(capsys, "receipt", "make", "--question", 1, "--seat", seat, "-o", f"r{seat}.json")[0] == 0
        code, verdict, _ = run(capsys, "verify", f"r{seat}.json", "--anchor", "noted-anchor.txt", "--no-clock")
        assert (code, verdict["standing"]) == (0, "counted"), verdict


def test_succession__wall_clock__asks_for_the_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORTAQ_LEDGER", str(tmp_path / "trial"))
    for silence, text in ((b"3600", "long.toml"), (b"1", "short.toml")):
        Path(text).write_bytes(WALL.replace(b"silence_s = 1", b"silence_s = " + silence))
    assert run(capsys, "init", "patient", "--constitution", "long.toml")[0] == 0
    early = ["succession", "propose", "patient", "--sequencer", to_hex(address_of(HEIR)), "--out", "early.json"]
    code, problem, _ = run(capsys, *early)
    assert (code, problem["type"]) == (1, "bad-consensus-act")
    assert "3600 s of silence" in problem["detail"]

    make_ledger(tmp_path, Path("short.toml"))
    time.sleep(1.1)
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    assert complete(capsys)[0] == 0
    again = ["vote", "open", "vote.toml", "options.csv", "--rehearsal"]
    assert run(capsys, *again)[1]["type"] == "wrong-sealer"
    hand_over_key()
    code, answer, _ = run(capsys, *again)
    assert code == 0, answer


def test_complete__block_of_the_future__is_refused_by_a_wall_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Recovery keys cannot shorten the silence by dating the block ahead."""
    monkeypatch.chdir(tmp_path)
    Path("long.toml").write_bytes(WALL.replace(b"silence_s = 1", b"silence_s = 3600"))
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)
    assert run(capsys, "init", "trial", "--constitution", "long.toml")[0] == 0
    shutil.copytree("trial/keys", ".", dirs_exist_ok=True)
    monkeypatch.setattr("time.time", lambda: 1_900_007_200.0)
    propose(capsys)
    sign(capsys, 1)
    sign(capsys, 2)
    monkeypatch.setattr("time.time", lambda: 1_900_003_000.0)
    before = head(tmp_path)
    code, problem = complete(capsys)
    assert (code, problem["type"]) == (2, "bad-succession")
    assert "none after the clock" in problem["detail"]
    assert head(tmp_path) == before


def test_keys_list__recovery_key__says_what_it_may_do(folder: Path, capsys: Capture) -> None:
    shutil.copy("recovery2.json", "trial/keys/recovery2.json")
    _, facts, _ = run(capsys, "keys", "list", "trial")
    roles = {key["name"]: key["roles"] for key in facts["keys"]}
    assert (roles["recovery2"], roles["sealer"]) == (["recovery"], ["sealer"])
