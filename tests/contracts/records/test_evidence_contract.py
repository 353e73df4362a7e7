"""Anchored documents on chain, beside the model."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.evidence.register import DocumentStatus, Register, RegisterError
from ledger.primitives import ZERO_ADDRESS, Address, Hash32, Timestamp, keccak256
from ledger.voting.question import EffectKind
from tests.contracts.chain import START, Chain, Reverted
from tests.contracts.founding import OFFICER, REGISTRAR, RELAY, STRANGER, TREASURER, World, WorldMachine, bytes32
from tests.contracts.gas import snapshot

RAW, DAG_PB = bytes.fromhex("01551220"), bytes.fromhex("01701220")
CID = RAW + keccak256(b"invoice 17")
INVOICE = bytes32(b"invoice")
SUBJECT = keccak256(b"payment 3")
COURT = keccak256(b"ruling")


def anchor(world: World, cid: bytes = CID) -> int:
    output = world.evidence.send("anchor", cid, INVOICE, SUBJECT, sender=TREASURER).output
    return int(output[0])


@pytest.mark.parametrize("author", [REGISTRAR, RELAY, OFFICER, TREASURER])
@pytest.mark.parametrize("prefix", [RAW, DAG_PB])
def test_anchor__any_duty_and_codec__is_kept_whole(world: World, author: Address, prefix: bytes) -> None:
    cid = prefix + b"\xff" * 32
    sent = world.evidence.send("anchor", cid, INVOICE, SUBJECT, sender=author)
    fields = {"id": 1, "author": author, "subject": SUBJECT, "purpose": INVOICE, "cid": cid}
    assert world.evidence.events(sent) == [("Anchored", fields)]
    assert sent.output == (1,)
    assert world.evidence.read("evidence", 1) == (cid, author, INVOICE, SUBJECT, 1, START)
    assert world.evidence.read("note", 1) == (bytes(32), "")


def test_anchor__same_document_twice__two_entries(world: World) -> None:
    assert (anchor(world), anchor(world)) == (1, 2)
    assert world.evidence.read("count") == 2


@pytest.mark.parametrize(
    ("sender", "cid", "purpose", "reason"),
    [
        (STRANGER, CID, INVOICE, "caller holds no duty"),
        (TREASURER, b"", INVOICE, "not a CID of 36 bytes"),
        (TREASURER, CID[:35], INVOICE, "not a CID of 36 bytes"),
        (TREASURER, bytes.fromhex("01711220") + CID[4:], INVOICE, "not a CIDv1 with sha2-256"),
        (TREASURER, bytes.fromhex("00551220") + CID[4:], INVOICE, "not a CIDv1 with sha2-256"),
        (TREASURER, bytes.fromhex("01551120") + CID[4:], INVOICE, "not a CIDv1 with sha2-256"),
        (TREASURER, CID, bytes(32), "no purpose"),
    ],
)
def test_anchor__no_duty_or_bad_document__is_refused(
    world: World, sender: Address, cid: bytes, purpose: bytes, reason: str
) -> None:
    with pytest.raises(Reverted, match=rf"^evidence: {reason}$"):
        world.evidence.send("anchor", cid, purpose, SUBJECT, sender=sender)
    assert world.evidence.read("count") == 0


def test_anchor__cid_of_37_bytes__is_refused(world: World) -> None:
    with pytest.raises(Reverted):
        world.evidence.send("anchor", CID + b"\0", INVOICE, SUBJECT, sender=TREASURER)


def test_anchor__dismissed_author__is_refused(world: World) -> None:
    anchor(world)
    world.execute(EffectKind.PERMISSION, world.permissions, "dismiss", TREASURER)
    with pytest.raises(Reverted, match=r"^evidence: caller holds no duty$"):
        anchor(world)


def test_set_status__withheld_then_available__entry_and_note_say_so(world: World) -> None:
    anchor(world)
    world.chain.now += 100
    sent = world.evidence.send("set_status", 1, 2, COURT, "names of minors", sender=TREASURER)
    fields = {"id": 1, "status": 2, "authority": COURT, "reason": "names of minors"}
    assert world.evidence.events(sent) == [("StatusSet", fields)]
    assert world.evidence.read("evidence", 1) == (CID, TREASURER, INVOICE, SUBJECT, 2, START)
    assert world.evidence.read("note", 1) == (COURT, "names of minors")
    world.evidence.send("set_status", 1, 1, bytes(32), "", sender=TREASURER)
    assert world.evidence.read("evidence", 1)[4] == 1
    assert world.evidence.read("note", 1) == (bytes(32), "")


@pytest.mark.parametrize(
    ("sender", "values", "reason"),
    [
        (REGISTRAR, (1, 3, bytes(32), "burnt"), "caller is not the author"),
        (STRANGER, (1, 3, bytes(32), "burnt"), "caller is not the author"),
        (TREASURER, (0, 3, bytes(32), "burnt"), "no such document"),
        (TREASURER, (2, 3, bytes(32), "burnt"), "no such document"),
        (TREASURER, (1, 0, bytes(32), "burnt"), "unknown status"),
        (TREASURER, (1, 4, bytes(32), "burnt"), "unknown status"),
        (TREASURER, (1, 3, bytes(32), ""), "no reason"),
        (TREASURER, (1, 2, COURT, ""), "no reason"),
        (TREASURER, (1, 2, bytes(32), "minors"), "withheld without authority"),
    ],
)
def test_set_status__not_the_author_or_without_grounds__is_refused(
    world: World, sender: Address, values: tuple[Any, ...], reason: str
) -> None:
    anchor(world)
    with pytest.raises(Reverted, match=rf"^evidence: {reason}$"):
        world.evidence.send("set_status", *values, sender=sender)
    assert world.evidence.read("evidence", 1)[4] == 1


@pytest.mark.parametrize("view", ["evidence", "note"])
@pytest.mark.parametrize("number", [0, 1, 2**256 - 1])
def test_views__unknown_id__revert(world: World, view: str, number: int) -> None:
    with pytest.raises(Reverted, match=r"^evidence: no such document$"):
        world.evidence.read(view, number)


def test_constructor__zero_address__is_refused() -> None:
    with pytest.raises(Reverted, match=r"^evidence: zero address$"):
        Chain().deploy("Evidence", ZERO_ADDRESS)


def test_gas__evidence(fresh: World) -> None:
    evidence = fresh.evidence
    snapshot("records/Evidence.anchor", evidence.measure("anchor", CID, INVOICE, SUBJECT, sender=TREASURER))
    snapshot("records/Evidence.evidence", evidence.measure("evidence", 1, sender=STRANGER))
    gas = evidence.measure("set_status", 1, 2, COURT, "names of minors", sender=TREASURER)
    snapshot("records/Evidence.set_status", gas)


class EvidenceMachine(WorldMachine):
    """Whatever is anchored or withheld, contract and model agree."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Register()

    callers = st.sampled_from([TREASURER, TREASURER, REGISTRAR, STRANGER])
    words = st.sampled_from([bytes(32), INVOICE, SUBJECT])

    @rule(caller=callers, prefix=st.sampled_from([RAW, DAG_PB, b"\x01\x71\x12\x20"]), digest=words, purpose=words)
    def anchor(self, caller: Address, prefix: bytes, digest: bytes, purpose: bytes) -> None:
        mask, _ = self.world.permissions.read("duty_of", caller)
        values = (prefix + digest, Hash32(purpose), Hash32(SUBJECT))
        try:
            number = self.model.anchor(caller, mask, *values, Timestamp(self.world.chain.now))
        except RegisterError:
            with pytest.raises(Reverted):
                self.world.evidence.send("anchor", *values, sender=caller)
        else:
            assert self.world.evidence.send("anchor", *values, sender=caller).output == (number,)

    @rule(
        caller=callers,
        number=st.integers(0, 5),
        status=st.sampled_from(list(DocumentStatus)),
        authority=words,
        reason=st.sampled_from(["", "lost in the flood", "r" * 128]),
    )
    def set_status(self, caller: Address, number: int, status: DocumentStatus, authority: bytes, reason: str) -> None:
        values = (number, status, Hash32(authority), reason)
        try:
            self.model.set_status(caller, *values)
        except RegisterError:
            with pytest.raises(Reverted):
                self.world.evidence.send("set_status", *values, sender=caller)
        else:
            self.world.evidence.send("set_status", *values, sender=caller)

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds: int) -> None:
        self.world.chain.now += seconds

    @invariant()
    def agree(self) -> None:
        assert self.world.evidence.read("count") == len(self.model.documents)
        for number, document in enumerate(self.model.documents, 1):
            assert self.world.evidence.read("evidence", number) == (
                document.cid,
                document.author,
                document.purpose,
                document.subject,
                document.status,
                document.at,
            )
            assert self.world.evidence.read("note", number) == (document.authority, document.reason)


EvidenceMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestEvidenceBesideModel = EvidenceMachine.TestCase
