"""Shares on chain, beside the model and the words that proofs read."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.people.membership import (
    BATCH,
    EndReason,
    Membership,
    MembershipError,
    decode_share,
    key_slot,
    share_slot,
)
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp, keccak256
from tests.contracts.chain import START, Chain, Deployed, Reverted, account
from tests.contracts.founding import REGISTRAR, RELAY, STRANGER, TREASURER, World, WorldMachine, bytes32
from tests.contracts.gas import snapshot

ALICE, BOB, CAROL = account("alice"), account("bob"), account("carol")
GAS_LIMIT = 2**24
STORAGE_WORD = 22_100
"""Gas of a new storage word."""


def commitment(person: str) -> bytes:
    return keccak256(person.encode())[:28]


def admit(world: World, *names: str) -> None:
    owners, commitments = [account(n) for n in names], [commitment(n) for n in names]
    world.membership.send("admit", owners, commitments, sender=REGISTRAR)


def anchor_attestation(world: World) -> int:
    cid = bytes.fromhex("01551220") + keccak256(b"attestation")
    world.evidence.send("anchor", cid, bytes32(b"attestation"), bytes(32), sender=REGISTRAR)
    return int(world.evidence.read("count"))


def share(membership: Deployed, share_id: int) -> Any:
    owner = membership.slot(share_slot(share_id)) & (2**160 - 1)
    key_word = membership.slot(key_slot(Address(owner.to_bytes(20, "big"))))
    return decode_share(membership.slot(share_slot(share_id)), key_word)


def test_admit__two_members__each_has_one_locked_share(world: World) -> None:
    membership = world.membership
    owners = [ALICE, BOB]
    sent = membership.send("admit", owners, [commitment("alice"), commitment("bob")], sender=REGISTRAR)
    expected = []
    for share_id, owner in enumerate(owners, 1):
        expected += [
            ("Transfer", {"sender": ZERO_ADDRESS, "receiver": owner, "token_id": share_id}),
            ("Locked", {"tokenId": share_id}),
            ("Issued", {"issuer": REGISTRAR, "owner": owner, "token_id": share_id, "burn_auth": 2}),
        ]
        assert membership.read("ownerOf", share_id) == owner
        assert membership.read("balanceOf", owner) == 1
        assert membership.read("id_of", owner) == share_id
        assert membership.read("locked", share_id) is True
        assert membership.read("burnAuth", share_id) == 2
        assert membership.read("getApproved", share_id) == ZERO_ADDRESS
    assert membership.events(sent) == expected
    assert (membership.read("active"), membership.read("issued")) == (2, 2)
    assert membership.read("member", 2) == (BOB, START, 0, 0, commitment("bob"))
    assert membership.read("isApprovedForAll", ALICE, BOB) is False


@pytest.mark.parametrize(
    ("owners", "commitments", "reason"),
    [
        ([], [], "nobody to admit"),
        ([ALICE], [], "a commitment for each owner"),
        ([ALICE], [commitment("a"), commitment("b")], "a commitment for each owner"),
        ([ALICE], [bytes(28)], "empty commitment"),
        ([ZERO_ADDRESS], [commitment("a")], "zero address"),
        ([ALICE, ALICE], [commitment("a"), commitment("b")], "key used before"),
        ([CAROL, BOB], [commitment("a"), commitment("b")], "key used before"),
    ],
)
def test_admit__bad_rows__nobody_is_admitted(
    world: World, owners: list[Address], commitments: list[bytes], reason: str
) -> None:
    admit(world, "bob")
    with pytest.raises(Reverted, match=rf"^membership: {reason}$"):
        world.membership.send("admit", owners, commitments, sender=REGISTRAR)
    assert world.membership.read("issued") == 1


@pytest.mark.parametrize("ending", ["end", "renounce", "reissue"])
def test_admit__key_of_an_ended_share__is_refused(world: World, ending: str) -> None:
    admit(world, "alice")
    if ending == "end":
        world.membership.send("end", 1, 3, sender=REGISTRAR)
    elif ending == "renounce":
        world.membership.send("renounce", sender=ALICE)
    else:
        world.membership.send("reissue", 1, BOB, anchor_attestation(world), sender=REGISTRAR)
    with pytest.raises(Reverted, match=r"^membership: key used before$"):
        admit(world, "alice")


@pytest.mark.parametrize("caller", [RELAY, TREASURER, STRANGER, ALICE])
@pytest.mark.parametrize(
    ("entry", "values"),
    [("admit", ([CAROL], [commitment("c")])), ("end", (1, 2)), ("reissue", (1, BOB, 1))],
)
def test_registrar_entries__other_caller__is_refused(
    world: World, entry: str, values: tuple[Any, ...], caller: Address
) -> None:
    admit(world, "alice")
    with pytest.raises(Reverted, match=r"^duties: caller lacks the duty$"):
        world.membership.send(entry, *values, sender=caller)


@pytest.mark.parametrize("caller", [ALICE, BOB, REGISTRAR])
@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ("transferFrom", (ALICE, BOB, 1)),
        ("safeTransferFrom(address,address,uint256)", (ALICE, BOB, 1)),
        ("safeTransferFrom(address,address,uint256,bytes)", (ALICE, BOB, 1, b"x")),
        ("approve", (BOB, 1)),
        ("setApprovalForAll", (BOB, True)),
    ],
)
def test_transfers__every_path_and_caller__revert(
    world: World, entry: str, values: tuple[Any, ...], caller: Address
) -> None:
    admit(world, "alice")
    with pytest.raises(Reverted, match=r"^membership: shares never move$"):
        world.membership.send(entry, *values, sender=caller)


def test_abi__entries_that_write__no_other_way_to_move_a_share(world: World) -> None:
    writing = {entry.name for entry in world.membership.abi.entries if not entry.is_view}
    movers = {"transferFrom", "safeTransferFrom", "approve", "setApprovalForAll"}
    assert writing == movers | {"admit", "end", "renounce", "reissue"}


@pytest.mark.parametrize("reason", [2, 3])
def test_end__by_rule__share_is_burnt_and_its_record_stays(world: World, reason: int) -> None:
    admit(world, "alice", "bob")
    world.chain.now += 9
    sent = world.membership.send("end", 1, reason, sender=REGISTRAR)
    assert world.membership.events(sent) == [
        ("Transfer", {"sender": ALICE, "receiver": ZERO_ADDRESS, "token_id": 1}),
        ("Ended", {"id": 1, "reason": reason}),
    ]
    assert world.membership.read("member", 1) == (ALICE, START, START + 9, reason, commitment("alice"))
    assert world.membership.read("balanceOf", ALICE) == 0
    assert world.membership.read("id_of", ALICE) == 0
    assert world.membership.read("active") == 1
    for view in ("ownerOf", "tokenURI", "locked", "burnAuth", "getApproved"):
        with pytest.raises(Reverted, match=r"^membership: share has ended$"):
            world.membership.read(view, 1)


@pytest.mark.parametrize("reason", [0, 1, 4, 255])
def test_end__reason_that_is_not_the_registrars__is_refused(world: World, reason: int) -> None:
    admit(world, "alice")
    with pytest.raises(Reverted, match=r"^membership: no reason of a registrar$"):
        world.membership.send("end", 1, reason, sender=REGISTRAR)


@pytest.mark.parametrize("share_id", [0, 2, 2**32, 2**256 - 1])
def test_end__no_such_share__is_refused(world: World, share_id: int) -> None:
    admit(world, "alice")
    with pytest.raises(Reverted, match=r"^membership: no such share$"):
        world.membership.send("end", share_id, 2, sender=REGISTRAR)
    with pytest.raises(Reverted, match=r"^membership: no such share$"):
        world.membership.read("member", share_id)


def test_end__twice__is_refused(world: World) -> None:
    admit(world, "alice")
    world.membership.send("end", 1, 2, sender=REGISTRAR)
    with pytest.raises(Reverted, match=r"^membership: share has ended$"):
        world.membership.send("end", 1, 3, sender=REGISTRAR)


def test_renounce__member__only_once_and_only_her_own(world: World) -> None:
    admit(world, "alice", "bob")
    world.membership.send("renounce", sender=ALICE)
    assert world.membership.read("member", 1)[3] == EndReason.RENOUNCED
    assert world.membership.read("active") == 1
    for caller in (ALICE, STRANGER, REGISTRAR):
        with pytest.raises(Reverted, match=r"^membership: no share stands$"):
            world.membership.send("renounce", sender=caller)


def test_reissue__lost_key__new_id_and_commitment_moves(world: World) -> None:
    admit(world, "alice", "bob")
    evidence = anchor_attestation(world)
    world.chain.now += 5
    sent = world.membership.send("reissue", 1, CAROL, evidence, sender=REGISTRAR)
    assert [name for name, _ in world.membership.events(sent)] == [
        "Transfer",
        "Ended",
        "Transfer",
        "Locked",
        "Issued",
        "Reissued",
    ]
    assert world.membership.events(sent)[-1] == ("Reissued", {"old": 1, "id": 3, "evidence": evidence})
    assert world.membership.read("member", 1) == (ALICE, START, START + 5, 4, bytes(28))
    assert world.membership.read("member", 3) == (CAROL, START + 5, 0, 0, commitment("alice"))
    assert (world.membership.read("active"), world.membership.read("issued")) == (2, 3)
    with pytest.raises(Reverted, match=r"^membership: share has ended$"):
        world.membership.send("reissue", 1, STRANGER, evidence, sender=REGISTRAR)


@pytest.mark.parametrize(
    ("owner", "evidence", "reason"),
    [
        (BOB, 1, "key used before"),
        (ALICE, 1, "key used before"),
        (ZERO_ADDRESS, 1, "zero address"),
        (CAROL, 0, "no such evidence"),
        (CAROL, 2, "no such evidence"),
    ],
)
def test_reissue__bad_key_or_evidence__nothing_changes(
    world: World, owner: Address, evidence: int, reason: str
) -> None:
    admit(world, "alice", "bob")
    assert anchor_attestation(world) == 1
    with pytest.raises(Reverted, match=rf"^membership: {reason}$"):
        world.membership.send("reissue", 1, owner, evidence, sender=REGISTRAR)
    assert world.membership.read("ownerOf", 1) == ALICE


@pytest.mark.parametrize(
    ("interface", "expected"),
    [
        ("01ffc9a7", True),  # ERC-165
        ("80ac58cd", True),  # ERC-721
        ("5b5e139f", True),  # its metadata
        ("b45a3c0e", True),  # ERC-5192
        ("0489b56f", True),  # ERC-5484
        ("780e9d63", False),  # ERC-721 enumerable
        ("ffffffff", False),
    ],
)
def test_supports_interface__each(world: World, interface: str, expected: bool) -> None:
    assert world.membership.read("supportsInterface", bytes.fromhex(interface)) is expected


def test_interface_ids__computed_from_the_selectors__are_those_of_the_ercs(world: World) -> None:
    abi = world.membership.abi
    entries = {
        "80ac58cd": [
            "balanceOf",
            "ownerOf",
            "approve",
            "getApproved",
            "setApprovalForAll",
            "isApprovedForAll",
            "transferFrom",
            "safeTransferFrom(address,address,uint256)",
            "safeTransferFrom(address,address,uint256,bytes)",
        ],
        "5b5e139f": ["name", "symbol", "tokenURI"],
        "b45a3c0e": ["locked"],
        "0489b56f": ["burnAuth"],
    }
    for interface, names in entries.items():
        found = 0
        for name in names:
            found ^= int.from_bytes(abi.selector(name), "big")
        assert found == int(interface, 16)


def test_events__topics__are_those_of_the_ercs(world: World) -> None:
    abi = world.membership.abi
    assert abi.topic("Transfer") == keccak256(b"Transfer(address,address,uint256)")
    assert abi.topic("Locked") == keccak256(b"Locked(uint256)")
    assert abi.topic("Issued") == keccak256(b"Issued(address,address,uint256,uint8)")


def test_metadata__nothing_about_the_person(world: World) -> None:
    admit(world, "alice")
    assert world.membership.read("name") == "Member share"
    assert world.membership.read("symbol") == "SHARE"
    uri = world.membership.read("tokenURI", 1)
    assert uri == "data:application/json,%7B%22name%22:%22Member%20share%201%22%7D"


def test_balance_of__zero_address__reverts(world: World) -> None:
    with pytest.raises(Reverted, match=r"^membership: zero address$"):
        world.membership.read("balanceOf", ZERO_ADDRESS)
    assert world.membership.read("balanceOf", STRANGER) == 0


@pytest.mark.parametrize("arguments", [(ZERO_ADDRESS, account("e")), (account("p"), ZERO_ADDRESS)])
def test_constructor__zero_address__is_refused(arguments: tuple[Address, Address]) -> None:
    with pytest.raises(Reverted, match=r"^membership: zero address$"):
        Chain().deploy("Membership", *arguments)


def test_gas__membership(fresh: World) -> None:
    membership, evidence = fresh.membership, anchor_attestation(fresh)
    people = [f"member {i}" for i in range(BATCH)]
    owners, commitments = [account(p) for p in people], [commitment(p) for p in people]
    bulk = membership.measure("admit", owners, commitments, sender=REGISTRAR)
    snapshot("people/Membership.admit (256)", bulk)
    calldata = 16 * len(membership.abi.encode_call("admit", owners, commitments))
    assert bulk + calldata + 21_000 < GAS_LIMIT, "a full batch fits a transaction"
    assert bulk / BATCH < 2 * STORAGE_WORD + 7_000, "two storage words a member"
    one = membership.measure("admit", [ALICE], [commitment("alice")], sender=REGISTRAR)
    snapshot("people/Membership.admit (1)", one)
    snapshot("people/Membership.end", membership.measure("end", 1, 2, sender=REGISTRAR))
    snapshot("people/Membership.renounce", membership.measure("renounce", sender=ALICE))
    snapshot("people/Membership.reissue", membership.measure("reissue", 2, BOB, evidence, sender=REGISTRAR))
    for view, value in (("ownerOf", 3), ("balanceOf", owners[3]), ("member", 3)):
        snapshot(f"people/Membership.{view}", membership.measure(view, value, sender=STRANGER))
    snapshot("people/Membership.active", membership.measure("active", sender=STRANGER))


class MembershipMachine(WorldMachine):
    """Whoever comes and goes, contract, model and storage words agree."""

    KEYS = tuple(account(f"key {i}") for i in range(8))

    def __init__(self) -> None:
        super().__init__()
        self.model = Membership()
        self.evidence = anchor_attestation(self.world)

    @property
    def now(self) -> Timestamp:
        return Timestamp(self.world.chain.now)

    def _both(self, entry: str, values: list[object], sender: Address, model: Callable[[], None]) -> None:
        try:
            model()
        except MembershipError:
            with pytest.raises(Reverted):
                self.world.membership.send(entry, *values, sender=sender)
        else:
            self.world.membership.send(entry, *values, sender=sender)

    keys = st.sampled_from([*KEYS, ZERO_ADDRESS])
    ids = st.integers(0, 9)

    @rule(rows=st.lists(st.tuples(keys, st.sampled_from([*"abcdefgh", ""])), max_size=3))
    def admit(self, rows: list[tuple[Address, str]]) -> None:
        owners = [owner for owner, _ in rows]
        commitments = [commitment(person) if person else bytes(28) for _, person in rows]
        self._both("admit", [owners, commitments], REGISTRAR, lambda: self.model.admit(owners, commitments, self.now))

    @rule(share_id=ids, reason=st.sampled_from(list(EndReason)))
    def end(self, share_id: int, reason: EndReason) -> None:
        self._both("end", [share_id, reason], REGISTRAR, lambda: self.model.end(share_id, reason, self.now))

    @rule(owner=st.sampled_from(KEYS))
    def renounce(self, owner: Address) -> None:
        self._both("renounce", [], owner, lambda: self.model.renounce(owner, self.now))

    @rule(share_id=ids, owner=keys)
    def reissue(self, share_id: int, owner: Address) -> None:
        values = [share_id, owner, self.evidence]
        self._both("reissue", values, REGISTRAR, lambda: self.model.reissue(share_id, owner, self.now))

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds: int) -> None:
        self.world.chain.now += seconds

    @rule()
    def read(self) -> None:
        membership = self.world.membership
        for key in self.KEYS:
            assert membership.read("id_of", key) == self.model.id_of(key)
            assert membership.read("balanceOf", key) == (self.model.id_of(key) != 0)

    @invariant()
    def agree(self) -> None:
        membership = self.world.membership
        assert membership.read("active") == self.model.active
        assert membership.read("issued") == len(self.model.shares)
        for share_id, expected in enumerate(self.model.shares, 1):
            assert share(membership, share_id) == expected
        standing = {share.owner for share in self.model.shares if share.is_standing}
        assert len(standing) == self.model.active


MembershipMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestMembershipBesideModel = MembershipMachine.TestCase
