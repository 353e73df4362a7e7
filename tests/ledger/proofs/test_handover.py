"""Handovers: a reader with an old anchor follows those who seal, and nobody else."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.header import decode_header
from ledger.primitives import ZERO_ADDRESS, Hash32, Height, Timestamp
from ledger.proofs.anchor import Anchor
from ledger.proofs.handover import Handover, HandoverError, Trusted, follow_handovers
from ledger.proofs.handover_making import NoHandoverError, find_handovers, make_anchor
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.seal import SealError, SealKind, make_seal
from ledger.proofs.slots import RECOVERY_SLOT
from ledger.proofs.succession import make_succession_seal, sign_succession
from ledger.proofs.verdict import Standing, check_receipt
from ledger.system import SystemContract
from ledger.views.seals import SealState, check_seal
from tests.ledger.proofs.history import SECOND, SILENCE_S, THIRD, History, make_history
from tests.ledger.proofs.test_verdict import altered, leaves, standing_of


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    made = make_history(tmp_path_factory.mktemp("handovers") / "ledger")
    yield made
    made.ledger.node.close()


@pytest.fixture(scope="module")
def last(history: History) -> Receipt:
    return history.receipts[-1]


def anchor_at(history: History, height: int) -> Anchor:
    return make_anchor(history.chain, history.ledger.anchor.founding, Height(height))


def trusted(anchor: Anchor) -> Trusted:
    return Trusted(anchor.height, anchor.block_hash, anchor.sealers)


def is_counted(receipt: Receipt, anchor: Anchor) -> bool:
    return check_receipt(receipt, anchor).standing is Standing.COUNTED


def test_receipts__of_each_time__count_from_the_founding_on(history: History) -> None:
    assert [len(receipt.handovers) for receipt in history.receipts] == [0, 1, 2]
    for receipt in history.receipts:
        assert decode_receipt(encode_receipt(receipt)) == receipt
        assert is_counted(receipt, history.ledger.anchor)


def test_receipt__from_every_anchor_before_it__counts(history: History, last: Receipt) -> None:
    """At a handover, before and after it, and at the very block."""
    for height in range(last.seal.height + 1):
        assert is_counted(last, anchor_at(history, height)), height


def test_every_block__sealed_by_those_in_force__is_shown_as_sealed(history: History) -> None:
    for height in range(1, history.chain.head().number + 1):
        header = history.chain.header(Height(height))
        assert check_seal(history.chain, history.ledger.chain_id, header).state is SealState.SEALED, height


def test_anchors__along_the_way__name_who_seals_next(history: History) -> None:
    before, rotated, succeeded = (anchor_at(history, h).sealers for h in (1, history.rotated, history.succeeded))
    assert len({before, rotated, succeeded}) == 3
    assert anchor_at(history, history.rotated - 1).sealers == before
    assert anchor_at(history, history.succeeded - 1).sealers == rotated
    assert succeeded == history.receipts[-1].sealers.hash


@pytest.mark.parametrize("kept", [(), (0,), (1,), (1, 0), (0, 0, 1), (0, 1, 1)])
def test_receipt__without_some_handover_or_in_another_order__cannot_be_checked(
    history: History, last: Receipt, kept: tuple[int, ...]
) -> None:
    changed = replace(last, handovers=tuple(last.handovers[place] for place in kept))
    assert check_receipt(changed, history.ledger.anchor).standing is Standing.CANNOT_BE_CHECKED


def test_receipt__sealed_by_who_was_in_office_before__needs_an_older_anchor(history: History) -> None:
    """The first sequencer's key, sold after the rotation, vouches for nothing to a reader who knows of it."""
    after = history.receipts[1]
    first = history.ledger.keys["sealer"]
    forged = replace(
        after,
        sealers=history.receipts[0].sealers,
        seal=make_seal(SealKind.SOLO, after.chain_id, after.seal.height, after.seal.block_hash, first),
    )
    assert not is_counted(forged, history.ledger.anchor)
    assert not is_counted(replace(forged, handovers=()), anchor_at(history, history.rotated))
    # A reader whose anchor is from before the rotation cannot know: that is what an anchor's end is for.
    old = history.ledger.anchor
    assert is_counted(replace(forged, handovers=()), old)
    ended = replace(old, until=Timestamp(old.issued + 10))
    verdict = check_receipt(replace(forged, handovers=()), ended, now=Timestamp(old.issued + 10))
    assert (verdict.standing, "time is over" in verdict.reason) == (Standing.CANNOT_BE_CHECKED, True)


def test_receipt__anchor_with_an_end__counts_before_it_and_where_the_reader_says_so(history: History) -> None:
    ended = replace(history.ledger.anchor, until=Timestamp(2_000_000_000))
    receipt = history.receipts[0]
    for now, expected in ((1_999_999_999, True), (2_000_000_000, False), (None, True)):
        time = None if now is None else Timestamp(now)
        assert (check_receipt(receipt, ended, now=time).standing is Standing.COUNTED) is expected


def test_receipt__against_the_block_of_recovery_keys__cannot_be_checked(history: History, last: Receipt) -> None:
    maker = ReceiptMaker(history.chain, history.ledger.chain_id, history.succeeded)
    receipt = maker.make(last.question, history.receipts[0].ballot)
    assert not is_counted(receipt, history.ledger.anchor)
    assert not is_counted(receipt, anchor_at(history, history.succeeded - 1))


def test_maker__head_is_a_succession__proves_against_the_block_before(history: History, last: Receipt) -> None:
    class UpToSuccession:
        def __getattr__(self, name: str) -> Any:
            return getattr(history.chain, name)

        def head(self) -> Any:
            return history.chain.header(history.succeeded)

    receipt = ReceiptMaker(UpToSuccession(), history.ledger.chain_id).make(last.question, history.receipts[1].ballot)
    assert receipt.seal.height == history.succeeded - 1
    assert is_counted(receipt, history.ledger.anchor)


def test_handovers__since_an_anchor__are_only_the_newer_ones(history: History) -> None:
    head = Height(history.chain.head().number)
    numbers = [decode_header(h.block.header).number for h in find_handovers(history.chain, head)]
    assert numbers == [history.rotated, history.succeeded]
    assert len(find_handovers(history.chain, head, history.rotated)) == 1
    assert find_handovers(history.chain, head, history.succeeded) == ()
    assert find_handovers(history.chain, history.rotated) == ()


def test_anchor__of_a_block_without_seal__is_refused(history: History) -> None:
    class Unsealed:
        def __getattr__(self, name: str) -> Any:
            return getattr(history.chain, name)

        def seal(self, _: Height) -> None:
            return None

    with pytest.raises(NoHandoverError):
        make_anchor(Unsealed(), history.ledger.anchor.founding, Height(1))


def resealed(handover: Handover, history: History, keys: list[Any], **changes: Any) -> Handover:
    """The succession with another header, signed anew."""
    header = replace(decode_header(handover.block.header), **changes)
    place = (history.ledger.chain_id, header.number, header.hash)
    signatures = [sign_succession(*place, key) for key in keys]
    seal = make_succession_seal(*place, signatures)
    return replace(handover, block=replace(handover.block, header=header.encode(), seal=seal))


def follow(history: History, *handovers: Handover, now: Timestamp | None = None) -> Trusted:
    return follow_handovers(handovers, history.ledger.chain_id, trusted(history.ledger.anchor), now)


def test_succession__signed_again_by_other_recovery_keys__holds(history: History, last: Receipt) -> None:
    rotation, succession = last.handovers
    for keys in (history.recovery_keys[:2], history.recovery_keys):
        again = follow(history, rotation, resealed(succession, history, keys))
        assert again.sealers == last.sealers.hash


def test_succession__dated_or_named_otherwise__is_refused(history: History, last: Receipt) -> None:
    rotation, succession = last.handovers
    keys = history.recovery_keys
    time = decode_header(succession.block.header).timestamp
    earlier = decode_header(succession.succession.header).timestamp
    assert time == earlier + SILENCE_S
    for changes, reason in (
        ({"timestamp": Timestamp(time - 1)}, "of silence"),
        ({"fee_recipient": ZERO_ADDRESS}, "no consensus act"),
        ({"number": Height(history.rotated)}, "after block"),
    ):
        with pytest.raises((SealError, HandoverError), match=reason):
            follow(history, rotation, resealed(succession, history, keys, **changes))
    follow(history, rotation, succession, now=Timestamp(time))
    with pytest.raises(HandoverError, match="expected none after"):
        follow(history, rotation, succession, now=Timestamp(time - 16))


@pytest.mark.parametrize("case", ["too few", "a stranger", "a stranger besides", "another chain", "another height"])
def test_succession__by_other_keys_or_for_another_place__is_refused(history: History, last: Receipt, case: str) -> None:
    rotation, succession = last.handovers
    one, two, three = history.recovery_keys
    keys = {"too few": [one], "a stranger": [one, THIRD], "a stranger besides": [one, two, three, THIRD]}.get(
        case, [one, two]
    )
    header = decode_header(succession.block.header)
    chain_id = history.ledger.chain_id + (case == "another chain")
    height = Height(header.number + (case == "another height"))
    signatures = [sign_succession(chain_id, height, header.hash, key) for key in keys]
    seal = make_succession_seal(chain_id, height, header.hash, signatures)
    if case == "another height":
        seal = replace(seal, height=header.number)
    forged = replace(succession, block=replace(succession.block, seal=seal))
    with pytest.raises(SealError):
        follow(history, rotation, forged)


def test_succession__sealed_by_a_sequencer__is_refused(history: History, last: Receipt) -> None:
    """A consensus act is not for the sequencer to seal, nor a rotation for recovery keys."""
    rotation, succession = last.handovers
    header = decode_header(succession.block.header)
    seal = make_seal(SealKind.SOLO, history.ledger.chain_id, header.number, header.hash, SECOND)
    alone = replace(succession, block=replace(succession.block, seal=seal), succession=None)
    with pytest.raises(SealError, match="fee recipient"):
        follow(history, rotation, alone)
    founding = history.chain.state(Height(0))
    proof = founding.proof(SystemContract.PERMISSIONS.address, [RECOVERY_SLOT])
    early = replace(succession.succession, header=founding.header.encode(), seal=None, permissions=proof)
    with pytest.raises(SealError, match="no consensus act"):
        follow(history, replace(rotation, succession=early))


def test_succession__recovery_terms_of_an_unsealed_or_older_block__are_refused(history: History, last: Receipt) -> None:
    rotation, succession = last.handovers
    proof = succession.succession
    with pytest.raises(HandoverError, match="none that the sealers in force vouch for"):
        follow(history, rotation, replace(succession, succession=replace(proof, seal=None)))
    first = make_seal(
        SealKind.SOLO, history.ledger.chain_id, proof.seal.height, proof.seal.block_hash, history.ledger.keys["sealer"]
    )
    with pytest.raises(SealError):
        follow(history, rotation, replace(succession, succession=replace(proof, seal=first)))
    early = history.chain.state(Height(1)).header
    older = replace(proof, header=early.encode(), seal=None)
    with pytest.raises(HandoverError, match="recovery keys of block 1"):
        follow(history, rotation, replace(succession, succession=older))


def test_handover__proof_of_another_slot_or_contract__is_refused(history: History, last: Receipt) -> None:
    rotation, succession = last.handovers
    for proof in (succession.succession.permissions, last.roll):
        with pytest.raises(HandoverError, match="another place"):
            follow(history, replace(rotation, permissions=proof))


def test_handovers__of_a_twin_ledger__lead_nowhere(
    history: History, last: Receipt, tmp_path_factory: pytest.TempPathFactory
) -> None:
    twin = make_history(tmp_path_factory.mktemp("twin") / "ledger")
    try:
        for place in (0, 1):
            mixed = list(last.handovers)
            mixed[place] = twin.receipts[-1].handovers[place]
            assert not is_counted(replace(last, handovers=tuple(mixed)), history.ledger.anchor)
        assert not is_counted(replace(last, handovers=twin.receipts[-1].handovers), history.ledger.anchor)
        assert is_counted(twin.receipts[-1], twin.ledger.anchor)
    finally:
        twin.ledger.node.close()


def test_handovers__every_member_altered__are_never_counted(history: History, last: Receipt) -> None:
    record = json.loads(encode_receipt(last))
    paths = list(leaves(record["handovers"]))
    assert len(paths) > 60

    @settings(max_examples=4 * len(paths), deadline=None, derandomize=True)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(paths[1:]))
        changed = copy.deepcopy(record)
        place = changed["handovers"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = altered(place[path[-1]], data.draw)
        assert standing_of(json.dumps(changed).encode(), history.ledger.anchor) is not Standing.COUNTED, path

    check()


def test_follow__anchor_of_other_sealers__is_refused(history: History, last: Receipt) -> None:
    start = replace(trusted(history.ledger.anchor), sealers=Hash32(bytes(32)))
    with pytest.raises(HandoverError, match="not of the sealers in force"):
        follow_handovers(last.handovers, history.ledger.chain_id, start)
