"""The audit of ledgers that others came to seal: a second sequencer, recovery keys, validators."""

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.audit.auditor import Audited, audit_bundle
from ledger.audit.sealers import FollowedSealers
from ledger.bundle.errors import BundleError
from ledger.bundle.reading import Bundle
from ledger.chain.consensus_act import Punishment
from ledger.primitives import ZERO_ADDRESS, Height, Timestamp
from ledger.proofs.comet.header import chain_name
from ledger.proofs.seal import SealKind, make_commit_seal, make_seal
from ledger.proofs.succession import make_succession_seal, sign_succession
from ledger.system import SystemContract
from ledger.views.seals import load_recovery
from node.folder import load_founding
from scripts.records.bundles import export_bundle, open_chain_source
from scripts.running.ledgers import open_ledger
from scripts.terminal.console import Output
from tests.ledger.proofs.comet.synthetic import Signer, make_signers, unsigned, vote, with_votes
from tests.ledger.proofs.history import SECOND, History, make_history
from tests.ledger.proofs.network_ledger import REMOVED, SIGNERS, Network, row
from tests.scripts.deciding import decide
from tests.scripts.small_ledger import SmallLedger, found_small
from tests.tampering.draft import Draft
from tests.verifier.node import ask_many, run_verifier

Change = Callable[[Draft], None]


def export(folder: Path, out: Path) -> bytes:
    with open_chain_source(str(folder)) as source, Output(quiet=True).progress() as steps:
        export_bundle(source, out, steps)
    return out.read_bytes()


def audit(data: bytes) -> Audited:
    return audit_bundle(Bundle(io.BytesIO(data)))


def failed(data: bytes) -> Counter[str]:
    return audit(data).checks.failed


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return make_history(tmp_path_factory.mktemp("history") / "ledger")


@pytest.fixture(scope="module")
def rotated(history: History, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A ledger with a rotation by ballot and a succession."""
    history.ledger.node.close()
    return export(history.ledger.path, tmp_path_factory.mktemp("out") / "bundle")


def draft_of(data: bytes, history: History) -> Draft:
    return Draft(data, {duty: key.secret for duty, key in history.ledger.keys.items()})


def test_audit__rotation_and_succession__holds_with_nothing_left_unchecked(rotated: bytes, history: History) -> None:
    checks = audit(rotated).checks
    assert (checks.findings, checks.not_checked) == ([], {})
    draft = draft_of(rotated, history)
    # The sequencer's last seal, which some nodes may never have got, is in no bundle.
    assert checks.checked["seal.signer"] == len(draft.blocks) - 2
    assert draft.blocks[history.succeeded - 1].seal == b""
    assert draft.blocks[history.succeeded].seal[0] == SealKind.SUCCESSION


def reseal(draft: Draft, height: int, key: PrivateKey) -> None:
    block = draft.blocks[height]
    block.seal = make_seal(SealKind.SOLO, draft.chain_id, Height(height), block.header.hash, key).encode()


def test_audit__sealed_by_who_was_replaced__finding(rotated: bytes, history: History) -> None:
    draft = draft_of(rotated, history)
    reseal(draft, history.succeeded + 1, SECOND)
    checks = audit(draft.write()).checks
    assert [(found.code, found.block) for found in checks.findings] == [("seal.signer", history.succeeded + 1)]
    draft = draft_of(rotated, history)
    reseal(draft, history.rotated, SECOND)
    assert failed(draft.write()) == {"seal.signer": 1}


def seal_by_recovery_keys(draft: Draft, height: int, keys: list[PrivateKey]) -> None:
    block = draft.blocks[height].header.hash
    signatures = [sign_succession(draft.chain_id, height, block, key) for key in keys]
    draft.blocks[height].seal = make_succession_seal(draft.chain_id, Height(height), block, signatures).encode()


def test_audit__succession_of_too_few_or_of_strangers__finding(rotated: bytes, history: History) -> None:
    height = history.succeeded
    keys = history.recovery_keys
    for signers in (keys[:1], [keys[0], SECOND]):
        draft = draft_of(rotated, history)
        header = draft.blocks[height].header
        signatures = [sign_succession(draft.chain_id, height, header.hash, key) for key in signers]
        draft.blocks[height].seal = make_succession_seal(
            draft.chain_id, Height(height), header.hash, signatures
        ).encode()
        assert failed(draft.write()) == {"seal.signer": 1}


def test_audit__succession_too_early__findings(rotated: bytes, history: History) -> None:
    draft, height = draft_of(rotated, history), history.succeeded
    parent = draft.blocks[height - 1].header
    draft.change_header(height, timestamp=Timestamp(parent.timestamp + 1))
    seal_by_recovery_keys(draft, height, history.recovery_keys)
    checks = audit(draft.write()).checks
    found = {finding.code for finding in checks.findings if finding.block == height}
    assert {"transaction.admission", "seal.signer", "sealer.authority"} <= found


def test_audit__sequencer_s_seal_beside_a_succession__finding(rotated: bytes, history: History) -> None:
    draft = draft_of(rotated, history)
    reseal(draft, history.succeeded - 1, SECOND)
    assert failed(draft.write()) == {"seal.form": 1}


def test_audit__no_seal_elsewhere__unreadable(rotated: bytes, history: History) -> None:
    draft = draft_of(rotated, history)
    draft.blocks[history.succeeded - 2].seal = b""
    with pytest.raises(BundleError, match="no seal"):
        audit(draft.write())


def test_followed_sealers__founding__are_those_that_the_contract_names(history: History) -> None:
    _, genesis = load_founding(history.ledger.folder)
    followed = FollowedSealers(genesis.alloc[SystemContract.PERMISSIONS.address])
    with open_ledger(history.ledger.path) as opened:
        state = opened.chain.state(Height(0))
        assert followed.recovery == load_recovery(state)
        assert followed.recovery is not None
        stored = {slot: state.storage(SystemContract.PERMISSIONS.address, slot) for slot in followed.words}
    assert followed.words == stored


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Network]:
    """A ledger that moved to validators, of whom one was punished."""
    ledger = SmallLedger(found_small(tmp_path_factory.mktemp("network") / "ledger")).fill()
    question = ledger.open_question(window_s=1_000_000)
    for place, signer in enumerate(SIGNERS):
        decide(ledger, SystemContract.PERMISSIONS, "add_validator", *row(signer, place))
    decide(ledger, SystemContract.PERMISSIONS, "set_sealer", int(SealKind.COMMIT), ZERO_ADDRESS)
    network = Network(ledger)
    network.cast(question, 1)
    network.act(Punishment(REMOVED.validator.key, 7))
    network.signers.remove(REMOVED)
    network.cast(question, 2)
    network.cast(question, 3)
    network.close()
    return export(ledger.path, tmp_path_factory.mktemp("out") / "bundle"), network


def commit(draft: Draft, height: int, places: int, signers: list[Signer]) -> bytes:
    signed = unsigned(signers, draft.blocks[height].header.hash)
    signed = replace(signed, header=replace(signed.header, chain=chain_name(draft.chain_id)))
    votes = [vote(signer, signed) if i < places else None for i, signer in enumerate(signers)]
    return make_commit_seal(Height(height), with_votes(signed, votes)).encode()


def test_audit__validators__holds_but_for_evidence_that_no_bundle_has(network: tuple[bytes, Network]) -> None:
    data, ran = network
    audited = audit(data)
    assert audited.checks.findings == []
    assert list(audited.checks.not_checked) == ["transaction.admission"]
    assert audited.is_network
    # The newest commit is not settled: which votes the chain keeps of it, the next block says.
    assert audited.facts.last == ran.engine.head().number - 1


def test_audit__commit_of_too_little_power_or_by_others__finding(network: tuple[bytes, Network]) -> None:
    data, ran = network
    keys = {duty: key.secret for duty, key in ran.ledger.keys.items()}
    last = len(Draft(data, keys).blocks) - 1
    for signers, places in ((ran.signers, 2), (list(SIGNERS), 5), (make_signers([9, 9, 9, 9]), 4)):
        draft = Draft(data, keys)
        draft.blocks[last].seal = commit(draft, last, places, signers)
        assert failed(draft.write()) == {"seal.signer": 1}
    draft = Draft(data, keys)
    draft.blocks[last].seal = commit(draft, last, 3, ran.signers)
    assert failed(draft.write()) == {}


def test_audit__sequencer_s_seal_after_the_move__finding(network: tuple[bytes, Network]) -> None:
    data, ran = network
    draft = Draft(data, {duty: key.secret for duty, key in ran.ledger.keys.items()})
    reseal(draft, len(draft.blocks) - 1, ran.ledger.keys["sealer"])
    assert failed(draft.write()) == {"seal.signer": 1}


def test_second_verifier__the_same_ledgers__says_the_same(
    rotated: bytes, history: History, network: tuple[bytes, Network], tmp_path: Path
) -> None:
    data, ran = network
    early, replaced, weak = draft_of(rotated, history), draft_of(rotated, history), draft_of(data, history)
    parent = early.blocks[history.succeeded - 1].header
    early.change_header(history.succeeded, timestamp=Timestamp(parent.timestamp + 1))
    seal_by_recovery_keys(early, history.succeeded, history.recovery_keys)
    reseal(replaced, history.succeeded + 1, SECOND)
    last = len(weak.blocks) - 1
    weak.blocks[last].seal = commit(weak, last, 2, ran.signers)
    double, missing = draft_of(rotated, history), draft_of(rotated, history)
    reseal(double, history.succeeded - 1, SECOND)
    missing.blocks[history.succeeded - 2].seal = b""
    of_history, of_network = history.ledger.anchor.text, ran.ledger.anchor.text
    asked = [
        (rotated, of_history, None),
        (data, of_network, None),
        (early.write(), of_history, "seal.signer"),
        (replaced.write(), of_history, "seal.signer"),
        (double.write(), of_history, "seal.form"),
        (weak.write(), of_network, "seal.signer"),
    ]
    questions = []
    for place, (content, anchor, _) in enumerate(asked):
        path = tmp_path / f"{place}.bundle"
        path.write_bytes(content)
        questions.append({"ask": "audit", "bundle": str(path), "anchor": anchor})
    answers = ask_many(questions)
    for answer, (_, _, code) in zip(answers, asked, strict=True):
        codes = {name for name, row in answer["checks"].items() if row["failed"]}
        assert answer["findings"] == [] if code is None else code in codes
    path = tmp_path / "missing.bundle"
    path.write_bytes(missing.write())
    assert run_verifier(path)[0] == 2
