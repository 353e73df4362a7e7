"""Evidence against those who seal, judged from anchors before their time in office."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from coincurve import PrivateKey

from ledger.chain.header import Header, decode_header
from ledger.errors import CannotCheckError
from ledger.primitives import ZERO_ADDRESS, Height, Timestamp, keccak256, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover_making import find_handovers, make_anchor, prove_recovery
from ledger.proofs.misconduct import (
    EQUIVOCATION,
    SUCCESSION_FORK,
    Misconduct,
    MisconductError,
    NoMisconductError,
    OtherSealersError,
    SignedBlock,
    check_misconduct,
)
from ledger.proofs.misconduct_json import FORMER, decode_misconduct, encode_misconduct
from ledger.proofs.seal import SealKind, make_seal
from ledger.proofs.succession import make_succession_seal, sign_succession
from ledger.secp256k1 import address_of
from ledger.views.seals import load_sealers
from tests.ledger.proofs.history import SECOND, THIRD, History, make_history


@dataclass(frozen=True)
class Case:
    """The history, and blocks of it with another one of the same height."""

    history: History

    @property
    def anchor(self) -> Anchor:
        return self.history.ledger.anchor

    @property
    def chain_id(self) -> int:
        return self.history.ledger.chain_id

    def own(self, height: Height) -> SignedBlock:
        header, seal = self.history.chain.header(height), self.history.chain.seal(height)
        assert header is not None
        assert seal is not None
        return SignedBlock(header.encode(), seal)

    def other(self, height: Height, **fields: Any) -> Header:
        header = self.history.chain.header(height)
        assert header is not None
        return replace(header, timestamp=Timestamp(header.timestamp + 1), **fields)

    def by_sequencer(self, height: Height, key: PrivateKey) -> SignedBlock:
        header = self.other(height, fee_recipient=ZERO_ADDRESS)
        seal = make_seal(SealKind.SOLO, self.chain_id, height, header.hash, key)
        return SignedBlock(header.encode(), seal.encode())

    def by_recovery_keys(self, height: Height, *places: int) -> SignedBlock:
        header, keys = self.other(height), self.history.recovery_keys
        signatures = [sign_succession(self.chain_id, height, header.hash, keys[place]) for place in places]
        return SignedBlock(
            header.encode(), make_succession_seal(self.chain_id, height, header.hash, signatures).encode()
        )

    def evidence(self, code: str, height: Height, *blocks: SignedBlock) -> Misconduct:
        chain = self.history.chain
        recovery = prove_recovery(chain, height) if code == SUCCESSION_FORK else None
        sealers = load_sealers(chain.state(Height(height - 1)))
        handovers = find_handovers(chain, height)
        return Misconduct(self.anchor.founding, code, "two blocks", sealers, blocks, handovers, recovery)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    history = make_history(tmp_path_factory.mktemp("misconduct") / "ledger")
    yield Case(history)
    history.ledger.node.close()


@pytest.fixture(scope="module")
def doubled(case: Case) -> Misconduct:
    """The third sequencer, whom recovery keys named, sealed two blocks."""
    height = case.history.chain.head().number
    assert height > case.history.succeeded
    return case.evidence(EQUIVOCATION, height, case.own(height), case.by_sequencer(height, THIRD))


def test_equivocation__after_two_handovers__is_proved_from_any_older_anchor(case: Case, doubled: Misconduct) -> None:
    evidence = decode_misconduct(encode_misconduct(doubled))
    assert evidence == doubled
    chain, founding = case.history.chain, case.anchor.founding
    anchors = [
        case.anchor,
        *(make_anchor(chain, founding, at) for at in (case.history.rotated, case.history.succeeded)),
    ]
    for anchor in anchors:
        proved = check_misconduct(evidence, anchor)
        assert to_hex(address_of(THIRD)) in proved
        assert all(to_hex(decode_header(block.header).hash) in proved for block in evidence.blocks)


def test_equivocation__whose_handovers_do_not_lead_there__cannot_be_checked(case: Case, doubled: Misconduct) -> None:
    first, second = doubled.handovers
    stranger = make_seal(SealKind.SOLO, case.chain_id, first.block.seal.height, first.block.seal.block_hash, SECOND)
    forged = replace(first, block=replace(first.block, seal=stranger))
    for handovers in ((), (first,), (second,), (second, first), (forged, second)):
        with pytest.raises(OtherSealersError):
            check_misconduct(replace(doubled, handovers=handovers), case.anchor)
    with pytest.raises(OtherSealersError):
        check_misconduct(doubled, replace(case.anchor, founding=keccak256(b"x")))
    head = case.history.chain.head().number
    with pytest.raises(CannotCheckError, match="later"):
        check_misconduct(doubled, make_anchor(case.history.chain, case.anchor.founding, head))


def test_equivocation__of_whom_did_not_sign__shows_nothing(case: Case, doubled: Misconduct) -> None:
    height = case.history.chain.head().number
    own = doubled.blocks[0]
    for other in (own, case.by_sequencer(height, SECOND), case.own(Height(height - 1))):
        with pytest.raises(NoMisconductError):
            check_misconduct(replace(doubled, blocks=(own, other)), case.anchor)
    with pytest.raises(NoMisconductError, match="which succession-fork does not name"):
        check_misconduct(replace(doubled, code=SUCCESSION_FORK), case.anchor)


def test_former_format__without_handovers__is_read_and_judged_by_an_anchor_of_that_time(
    case: Case, doubled: Misconduct
) -> None:
    record = json.loads(encode_misconduct(doubled))
    del record["handovers"], record["recovery"]
    with pytest.raises(MisconductError):
        decode_misconduct(json.dumps(record).encode())
    evidence = decode_misconduct(json.dumps({**record, "format": FORMER}).encode())
    later = make_anchor(case.history.chain, case.anchor.founding, case.history.succeeded)
    assert "sealed both" in check_misconduct(evidence, later)
    with pytest.raises(OtherSealersError):
        check_misconduct(evidence, case.anchor)


def test_two_successions__at_one_height__are_proved_with_the_keys_of_both(case: Case) -> None:
    height, keys = case.history.succeeded, case.history.recovery_keys
    evidence = case.evidence(SUCCESSION_FORK, height, case.own(height), case.by_recovery_keys(height, 0, 1))
    evidence = decode_misconduct(encode_misconduct(evidence))
    for anchor in (case.anchor, make_anchor(case.history.chain, case.anchor.founding, case.history.rotated)):
        proved = check_misconduct(evidence, anchor)
        assert proved.count(to_hex(address_of(keys[0]))) == 2
        assert all(to_hex(address_of(key)) in proved for key in keys)
    with pytest.raises(NoMisconductError, match="no terms"):
        check_misconduct(replace(evidence, recovery=None), case.anchor)
    too_few = case.by_recovery_keys(height, 0)
    with pytest.raises(NoMisconductError, match="at least 2"):
        check_misconduct(replace(evidence, blocks=(evidence.blocks[0], too_few)), case.anchor)
    with pytest.raises(NoMisconductError, match="does not name"):
        check_misconduct(replace(evidence, code=EQUIVOCATION), case.anchor)


def test_succession_and_the_sequencers_block__at_one_height__are_proved(case: Case) -> None:
    height = case.history.succeeded
    evidence = case.evidence(SUCCESSION_FORK, height, case.by_sequencer(height, SECOND), case.own(height))
    proved = check_misconduct(decode_misconduct(encode_misconduct(evidence)), case.anchor)
    assert to_hex(address_of(SECOND)) in proved
    assert "recovery keys" in proved
    with pytest.raises(NoMisconductError):
        check_misconduct(replace(evidence, blocks=(case.by_sequencer(height, THIRD), case.own(height))), case.anchor)
