"""Voters who say that they checked their ballots: what is taken, counted, shown, and refused."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey

from api.app import create_app
from ledger.primitives import Address, Hash32
from ledger.proofs.code import ballot_code
from ledger.secp256k1 import address_of, compact
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator, sign_ballot
from ledger.voting.checked import Checked, SignedChecked, checked_domain, recover_checker, sign_checked
from ledger.voting.question import Question
from node.statements import StatementStore
from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.problem_shape import assert_problem
from tests.api.town import Town, build
from tests.scripts.small_ledger import choice_of, voter_key

PATH = "/api/v1/votes/{}/checked"


def digest_of(town: Town, question: Question, ballot: SignedBallot) -> Hash32:
    return ballot_digest(domain_separator(town.chain_id, question.contract), ballot.ballot)


def message(town: Town, question: Question, ballot: SignedBallot, **changes: Any) -> dict[str, Any]:
    """What the voter sends; `changes`: another key, chain_id, contract, question (`asked`) or seat than hers."""
    seat = changes.get("seat", ballot.ballot.seat)
    digest = changes.get("digest", digest_of(town, question, ballot))
    domain = checked_domain(changes.get("chain_id", town.chain_id), changes.get("contract", question.contract))
    said = Checked(changes.get("asked", question.hash), seat, digest)
    signed = sign_checked(domain, said, changes.get("key", voter_key(ballot.ballot.seat)))
    return {"seat": seat, "ballot": "0x" + digest.hex(), "signature": "0x" + signed.signature.hex()}


@pytest.fixture
def store(tmp_path: Path) -> StatementStore:
    return StatementStore(tmp_path / "statements")


@pytest.fixture
def client(town: Town, store: StatementStore) -> AppClient:
    return AppClient(create_app(town.services(checked=store)))


def test_send__ballot_that_counts__is_kept_counted_and_published(
    client: AppClient, town: Town, store: StatementStore
) -> None:
    before = client.get("/votes/1.json").json()
    sent = message(town, town.decided, town.final)

    answer = client.post(PATH.format(1), json=sent)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {"vote": 1, "seat": 0, "code": town.code(town.final)}
    assert (before["checked"], client.get("/votes/1.json").json()["checked"]) == (0, 1)
    assert len(store.scan(town.decided.hash)) == 1
    page = read_page(client.get("/votes/1", headers={"accept": "text/html"}).text)
    assert "1 of 11 counted ballots were reported as checked by their voters" in page.text


def test_published__by_anybody__can_be_checked_and_counted_again(client: AppClient, town: Town) -> None:
    client.post(PATH.format(1), json=message(town, town.decided, town.final))

    for address in ("/votes/1/checked.json", PATH.format(1)):
        record = client.get(address).json()
        (row,) = record["statements"]
        said = Checked(
            Hash32(bytes.fromhex(record["question"][2:])), row["seat"], Hash32(bytes.fromhex(row["ballot"][2:]))
        )
        contract = Address(bytes.fromhex(record["contract"][2:]))
        signed = SignedChecked(said, bytes.fromhex(row["signature"][2:]))
        assert recover_checker(checked_domain(record["chain_id"], contract), signed) == address_of(voter_key(0))
        assert (row["code"], row["counts"]) == (ballot_code(said.ballot), True)
        assert (record["checked"], record["turnout"], record["keeps"]) == (1, 11, True)
    page = read_page(client.get("/votes/1/checked", headers={"accept": "text/html"}).text)
    assert not page.unclosed
    assert town.code(town.final) in page.text
    assert "this server's own claim" in page.text


def test_send__the_same_again__gives_the_same_answer_and_counts_once(client: AppClient, town: Town) -> None:
    sent = message(town, town.decided, town.final)
    answers = [client.post(PATH.format(1), json=sent) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert client.get("/votes/1.json").json()["checked"] == 1
    assert len(client.get(PATH.format(1)).json()["statements"]) == 1


def test_statements__after_a_restart__are_still_counted(client: AppClient, town: Town, store: StatementStore) -> None:
    client.post(PATH.format(1), json=message(town, town.decided, town.final))

    again = AppClient(create_app(town.services(checked=StatementStore(store._path))))

    assert again.get("/api/v1/votes/1").json()["checked"] == 1


def refused(client: AppClient, vote: int, sent: dict[str, Any]) -> str:
    answer = client.post(PATH.format(vote), json=sent)
    assert_problem(answer, 409, "statement-refused")
    return str(answer.json()["reason"])


def test_send__replay_from_elsewhere__is_refused(client: AppClient, town: Town, store: StatementStore) -> None:
    decided, final = town.decided, town.final
    other_contract = Address(b"\x99" * 20)
    twin = digest_of(town, replace(decided, contract=other_contract), final)

    assert refused(client, 1, message(town, decided, final, chain_id=town.chain_id + 1)) == "signature"
    assert refused(client, 1, message(town, decided, final, contract=other_contract)) == "signature"
    assert refused(client, 1, message(town, decided, final, digest=twin)) == "ballot"
    assert refused(client, 1, message(town, decided, final, asked=town.refused.hash)) == "signature"
    assert refused(client, 2, message(town, decided, final)) == "ballot"
    assert refused(client, 1, message(town, decided, final, seat=1)) == "seat"
    assert refused(client, 1, message(town, decided, final, seat=2**32 - 1)) == "seat"
    assert refused(client, 1, message(town, decided, final, key=voter_key(1))) == "signature"
    assert refused(client, 3, message(town, town.running, town.replaced)) == "replaced"
    assert store.scan(decided.hash) == store.scan(town.running.hash) == []


def test_send__the_ballots_own_signature__is_none_of_a_check(client: AppClient, town: Town) -> None:
    sent = message(town, town.decided, town.final) | {"signature": "0x" + town.final.signature.hex()}
    assert refused(client, 1, sent) == "signature"


def test_send__digest_that_begins_as_the_ballots__is_refused(client: AppClient, town: Town) -> None:
    digest = digest_of(town, town.decided, town.final)
    near = Hash32(digest[:12] + bytes(20))
    assert refused(client, 1, message(town, town.decided, town.final, digest=near)) == "ballot"


def test_send__signature_that_is_none__is_refused(client: AppClient, town: Town) -> None:
    good = message(town, town.decided, town.final)
    r, vs = good["signature"][2:66], int(good["signature"][66:], 16)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = bytes.fromhex(r) + (order - (vs & 2**255 - 1)).to_bytes(32, "big") + bytes([1 - (vs >> 255)])
    for signature in ("00" * 64, "ff" * 64, compact(high).hex()):
        assert refused(client, 1, good | {"signature": f"0x{signature}"}) == "signature"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("seat", -1),
        ("seat", 2**32),
        ("seat", "0"),
        ("seat", True),
        ("ballot", "0x00"),
        ("ballot", None),
        ("ballot", "0X" + "00" * 32),
        ("signature", "0x" + "00" * 65),
        ("signature", 7),
        ("vote", 1),
    ],
)
def test_send__bad_form__has_the_shape_of_a_problem(client: AppClient, town: Town, member: str, value: Any) -> None:
    good = message(town, town.decided, town.final)
    assert_problem(client.post(PATH.format(1), json={**good, member: value}), 422, "bad-request")


def test_send__unknown_vote_no_json_or_too_much__has_the_shape_of_a_problem(client: AppClient, town: Town) -> None:
    good = message(town, town.decided, town.final)
    assert_problem(client.post(PATH.format(99), json=good), 404, "unknown-question")
    assert_problem(client.post(PATH.format(0), json=good), 422, "bad-request")
    assert_problem(client.post(PATH.format(1), content=b"{"), 422, "bad-request")
    assert_problem(client.post(PATH.format(1), content=b"x" * 5000), 413, "body-too-large")
    assert_problem(client.get(PATH.format(1), params={"first": -1}), 422, "bad-request")
    assert_problem(client.get(PATH.format(1), params={"limit": 501}), 422, "bad-request")


def test_store__that_cannot_be_written__says_so(town: Town, tmp_path: Path) -> None:
    (tmp_path / "statements").write_text("in the way")
    client = AppClient(create_app(town.services(checked=StatementStore(tmp_path / "statements"))))
    good = message(town, town.decided, town.final)

    assert_problem(client.post(PATH.format(1), json=good), 503, "statements-not-kept")
    assert client.get("/votes/1.json").json()["checked"] == 0


def test_store__that_cannot_be_read__is_no_number_and_no_fault(
    town: Town, store: StatementStore, caplog: pytest.LogCaptureFixture
) -> None:
    client = AppClient(create_app(town.services(checked=store)))
    client.post(PATH.format(1), json=message(town, town.decided, town.final))
    (store._path / "data.mdb").write_bytes(b"")

    with caplog.at_level(logging.ERROR):
        assert client.get("/votes/1.json").json()["checked"] is None
    assert "cannot be counted" in caplog.text


def test_server__without_a_store__says_so_everywhere(town: Town) -> None:
    client = AppClient(create_app(town.services()))

    assert client.get("/votes/1.json").json()["checked"] is None
    assert client.get("/votes/1/checked.json").json()["keeps"] is False
    assert "This server keeps no such statements." in client.get("/votes/1/checked").text
    good = message(town, town.decided, town.final)
    assert_problem(client.post(PATH.format(1), json=good), 503, "statements-not-kept")


def test_list__in_parts__has_every_seat_once(client: AppClient, town: Town) -> None:
    choice = (0b00001).to_bytes(1, "big")
    for seat in range(5):
        ballot = town.ledger.sign(town.decided, seat, choice)
        client.post(PATH.format(1), json=message(town, town.decided, ballot))
    seen, address = [], PATH.format(1) + "?limit=2"
    while address:
        record = client.get(address).json()
        seen += [row["seat"] for row in record["statements"]]
        address = record["next"]
    assert seen == [0, 1, 2, 3, 4]
    assert record["checked"] == 5


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Town]:
    """A town of its own, because the test writes."""
    town = build(tmp_path / "town")
    yield town
    town.ledger.node.close()


def test_count__ballot_that_is_replaced_afterwards__is_taken_out_and_her_next_word_put_in(
    written: Town, store: StatementStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.readers.checked.FRESH_S", 0.0)
    monkeypatch.setattr("api.readers.checked.PATIENCE", 0)
    running = written.running
    client = AppClient(create_app(written.services(checked=store)))
    assert client.post(PATH.format(3), json=message(written, running, written.counted)).status_code == 200

    ballot = replace(written.counted.ballot, sequence=3, choice=choice_of(running.form.kind, (1,)))
    again = sign_ballot(domain_separator(written.chain_id, running.contract), ballot, voter_key(2))
    written.ledger.cast(running, [again])
    fresh = AppClient(create_app(written.services(checked=store)))
    record = fresh.get(PATH.format(3)).json()

    assert (record["checked"], [row["counts"] for row in record["statements"]]) == (0, [False])
    assert fresh.post(PATH.format(3), json=message(written, running, again)).status_code == 200
    record = fresh.get(PATH.format(3)).json()
    assert (record["checked"], [row["counts"] for row in record["statements"]]) == (1, [True])


def test_key__of_nobody__is_refused(client: AppClient, town: Town) -> None:
    key = PrivateKey(hashlib.sha256(b"nobody").digest())
    assert refused(client, 1, message(town, town.decided, town.final, key=key)) == "signature"
