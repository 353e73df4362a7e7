"""A watchdog over a ledger whose sequencer was replaced by recovery keys, and over a node that shows it otherwise."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.chain.header import Header
from ledger.ports import Block
from ledger.primitives import ZERO_ADDRESS, Height, Timestamp
from ledger.proofs.handover_making import NoHandoverError, make_anchor
from ledger.proofs.misconduct import SignedBlock, check_misconduct
from ledger.proofs.misconduct_json import decode_misconduct
from ledger.proofs.seal import SealKind, make_seal
from ledger.proofs.succession import make_succession_seal, sign_succession
from node.watchdog.alarms import Code
from scripts.cli import main
from scripts.watching import disputes
from tests.ledger.proofs.history import SECOND, THIRD, History, make_history
from tests.scripts.watching.stage import ShownChain, Stage, alarm, vouched, watching


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    made = make_history(tmp_path / "ledger")
    yield made
    made.ledger.node.close()


def other(history: History, height: Height, **fields: object) -> tuple[Header, tuple[bytes, ...]]:
    block = history.chain.block(height)
    assert block is not None
    later = Timestamp(block.header.timestamp + 1)
    return replace(block.header, timestamp=later, **fields), block.transactions  # type: ignore[arg-type]


def second_succession(history: History) -> tuple[Block, bytes]:
    """Recovery keys sealed another block of that height, too."""
    height, keys = history.succeeded, history.recovery_keys
    header, transactions = other(history, height)
    place = history.ledger.chain_id, height, header.hash
    signatures = [sign_succession(*place, key) for key in keys[:2]]
    return Block(header, transactions), make_succession_seal(*place, signatures).encode()


def returned_sequencer(history: History) -> tuple[Block, bytes]:
    """The sequencer that was thought lost made a block of its own."""
    height = history.succeeded
    header, transactions = other(history, height, fee_recipient=ZERO_ADDRESS)
    seal = make_seal(SealKind.SOLO, history.ledger.chain_id, height, header.hash, SECOND)
    return Block(header, transactions), seal.encode()


@pytest.mark.parametrize("forge", [second_succession, returned_sequencer])
def test_succession__and_another_sealed_block_there__told_and_proved_from_the_founding(
    history: History, forge: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    height = history.succeeded
    liar = ShownChain(history.chain, top=height - 1)  # type: ignore[arg-type]
    with ExitStack() as stack:
        stage = Stage(history.ledger, stack, history.receipts[0].question)
        with watching(stage.options(tmp_path / "watch", stage.show(), stage.show(liar))) as watch:
            vouched(watch, history.chain.head().number)
            liar.blocks[height], liar.top = forge(history), height  # type: ignore[operator]
            found = alarm(watch, Code.SUCCESSION_FORK)
            assert found.height == height
    assert f"{height}-succession-fork-" in found.evidence
    words = ["watch", "check", found.evidence, "--json", "--anchor"]
    assert main([*words, history.ledger.anchor.text]) == 0
    proved = json.loads(capsys.readouterr().out)["proved"]
    shown = [history.chain.header(height), liar.header(height)]
    assert all(header is not None and "0x" + header.hash.hex() in proved for header in shown)


def test_evidence__where_handovers_cannot_be_proved__is_made_without_them(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise NoHandoverError("no state of that time")

    monkeypatch.setattr(disputes, "find_handovers", unknown)
    head = history.chain.head().number
    header, seal = history.chain.header(head), history.chain.seal(head)
    assert header is not None
    assert seal is not None
    founding = history.ledger.anchor.founding
    block = SignedBlock(header.encode(), seal)
    evidence = disputes.make_misconduct(history.chain, founding, Code.STATE_ROOT.value, "wrong", (block,))
    assert evidence.handovers == ()
    assert "only executing it shows" in check_misconduct(
        evidence, make_anchor(history.chain, founding, Height(head - 1))
    )


def test_equivocation__of_a_sequencer_by_succession__proved_from_the_founding(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = history.chain.head().number
    header, transactions = other(history, head)
    seal = make_seal(SealKind.SOLO, history.ledger.chain_id, head, header.hash, THIRD)
    liar = ShownChain(history.chain, top=head - 1)  # type: ignore[arg-type]
    with ExitStack() as stack:
        stage = Stage(history.ledger, stack, history.receipts[0].question)
        with watching(stage.options(tmp_path / "watch", stage.show(), stage.show(liar))) as watch:
            vouched(watch, head)
            liar.blocks[head], liar.top = (Block(header, transactions), seal.encode()), head
            found = alarm(watch, Code.EQUIVOCATION)
    evidence = decode_misconduct(Path(found.evidence).read_bytes())
    assert len(evidence.handovers) == 2
    assert main(["watch", "check", found.evidence, "--json", "--anchor", history.ledger.anchor.text]) == 0
    assert "sealed both" in json.loads(capsys.readouterr().out)["proved"]
