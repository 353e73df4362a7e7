"""A follower of a feed: joined by an anchor, it repeats blocks, shows them, and stops at one that it cannot check."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from ledger.views.ballot_index import find_ballot
from ledger.voting.ballot import ballot_digest, domain_separator
from ledger.voting.form import BallotKind
from node.evidence.local import LocalEvidenceStore
from node.watchdog.refusals import BlockRefusedError
from scripts.cli import main
from scripts.founding.settings import load_settings
from scripts.running.following import FollowerNode, NotAMemberError
from scripts.running.kinds import NodeKind, node_kind
from scripts.running.ledgers import open_ledger
from tests.scripts.calling import run
from tests.scripts.records.serving import serve_app
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small


@dataclass(frozen=True)
class Followed:
    """A ledger's directory, and the digest of a ballot on it."""

    path: Path
    digest: Hash32

    @property
    def anchor(self) -> Path:
        return self.path / "anchor.txt"


class WrongSeal:
    """A chain that shows another block's seal at one height."""

    def __init__(self, chain: ChainReader, height: int) -> None:
        self._chain = chain
        self._height = height

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def seal(self, height: Height) -> bytes | None:
        return self._chain.seal(Height(height - 1) if height == self._height else height)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """Members, seats, a question and three ballots."""
    ledger = SmallLedger(found_small(tmp_path_factory.mktemp("followed") / "ledger")).fill()
    question = ledger.open_question()
    ballots = [ledger.sign(question, seat, choice_of(BallotKind.APPROVAL)) for seat in range(3)]
    ledger.cast(question, ballots)
    ledger.node.close()
    domain = domain_separator(ledger.chain_id, question.contract)
    return Followed(ledger.path, ballot_digest(domain, ballots[1].ballot))


def join(path: Path, followed: Followed, url: str) -> FollowerNode:
    words = ["node", "join", str(path), "--follow", url, "--anchor", str(followed.anchor), "--quiet"]
    assert main(words) == 0
    return FollowerNode(path, url, load_settings(path))


def test_follower__joined_by_feed__has_each_block_ballot_and_document(
    followed: Followed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "follower"
    with open_ledger(followed.path) as ledger, serve_app(create_app(ledger.services())) as url:
        assert run(capsys, "node", "join", path, "--follow", url)[1]["type"] == "no-anchor"
        node = join(path, followed, url)
        assert node_kind(path, load_settings(path)) is NodeKind.FOLLOWER
        assert node.catch_up() == ledger.chain.head().number
        with node:
            assert node.chain.head().hash == ledger.chain.head().hash
            assert find_ballot(node.chain, followed.digest) == find_ballot(ledger.chain, followed.digest)
            for document in ledger.evidence.roots():
                assert node.evidence.get(document) == ledger.evidence.get(document)
            with pytest.raises(NotAMemberError):
                node.submit(b"")
        documents = ledger.evidence.roots()
    assert run(capsys, "node", "status", path)[1]["seal"] == "sealed"
    # It holds them itself, so that it needs nobody any more.
    own = LocalEvidenceStore(path / "evidence")
    assert documents
    assert own.roots() == documents
    assert all(own.get(document) for document in documents)


def test_follower__block_under_anothers_seal__ends_before_it(followed: Followed, tmp_path: Path) -> None:
    with open_ledger(followed.path) as ledger:
        services = replace(ledger.services(), chain=WrongSeal(ledger.chain, 2))
        with serve_app(create_app(services)) as url:
            node = join(tmp_path / "follower", followed, url)
            with pytest.raises(BlockRefusedError) as refused:
                node.catch_up()
            assert refused.value.header.number == 2
            with node:
                assert node.chain.head().number == 1


def test_join__feed_of_another_ledger__is_refused(
    followed: Followed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = found_small(tmp_path / "other")
    with open_ledger(other) as ledger, serve_app(create_app(ledger.services())) as url:
        code, facts, _ = run(capsys, "node", "join", tmp_path / "f", "--follow", url, "--anchor", followed.anchor)
    assert (code, facts["type"]) == (2, "wrong-ledger")
    assert not (tmp_path / "f").exists()
