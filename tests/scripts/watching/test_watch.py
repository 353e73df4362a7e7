"""A watchdog among nodes that tell the truth, and nodes that do not. Each alarm comes within five seconds."""

import json
import shutil
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.chain.header import decode_header
from ledger.primitives import Hash32
from ledger.proofs.misconduct_json import decode_misconduct
from node.watchdog.alarms import Code
from scripts.cli import main
from tests.scripts.small_ledger import SmallLedger, found_small
from tests.scripts.watching.stage import ShownChain, Stage, alarm, vouched, wait_for, watching


def test_watch__honest_peers__vouches_for_every_block_and_raises_nothing(stage: Stage, tmp_path: Path) -> None:
    options = stage.options(tmp_path / "watch", stage.show(), stage.show())
    with watching(options) as watch:
        vouched(watch, stage.chain.head().number)
        height = stage.vote()
        assert vouched(watch, height) == stage.chain.head().hash
        wait_for(lambda: all(follower.state.agreed == height for follower in watch.followers))
        assert watch.common.alarms.active == []
        assert watch.status["vouched"]["state_root"] == "0x" + stage.chain.head().state_root.hex()


def test_wrong_sequencer__wrong_state_root_under_a_good_seal__told_and_kept_and_not_followed(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    liar = ShownChain(stage.chain)
    wrong = stage.forge(state_root=Hash32(b"\x11" * 32))
    height = wrong[0].header.number
    with watching(stage.options(tmp_path / "watch", stage.show(liar), stage.show())) as watch:
        head = vouched(watch, height - 1)
        liar.blocks[height], liar.top = wrong, height
        # Its transactions are those of the block before, so that execution refuses them, or gives another state.
        found = alarm(watch, Code.INVALID_BLOCK)
        assert watch.common.judge.head.hash == head
        evidence = decode_misconduct(Path(found.evidence).read_bytes())
        assert decode_header(evidence.blocks[0].header).hash == wrong[0].header.hash
        # It goes on with who is honest, and now holds two seals for one height.
        stage.vote()
        assert vouched(watch, height) == stage.chain.head().hash
        alarm(watch, Code.EQUIVOCATION)
    assert main(["watch", "check", found.evidence, "--anchor", stage.ledger.anchor.text, "--json"]) == 0
    assert "only executing it shows" in json.loads(capsys.readouterr().out)["proved"]
    assert f'"{found.code.value}"' in (tmp_path / "watch" / "alarms.jsonl").read_text()


def test_wrong_sequencer__other_state_after_the_same_transactions__named_by_its_state_root(
    stage: Stage, tmp_path: Path
) -> None:
    before = stage.chain.head().number
    liar = ShownChain(stage.chain, top=before)
    with watching(stage.options(tmp_path / "watch", stage.show(liar))) as watch:
        vouched(watch, before)
        parent = stage.chain.head()
        stage.vote()
        true = stage.chain.block(stage.chain.head().number)
        fields = {name: getattr(true.header, name) for name in ("timestamp", "parent_hash", "number")}
        assert fields["parent_hash"] == parent.hash
        wrong = stage.forge(block=true, state_root=Hash32(b"\x11" * 32), **fields)
        liar.blocks[before + 1], liar.top = wrong, before + 1
        found = alarm(watch, Code.STATE_ROOT)
        assert "state_root: found 1111" in found.detail
        assert found.subject == watch.followers[0].peer.name
        liar.blocks.clear()
        vouched(watch, before + 1, 15)
        wait_for(lambda: not watch.common.alarms.has(Code.STATE_ROOT, found.subject))


def test_forged_header__sealed_by_a_stranger__told_and_not_followed(stage: Stage, tmp_path: Path) -> None:
    liar = ShownChain(stage.chain)
    forged = stage.forge(PrivateKey(b"\x07" * 32))
    height = forged[0].header.number
    liar.blocks[height], liar.top = forged, height
    with watching(stage.options(tmp_path / "watch", stage.show(liar), stage.show())) as watch:
        found = alarm(watch, Code.BAD_SEAL)
        assert (found.height, watch.common.judge.head.number) == (height, height - 1)
        assert not list((tmp_path / "watch").glob("misconduct/*"))


def test_withholding__peer_that_stays_behind__told_until_it_comes_up(stage: Stage, tmp_path: Path) -> None:
    slow = ShownChain(stage.chain, top=stage.chain.head().number)
    with watching(stage.options(tmp_path / "watch", stage.show(slow), stage.show())) as watch:
        height = stage.vote()
        vouched(watch, height)
        found = alarm(watch, Code.WITHHOLDING)
        assert found.subject == watch.followers[0].peer.name
        slow.top = height
        wait_for(lambda: not watch.common.alarms.active)


def test_withholding__block_that_is_announced_and_not_given__told(stage: Stage, tmp_path: Path) -> None:
    announced = stage.forge()
    height = announced[0].header.number
    liar = ShownChain(stage.chain, {height: announced}, height)
    liar.withheld = height
    with watching(stage.options(tmp_path / "watch", stage.show(liar))) as watch:
        found = wait_for(lambda: watch.common.alarms.active)
        assert {one.code for one in found} <= {Code.WITHHOLDING, Code.PEER_MISBEHAVES}
        assert watch.common.judge.head.number < height


def test_equivocation__two_chains_of_one_sequencer__both_seals_are_kept_and_prove_it(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = stage.twin(tmp_path / "twin")
    fork = stage.chain.head().number + 1
    twin.seats += 3
    for _ in range(3):
        stage.vote()
        twin.vote()
    with watching(stage.options(tmp_path / "watch", stage.show(), twin.show())) as watch:
        found = alarm(watch, Code.EQUIVOCATION)
        assert found.height == fork
    words = ["watch", "check", found.evidence, "--json", "--anchor"]
    assert main([*words, stage.ledger.anchor.text]) == 0
    proved = json.loads(capsys.readouterr().out)["proved"]
    assert all("0x" + one.chain.header(fork).hash.hex() in proved for one in (stage, twin))
    assert main(words[:-1]) == 3
    text = Path(found.evidence).read_text()
    first, second = (one.chain.header(fork).encode().hex() for one in (stage, twin))
    Path(found.evidence).write_text(text.replace(second, first))
    assert main([*words, stage.ledger.anchor.text]) == 1
    Path(found.evidence).write_text(text[:-9])
    assert main([*words, stage.ledger.anchor.text]) == 2


def test_restart__history_rewritten_meanwhile__refused_and_told(stage: Stage, tmp_path: Path) -> None:
    twin = stage.twin(tmp_path / "twin")
    twin.seats += 3
    for _ in range(2):
        stage.vote()
        twin.vote()
    twin.vote()
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        head = vouched(watch, stage.chain.head().number)
    with watching(stage.options(tmp_path / "watch", twin.show())) as watch:
        alarm(watch, Code.HISTORY_REWRITTEN)
        alarm(watch, Code.EQUIVOCATION)
        assert watch.common.judge.head.hash == head
    # Without its store it still knows by its key's note what it vouched for.
    shutil.rmtree(tmp_path / "watch" / "store")
    with watching(stage.options(tmp_path / "watch", twin.show())) as watch:
        alarm(watch, Code.HISTORY_REWRITTEN)
        assert watch.common.judge.head.number == 0
        assert watch.common.judge.witness() is None
    with watching(stage.options(tmp_path / "watch", stage.show())) as watch:
        assert vouched(watch, stage.chain.head().number) == head
        assert watch.common.alarms.active == []


def test_two_chains_for_two_citizens__each_with_a_watchdog__no_witness_seals_the_others_block(
    stage: Stage, tmp_path: Path
) -> None:
    twin = stage.twin(tmp_path / "twin")
    twin.seats += 3
    height = stage.vote()
    twin.vote()
    seals = []
    for name, one in (("first", stage), ("second", twin)):
        with watching(stage.options(tmp_path / name, one.show())) as watch:
            vouched(watch, height)
            seal = watch.common.judge.witness(height)
            assert seal.signer(stage.ledger.chain_id) == watch.address
            assert seal.block_hash == one.chain.head().hash
            seals.append(seal)
    assert seals[0].block_hash != seals[1].block_hash


def test_wrong_ledger__peer_of_another_founding__told_and_not_followed(stage: Stage, tmp_path: Path) -> None:
    other = SmallLedger(found_small(tmp_path / "other"))
    stage.stack.callback(other.node.close)
    url = Stage(other, stage.stack, stage.question).show()
    with watching(stage.options(tmp_path / "watch", url, stage.show())) as watch:
        alarm(watch, Code.WRONG_LEDGER)
        vouched(watch, stage.chain.head().number)
