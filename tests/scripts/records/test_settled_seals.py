"""Seals that several could make: nodes that saw different ones end with the same, and export the same bytes."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from ledger.bundle.parts import SealedBlock
from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.proofs.comet.header import chain_name
from ledger.proofs.seal import make_commit_seal
from ledger.proofs.succession import make_succession_seal, sign_succession
from ledger.views.ballot_index import find_ballot
from node.execution.pyevm.engine import StateNotKeptError
from node.watchdog import judge as judging
from node.watchdog.alarms import AlarmBook, Code
from scripts.cli import main
from scripts.founding.settings import load_settings
from scripts.running import following
from scripts.running.following import FollowerNode
from scripts.running.ledgers import make_services
from scripts.watching.watch import open_watch
from tests.ledger.proofs.comet.synthetic import unsigned, vote, with_votes
from tests.ledger.proofs.history import History, make_history
from tests.ledger.proofs.network_ledger import Network, move_to_validators
from tests.scripts.records.serving import serve_app
from tests.scripts.small_ledger import SmallLedger
from tests.scripts.watching.stage import Stage, alarm, vouched, wait_for, watching

WAIT_S = 20.0


@dataclass
class Shown:
    """A node's chain, but for some seals, and up to `top`."""

    real: ChainReader
    seals: dict[int, bytes | None] = field(default_factory=dict)
    top: int | None = None

    def head(self) -> Any:
        return self.real.head() if self.top is None else self.real.header(Height(self.top))

    def seal(self, height: Height) -> bytes | None:
        return self.seals.get(height, self.real.seal(height))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextmanager
def showing(ledger: SmallLedger, chain: Any) -> Iterator[str]:
    """A node's feed over a chain."""
    node = ledger.node
    settings = load_settings(ledger.path)
    services = make_services(
        node.founding,
        ledger.anchor,
        chain,
        node.evidence,
        settings,
        None,
        node.clock,
        genesis=ledger.folder.genesis.read_bytes(),
    )
    with serve_app(create_app(services)) as url:
        yield url


def join(ledger: SmallLedger, path: Path, url: str) -> FollowerNode:
    words = ["node", "join", str(path), "--follow", url, "--anchor", str(ledger.folder.anchor), "--quiet"]
    assert main(words) == 0
    return FollowerNode(path, url, load_settings(path))


def export(path: Path | str, out: Path) -> bytes:
    assert main(["export", "bundle", str(path), "--out", str(out), "--quiet"]) == 0
    return out.read_bytes()


def commit(network: Network, height: int, voters: tuple[int, ...]) -> bytes:
    """A commit over a block by these validators."""
    header = network.chain.header(Height(height))
    assert header is not None
    signed = unsigned(network.signers, header.hash)
    signed = replace(signed, header=replace(signed.header, chain=chain_name(network.ledger.chain_id)))
    votes = [vote(signer, signed) if place in voters else None for place, signer in enumerate(network.signers)]
    return make_commit_seal(Height(height), with_votes(signed, votes)).encode()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[tuple[Network, Any]]:
    made, question, _ = move_to_validators(tmp_path / "network")
    made.cast(question, 1)
    yield made, question
    made.close()


def test_commit__seen_otherwise_by_a_follower__is_taken_over_and_bundles_are_the_same(
    network: tuple[Network, Any], tmp_path: Path
) -> None:
    made, question = network
    ledger, height = made.ledger, made.chain.head().number
    kept, seen = commit(made, height, (0, 1, 2, 3, 4)), commit(made, height, (0, 1, 2, 4))
    assert len({kept, seen, made.chain.seal(height)}) == 3
    shown = Shown(made.chain, {height: seen})
    with showing(ledger, shown) as url:
        with join(ledger, tmp_path / "follower", url) as follower:
            wait_for(lambda: follower.chain.seal(height) == seen, WAIT_S)
        # The chain keeps other votes, and the next block comes.
        made.engine.put_seal(height, kept)
        made.cast(question, 2)
        shown.seals.clear()
        with FollowerNode(tmp_path / "follower", url, load_settings(tmp_path / "follower")) as again:
            wait_for(lambda: again.chain.seal(height + 1), WAIT_S)
            assert again.chain.seal(height) == kept
        with watching(Stage(ledger, ExitStack(), question).options(tmp_path / "watch", url)) as watch:
            vouched(watch, height + 1)
            assert watch.common.judge.chain.seal(height) == kept
        from_url = export(url, tmp_path / "url.bundle")
    made.close()
    bundles = {export(path, tmp_path / f"{path.name}.bundle") for path in (ledger.path, tmp_path / "follower")}
    assert bundles == {from_url}
    assert b"evidence/" in from_url
    assert b'"last":%d}' % height in from_url


def test_commit__that_does_not_hold__is_not_taken_over(
    network: tuple[Network, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RETRY_S", 0.1)
    made, question = network
    ledger, height = made.ledger, made.chain.head().number
    shown = Shown(made.chain)
    with showing(ledger, shown) as url, join(ledger, tmp_path / "follower", url) as follower:
        seen = wait_for(lambda: follower.chain.seal(height), WAIT_S)
        shown.seals[height], shown.top = commit(made, height, (0, 1, 2)), height
        made.cast(question, 2)
        shown.top = None
        wait_for(lambda: "more than two thirds" in follower.problem, WAIT_S)
        assert (follower.chain.head().number, follower.chain.seal(height)) == (height, seen)
        shown.seals.clear()
        wait_for(lambda: follower.chain.seal(height + 1), WAIT_S)


def test_settle__other_votes_a_block_without_its_parents_state__says_what_was_taken_over(
    network: tuple[Network, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, question = network
    ledger, chain, height = made.ledger, made.chain, made.chain.head().number
    stage, other = Stage(ledger, ExitStack(), question), commit(made, height, (0, 1, 2, 4))
    with ExitStack() as stack:
        url = stack.enter_context(showing(ledger, Shown(chain)))
        watch = stack.enter_context(open_watch(stage.options(tmp_path / "watch", url), AlarmBook(time.time)))
        watch.check_once()
        judge, block = watch.common.judge, chain.block(height)
        assert block is not None
        sealed = SealedBlock(block, chain.receipts(height), other)

        def unknown(_: object) -> None:
            raise StateNotKeptError("no state before a snapshot")

        with monkeypatch.context() as patch:
            patch.setattr(judging, "load_sealers", unknown)
            assert not judge.settle(sealed)
        assert judge.chain.seal(height) == chain.seal(height)
        assert judge.settle(sealed)
        assert not judge.settle(sealed)
        assert judge.chain.seal(height) == other


def test_watchdog__peer_that_shows_a_bad_commit_of_a_block_before__told(
    network: tuple[Network, Any], tmp_path: Path
) -> None:
    made, question = network
    ledger, height = made.ledger, made.chain.head().number
    shown = Shown(made.chain, top=height)
    with showing(ledger, shown) as url:
        options = Stage(ledger, ExitStack(), question).options(tmp_path / "watch", url)
        with watching(options) as watch:
            vouched(watch, height)
            made.cast(question, 2)
            shown.seals[height], shown.top = commit(made, height, (0, 1, 2)), None
            assert alarm(watch, Code.BAD_SEAL).height == height
            assert watch.common.judge.head.number == height


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    made = make_history(tmp_path / "ledger")
    yield made
    made.ledger.node.close()


def test_succession__signed_by_other_keys_where_it_was_seen__ends_with_the_new_sequencers(
    history: History, tmp_path: Path
) -> None:
    ledger, height, keys = history.ledger, history.succeeded, history.recovery_keys
    header = history.chain.header(height)
    assert header is not None
    place = ledger.chain_id, height, header.hash
    seen = make_succession_seal(*place, [sign_succession(*place, key) for key in keys[1:]]).encode()
    shown = Shown(history.chain, {height: seen}, height)
    with showing(ledger, shown) as url:
        with join(ledger, tmp_path / "follower", url) as follower:
            wait_for(lambda: follower.chain.seal(height) == seen, WAIT_S)
        # A bundle does not end with a seal that others may have otherwise.
        early = export(tmp_path / "follower", tmp_path / "early.bundle")
        assert b'"last":%d}' % (height - 1) in early
        shown.seals.clear()
        shown.top = None
        with FollowerNode(tmp_path / "follower", url, load_settings(tmp_path / "follower")) as again:
            wait_for(lambda: again.chain.seal(height + 1), WAIT_S)
            assert again.chain.seal(height) == history.chain.seal(height) != seen
        from_url = export(url, tmp_path / "url.bundle")
    ledger.node.close()
    bundles = {export(path, tmp_path / f"{path.name}.bundle") for path in (ledger.path, tmp_path / "follower")}
    assert bundles == {from_url}


def test_succession__over_a_block_whose_seal_was_lost__is_followed_and_gives_the_same_bytes(
    history: History, tmp_path: Path
) -> None:
    ledger, height = history.ledger, history.succeeded
    head = history.chain.head()
    lost = Shown(history.chain, {height - 1: None})
    with showing(ledger, lost) as url:
        from_url = export(url, tmp_path / "url.bundle")
        with join(ledger, tmp_path / "follower", url) as follower:
            wait_for(lambda: follower.chain.seal(head.number), WAIT_S)
            assert follower.chain.seal(Height(height - 1)) is None
            # The ballot in the block without a seal is found as any other.
            place = find_ballot(follower.chain, history.receipts[1].digest)
            assert place is not None
            assert place.height == height - 1
        options = Stage(ledger, ExitStack(), history.receipts[0].question).options(tmp_path / "watch", url)
        with watching(options) as watch:
            vouched(watch, head.number, WAIT_S)
            # Nobody ever kept the text of one question of this history.
            assert {one.code for one in watch.common.alarms.active} <= {Code.EVIDENCE_MISSING}
        lost.top = height
        early = export(url, tmp_path / "early.bundle")
    ledger.node.close()
    bundles = {export(path, tmp_path / f"{path.name}.bundle") for path in (ledger.path, tmp_path / "follower")}
    assert bundles == {from_url}
    assert b'"last":%d}' % (height - 2) in early


@pytest.mark.parametrize("place", ["newest", "before a block of the sequencer", "before the succession"])
def test_block__without_a_seal__is_refused_but_before_a_succession(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(following, "RETRY_S", 0.1)
    head = history.chain.head().number
    height = {"newest": head, "before a block of the sequencer": 2, "before the succession": history.succeeded}[place]
    shown = Shown(history.chain, {height: b""})
    with showing(history.ledger, shown) as url, join(history.ledger, tmp_path / "follower", url) as follower:
        wait_for(lambda: f"block {height}: seal" in follower.problem, WAIT_S)
        assert follower.chain.head().number == height - 1
