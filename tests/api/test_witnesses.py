"""Witness seals in the feed: whose are taken, and which block they are of."""

from dataclasses import replace

import pytest
from coincurve import PrivateKey

from api.app import create_app
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.seal import SealKind, make_seal
from ledger.secp256k1 import address_of
from tests.api.app_client import AppClient
from tests.api.problem_shape import assert_problem
from tests.api.town import Town

FEED = "/api/v1/feed"
WITNESS = PrivateKey(b"\x31" * 32)


@pytest.fixture
def known(town: Town) -> AppClient:
    """A node whose anchor names the witness."""
    anchor = replace(town.ledger.anchor, witnesses=(address_of(WITNESS),))
    return AppClient(create_app(town.services(founding=replace(town.facts, anchor=anchor.text))))


def seal(town: Town, height: int, key: PrivateKey = WITNESS, kind: SealKind = SealKind.WITNESS, **other: Hash32) -> str:
    block_hash = other.get("block_hash") or town.chain.header(Height(height)).hash
    return to_hex(make_seal(kind, town.chain_id, Height(height), block_hash, key).encode())


def test_witnesses__seal_of_a_known_one__served_for_its_block_and_as_the_newest(known: AppClient, town: Town) -> None:
    for height in (5, 3):
        answer = known.post(f"{FEED}/witnesses", json={"seal": seal(town, height)})
        assert (answer.status_code, answer.json()["height"]) == (201, height)
    assert known.get(f"{FEED}/witnesses", params={"height": 3}).json() == {"seals": [seal(town, 3)]}
    assert known.get(f"{FEED}/witnesses").json() == {"seals": [seal(town, 5)]}
    assert known.get(f"{FEED}/witnesses", params={"height": 4}).json() == {"seals": []}


def test_witnesses__stranger_or_other_kind_or_height__refused(known: AppClient, town: Town) -> None:
    head = town.chain.head()
    for text in (
        seal(town, 3, PrivateKey(b"\x32" * 32)),
        seal(town, 3, kind=SealKind.SOLO),
        seal(town, head.number + 1, block_hash=head.hash),
        seal(town, 0),
    ):
        assert_problem(known.post(f"{FEED}/witnesses", json={"seal": text}), 400, "bad-witness-seal")
    assert known.post(f"{FEED}/witnesses", json={"seal": "0x00"}).status_code == 422
    assert known.get(f"{FEED}/witnesses").json() == {"seals": []}


def test_witnesses__seal_over_another_block_of_that_height__conflict(known: AppClient, town: Town) -> None:
    text = seal(town, 3, block_hash=Hash32(b"\x44" * 32))
    assert_problem(known.post(f"{FEED}/witnesses", json={"seal": text}), 409, "witness-disagrees")


def test_witnesses__anchor_without_any__takes_none(client: AppClient, town: Town) -> None:
    assert_problem(client.post(f"{FEED}/witnesses", json={"seal": seal(town, 3)}), 400, "bad-witness-seal")


def test_waiting__node_that_knows_and_one_that_does_not__say_so(client: AppClient, town: Town) -> None:
    assert client.get(f"{FEED}/waiting").json() == {"transactions": None}
    knows = AppClient(create_app(town.services(waiting=lambda: 3)))
    assert knows.get(f"{FEED}/waiting").json() == {"transactions": 3}
