"""Sending a ballot: acknowledged, promised, refused."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.app import create_app
from ledger.primitives import Hash32, Height
from ledger.proofs.promise import Promise
from ledger.secp256k1 import address_of
from ledger.voting.form import BallotKind
from tests.api.app_client import AppClient
from tests.api.problem_shape import assert_problem
from tests.api.town import DeskRelay, Town, build, message_of
from tests.scripts.small_ledger import choice_of

CHOICE = choice_of(BallotKind.ORDINAL, (2,))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of its own, because these tests write."""
    town = build(tmp_path_factory.mktemp("sending") / "town")
    yield town
    town.ledger.node.close()


def client_of(town: Town, relay: DeskRelay | None) -> AppClient:
    return AppClient(create_app(town.services(relay=relay)))


def test_send__good_ballot__is_acknowledged_and_found(written: Town) -> None:
    client = client_of(written, DeskRelay(written))
    ballot = written.ledger.sign(written.running, 5, CHOICE)

    response = client.post("/api/v1/ballots", json=message_of(written.running, ballot))

    assert response.status_code == 201, response.text
    record = response.json()
    assert record["acknowledged"] is True
    assert record["code"] == written.code(ballot)
    assert record["block"] == written.chain.head().number
    found = client.get(f"/api/v1/ballots/{record['code']}").json()
    assert found["status"] == "counted"


def test_send__the_same_again__is_acknowledged_without_a_block(written: Town) -> None:
    client = client_of(written, DeskRelay(written))
    message = message_of(written.running, written.ledger.sign(written.running, 6, CHOICE))
    first = client.post("/api/v1/ballots", json=message).json()
    height = written.chain.head().number

    again = client.post("/api/v1/ballots", json=message)

    assert again.status_code == 201
    assert again.json() == first
    assert written.chain.head().number == height


def test_send__relay_that_waits__gives_a_promise_that_holds(written: Town) -> None:
    relay = DeskRelay(written, is_silent=True)
    ballot = written.ledger.sign(written.running, 7, CHOICE)

    response = client_of(written, relay).post("/api/v1/ballots", json=message_of(written.running, ballot))

    assert response.status_code == 202, response.text
    record = response.json()
    assert record["acknowledged"] is False
    digest = Hash32(bytes.fromhex(record["digest"][2:]))
    promise = Promise(written.chain_id, digest, Height(record["include_by"]), bytes.fromhex(record["promise"][2:]))
    assert promise.relay() == address_of(relay.key)


def test_send__relay_that_is_full__says_so(written: Town) -> None:
    ballot = written.ledger.sign(written.running, 8, CHOICE)
    client = client_of(written, DeskRelay(written, is_full=True))

    assert_problem(client.post("/api/v1/ballots", json=message_of(written.running, ballot)), 503, "relay-busy")


def test_send__node_without_a_relay__says_so(written: Town) -> None:
    ballot = written.ledger.sign(written.running, 8, CHOICE)

    response = client_of(written, None).post("/api/v1/ballots", json=message_of(written.running, ballot))

    assert_problem(response, 503, "no-relay")


def refused(town: Town, message: dict[str, object]) -> str:
    """The reason of a refusal; the chain is left as it was."""
    height = town.chain.head().number
    response = client_of(town, DeskRelay(town)).post("/api/v1/ballots", json=message)
    assert_problem(response, 409, "ballot-refused")
    assert town.chain.head().number == height
    return str(response.json()["reason"])


def test_send__ballot_that_does_not_count__is_refused_with_the_reason(written: Town) -> None:
    ledger, running = written.ledger, written.running
    good = message_of(running, ledger.sign(running, 9, CHOICE))
    stranger = message_of(running, ledger.sign(running, 10, CHOICE))
    high_s = bytes.fromhex(good["signature"][2:])[:32] + (2**255 - 1).to_bytes(32, "big")
    other = replace(running, id=9)

    assert refused(written, {**good, "seat": 10}) == "signature"
    assert refused(written, {**good, "seat": 4_000_000}) == "seat"
    assert refused(written, {**good, "sequence": 9}) == "sequence"
    assert refused(written, {**good, "choice": "0x020000ff"}) == "choice"
    assert refused(written, {**good, "choice": "0x020200"}) == "choice"
    assert refused(written, {**good, "signature": stranger["signature"]}) == "signature"
    assert refused(written, {**good, "signature": "0x" + high_s.hex()}) == "signature"
    assert refused(written, {**good, "signature": "0x" + "00" * 64}) == "signature"
    assert refused(written, {**message_of(other, ledger.sign(other, 9, CHOICE)), "vote": running.id}) == "signature"
    assert refused(written, message_of(written.decided, written.final) | {"sequence": 2}) == "window"
    coming = ledger.sign(written.coming, 1, bytes([1, 5, 0, 0, 0, 0]))
    assert refused(written, message_of(written.coming, coming)) == "window"


def test_send__unknown_vote_or_bad_form__is_refused(written: Town) -> None:
    client = client_of(written, DeskRelay(written))
    good = message_of(written.running, written.ledger.sign(written.running, 9, CHOICE))

    assert_problem(client.post("/api/v1/ballots", json={**good, "vote": 99}), 404, "unknown-question")
    for member, value in (
        ("vote", 0),
        ("vote", "1"),
        ("seat", -1),
        ("seat", 2**32),
        ("sequence", 0),
        ("sequence", 256),
        ("choice", "0x"),
        ("choice", "0x0"),
        ("choice", "0X00"),
        ("choice", "0x" + "00" * 256),
        ("signature", "0x00"),
        ("signature", None),
        ("more", 1),
    ):
        assert_problem(client.post("/api/v1/ballots", json={**good, member: value}), 422, "bad-request")
