"""A sequencer that shows two citizens two chains: each has a watchdog, and their receipts' verdicts tell them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.primitives import Address, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.code import ballot_code
from ledger.proofs.making import find_seat_ballot
from ledger.voting.ballot import ballot_digest, domain_separator
from scripts.voting import witness_seals
from scripts.watching.page import make_page, serve_page
from scripts.watching.watch import Watch
from tests.scripts.calling import run
from tests.scripts.watching.stage import Stage, vouched, watching
from tests.verifier.node import run_verifier


@contextmanager
def witness_over(stage: Stage, folder: Path) -> Iterator[tuple[Watch, str]]:
    """A watchdog over one node, and where its seals are served."""
    with watching(stage.options(folder, stage.show())) as watch, serve_page(make_page(watch), 0) as url:
        yield watch, url


def take_receipt(stage: Stage, out: Path, capsys: pytest.CaptureFixture[str], seat: int, *witnesses: str) -> Any:
    """A citizen takes her receipt from the node that she knows, with seals of these witnesses."""
    chain = stage.ledger.node.chain
    signed = find_seat_ballot(chain, stage.ledger.chain_id, stage.question, seat)
    code_word = ballot_code(
        ballot_digest(domain_separator(stage.ledger.chain_id, stage.question.contract), signed.ballot)
    )
    words = ["receipt", "make", stage.show(), code_word, "--out", out]
    words += [word for url in witnesses for word in ("--witness", url)]
    code, facts, _ = run(capsys, *words)
    assert code == 0
    return facts


def save_anchor(path: Path, anchor: Anchor, *witnesses: Address) -> Path:
    path.write_text(replace(anchor, witnesses=tuple(sorted(witnesses))).text + "\n")
    return path


def test_two_chains_for_two_citizens__receipts_with_witness_seals__both_are_told(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = stage.twin(tmp_path / "twin")
    twin.seats += 3
    height = stage.vote()
    assert twin.vote() == height
    seats = stage.seats - 1, twin.seats - 1
    with witness_over(stage, tmp_path / "w1") as (first, url1), witness_over(twin, tmp_path / "w2") as (second, url2):
        vouched(first, height)
        vouched(second, height)
        hers, his = tmp_path / "hers.json", tmp_path / "his.json"
        own = take_receipt(stage, hers, capsys, seats[0], url1)
        assert own["witnesses"] == [{"witness": to_hex(first.address), "height": height, "agrees": True}]
        both = take_receipt(twin, his, capsys, seats[1], url1, url2)
        assert {row["witness"]: row["agrees"] for row in both["witnesses"]} == {
            to_hex(first.address): False,
            to_hex(second.address): True,
        }
    anchor = stage.ledger.anchor
    named = save_anchor(tmp_path / "named.txt", anchor, first.address)
    plain = save_anchor(tmp_path / "plain.txt", anchor)

    # She sees who vouches for what her server shows her.
    code, facts, _ = run(capsys, "verify", hers, "--anchor", named, "--no-clock")
    assert (code, facts["standing"]) == (0, "counted")
    assert facts["vouched"] == [{"witness": to_hex(first.address), "height": height}]

    # He holds a receipt that looks as good, and his own witness says so; hers, whom the anchor names, denies it.
    code, facts, _ = run(capsys, "verify", his, "--anchor", named, "--no-clock")
    assert (code, facts["standing"], facts["cause"]) == (3, "cannot be checked", "equivocation")
    shown = [one.chain.header(height).hash.hex() for one in (stage, twin)]
    assert all(part in facts["reason"] for part in (*shown, first.address.hex()))
    assert "publish" in facts["advice"][0]
    for trust, expected in ((), 0), ((second,), 0), ((first,), 3), ((second, first), 3):
        words = [word for watch in trust for word in ("--trust-witness", to_hex(watch.address))]
        assert run(capsys, "verify", his, "--anchor", plain, "--no-clock", *words)[0] == expected

    # The second verifier agrees.
    assert run_verifier("receipt", hers, "--anchor", named, "--no-clock")[0] == 0
    code, out, _ = run_verifier("receipt", his, "--anchor", named, "--no-clock", "--json")
    answer = json.loads(out)
    assert (code, answer["verdict"], answer["cause"]) == (3, "cannot be checked", "equivocation")
    assert all(part in answer["reason"] for part in shown)
    trusted = ",".join(to_hex(watch.address) for watch in (second, first))
    assert run_verifier("receipt", his, "--anchor", plain, "--no-clock", "--trust-witness", trusted)[0] == 3
    assert run_verifier("receipt", his, "--anchor", plain, "--no-clock")[0] == 0


def test_witness__that_has_not_come_so_far_or_is_none__is_named_and_the_receipt_made(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_seals, "PATIENCE_S", 0.2)
    monkeypatch.setattr(witness_seals, "PAUSE_S", 0.05)
    stage.vote()
    node, nobody = stage.show(), "http://127.0.0.1:1"
    facts = take_receipt(stage, tmp_path / "mine.json", capsys, stage.seats - 1, node, nobody)
    assert (facts["witnesses"], list(facts["silent"])) == ([], [node, nobody])
    assert "it has none at all" in facts["silent"][node]
    anchor = save_anchor(tmp_path / "anchor.txt", stage.ledger.anchor)
    code, facts, _ = run(capsys, "verify", tmp_path / "mine.json", "--anchor", anchor, "--no-clock")
    assert (code, facts["witnesses"], facts["vouched"]) == (0, 0, [])
