"""A snapshot of a ledger that validators seal: a follower begins with it, whichever votes its seals carry."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from api.app import create_app
from ledger.primitives import Hash32, Height
from ledger.proofs.comet.commit import SignedHeader
from ledger.proofs.handover_making import find_handovers
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.verdict import Standing, check_receipt
from scripts.founding.settings import load_settings
from scripts.network.snapshots import make_snapshot_file
from scripts.running.following import FollowerNode
from scripts.running.ledgers import open_ledger
from scripts.terminal.console import Output
from tests.ledger.proofs import network_ledger
from tests.ledger.proofs.comet.synthetic import Signer, unsigned
from tests.ledger.proofs.network_ledger import CHOICE, move_to_validators
from tests.scripts.calling import run
from tests.scripts.records.serving import serve_app


def test_follower__begun_with_a_snapshot_of_validators__goes_on_and_makes_receipts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heights = itertools.count(50, 2)

    def ascending(signers: Sequence[Signer], app_hash: Hash32) -> SignedHeader:
        signed = unsigned(signers, app_hash)
        return replace(signed, header=replace(signed.header, height=next(heights)))

    monkeypatch.setattr(network_ledger, "unsigned", ascending)
    network, question, moved = move_to_validators(tmp_path / "ledger")
    for seat in range(1, 4):
        network.cast(question, seat)
    make_snapshot_from = network.chain.head().number - 1
    network.close()
    path, file = tmp_path / "ledger", tmp_path / "s"
    make_snapshot_file(path, file, None, Output(quiet=True))
    words = ["node", "join", tmp_path / "f", "--anchor", path / "anchor.txt", "--snapshot", file]
    with open_ledger(path) as ledger, serve_app(create_app(ledger.services())) as url:
        assert run(capsys, *words, "--follow", url)[0] == 0
        node = FollowerNode(tmp_path / "f", url, load_settings(tmp_path / "f"))
        assert moved < node.chain.head().number == make_snapshot_from
        assert node.catch_up() == 1
        head = node.chain.head()
        assert head == ledger.chain.head()
        handovers = find_handovers(ledger.chain, head.number)
        assert len(handovers) == 1
        assert find_handovers(node.chain, Height(head.number)) == handovers
        ballot = network.ledger.sign(question, 2, CHOICE)
        receipt: Receipt = ReceiptMaker(node.chain, ledger.founding.chain_id).make(question, ballot)
        assert check_receipt(receipt, network.ledger.anchor).standing is Standing.COUNTED
        with node:
            pass
