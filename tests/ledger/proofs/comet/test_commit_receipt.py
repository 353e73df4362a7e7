"""Receipts of a ledger on validators: judged by the commit that they carry."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.chain.header import decode_header
from ledger.primitives import Hash32, Height
from ledger.proofs.anchor import Anchor
from ledger.proofs.comet.header import chain_name
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.seal import SealerSet, SealKind, make_commit_seal, sealer_set
from ledger.proofs.verdict import Standing, check_receipt
from ledger.voting.form import BallotKind
from tests.ledger.proofs.comet.synthetic import Signer, make_signers, unsigned, vote, with_votes
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

SIGNERS = make_signers([40, 20, 20, 20])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallLedger]:
    opened = SmallLedger(found_small(tmp_path_factory.mktemp("commits") / "ledger")).fill()
    yield opened
    opened.node.close()


@pytest.fixture(scope="module")
def sealed_by_one(ledger: SmallLedger) -> Receipt:
    question = ledger.open_question()
    ballot = ledger.sign(question, 3, choice_of(BallotKind.APPROVAL))
    ledger.cast(question, [ballot])
    return ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballot)


def seal_by(receipt: Receipt, signers: list[Signer], voters: list[int], chain_id: int | None = None) -> Receipt:
    """The receipt with a commit by these signers as its seal."""
    block = decode_header(receipt.header)
    signed = unsigned(signers, block.hash)
    signed = replace(signed, header=replace(signed.header, chain=chain_name(chain_id or receipt.chain_id)))
    signed = with_votes(signed, [vote(s, signed) if place in voters else None for place, s in enumerate(signers)])
    return replace(receipt, seal=make_commit_seal(block.number, signed), sealers=_sealers(signers))


def _sealers(signers: list[Signer]) -> SealerSet:
    return sealer_set(SealKind.COMMIT, [(signer.validator.address, signer.power) for signer in signers])


def _anchor(ledger: SmallLedger) -> Anchor:
    return replace(ledger.anchor, sealers=_sealers(SIGNERS).hash)


def test_verdict__sealed_by_validators__is_counted_after_a_way_through_json(
    ledger: SmallLedger, sealed_by_one: Receipt
) -> None:
    receipt = seal_by(sealed_by_one, SIGNERS, [0, 1, 2])
    assert decode_receipt(encode_receipt(receipt)) == receipt
    verdict = check_receipt(decode_receipt(encode_receipt(receipt)), _anchor(ledger))
    assert (verdict.standing, verdict.height) == (Standing.COUNTED, receipt.seal.height)


def test_receipt__of_two_hundred_validators__fits_its_file(ledger: SmallLedger, sealed_by_one: Receipt) -> None:
    signers = make_signers([1] * 200)
    receipt = seal_by(sealed_by_one, signers, list(range(200)))
    assert decode_receipt(encode_receipt(receipt)) == receipt


def test_verdict__commit_that_does_not_hold__cannot_be_checked(ledger: SmallLedger, sealed_by_one: Receipt) -> None:
    anchor, good = _anchor(ledger), seal_by(sealed_by_one, SIGNERS, [0, 1, 2])
    wrong = {
        "more than two thirds": seal_by(sealed_by_one, SIGNERS, [1, 2, 3]),
        "not signed by its key": seal_by(sealed_by_one, SIGNERS, [0, 1, 2], sealed_by_one.chain_id + 1),
        "not those that the anchor names": seal_by(sealed_by_one, make_signers([1, 1]), [0, 1]),
        "of height": replace(good, seal=replace(good.seal, height=Height(good.seal.height + 1))),
        "over block": replace(good, seal=replace(good.seal, block_hash=Hash32(bytes(32)))),
        "seal kind": replace(sealed_by_one, sealers=good.sealers),
        "by other validators": replace(seal_by(sealed_by_one, make_signers([1, 1]), [0, 1]), sealers=good.sealers),
    }
    for reason, receipt in wrong.items():
        verdict = check_receipt(receipt, anchor)
        assert verdict.standing is Standing.CANNOT_BE_CHECKED
        assert reason in verdict.reason
