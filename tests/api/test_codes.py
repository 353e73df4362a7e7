"""The public list of accepted ballots."""

import time
from collections.abc import Iterator
from itertools import islice
from threading import Event
from typing import Any

import pytest

from api.app import create_app
from api.readers.code_texts import KEPT_TEXTS, CodeText, CodeTexts, ListBrokenOffError
from api.snapshot import Snapshots
from ledger.primitives import Hash32, keccak256
from ledger.proofs.code import ballot_code
from ledger.views.ballot_list import encode_listed, list_key
from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.problem_shape import assert_problem
from tests.api.town import Town

MANY = 50_000


class Crowd:
    """The town's chain with many more accepted ballots in the list of one vote."""

    def __init__(self, town: Town, vote: int, count: int) -> None:
        self._chain = town.chain
        row = encode_listed(town.chain.head().number)
        keys = sorted(list_key(vote, keccak256(b"%d" % number)) for number in range(count))
        self._rows = [(key, row) for key in keys]
        self.scans = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Any:
        self.scans += 1
        return iter([row for row in self._rows if row[0].startswith(prefix) and row[0] >= prefix + start])


def test_list__of_a_vote__has_replaced_ballots_too_and_no_order_of_casting(client: AppClient, town: Town) -> None:
    record = client.get("/api/v1/votes/3/ballots").json()

    assert {town.code(town.counted), town.code(town.replaced)} < set(record["codes"])
    assert record["codes"] == sorted(record["codes"])
    assert (len(record["codes"]), record["turnout"], record["next"]) == (4, 3, None)
    assert town.code(town.final) not in record["codes"]


def test_list__in_parts__is_the_whole(client: AppClient) -> None:
    whole = client.get("/api/v1/votes/1/ballots").json()["codes"]
    found, path = [], "/api/v1/votes/1/ballots?limit=4"
    while path:
        record = client.get(path).json()
        assert len(record["codes"]) <= 4
        found += record["codes"]
        path = record["next"]

    assert found == whole
    assert len(found) == 11


def test_page__of_codes__shows_what_its_data_says_and_leads_on(client: AppClient) -> None:
    page = read_page(client.get("/votes/1/ballots?limit=4").text)
    record = client.get("/votes/1/ballots.json?limit=4").json()

    assert [e.text for e in page.all("li") if e.attributes.get("class") == "hash"] == record["codes"]
    assert record["next"] in page.values("href")
    assert "/votes/1/ballots.txt" in page.values("href")


def test_text__of_a_vote__is_one_code_a_line(client: AppClient) -> None:
    answer = client.get("/votes/1/ballots.txt")
    first, *codes = answer.text.splitlines()

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert first.startswith("# ")
    assert codes == client.get("/api/v1/votes/1/ballots").json()["codes"]


def test_list__asked_wrongly__is_refused(client: AppClient) -> None:
    assert_problem(client.get("/api/v1/votes/99/ballots"), 404, "unknown-question")
    assert_problem(client.get("/api/v1/votes/1/ballots?after=rubbish"), 400, "bad-ballot-code")
    assert_problem(client.get("/api/v1/votes/1/ballots?after=notaword-0000-0000-0000-0000"), 400, "bad-ballot-code")
    assert_problem(client.get("/api/v1/votes/1/ballots?limit=1001"), 422)
    assert_problem(client.get("/votes/99/ballots.txt"), 404, "unknown-question")


def test_list__index_of_an_earlier_release__says_that_it_has_none(town: Town) -> None:
    client = AppClient(create_app(town.services(chain=Crowd(town, 3, 0))))

    assert_problem(client.get("/api/v1/votes/3/ballots"), 503, "no-ballot-list")
    assert_problem(client.get("/votes/3/ballots.txt"), 503, "no-ballot-list")
    assert client.get("/api/v1/votes/4/ballots").json()["codes"] == []


def test_text__of_many__is_made_once_and_kept(town: Town) -> None:
    chain = Crowd(town, 1, MANY)
    client = AppClient(create_app(town.services(chain=chain)))

    first = client.get("/votes/1/ballots.txt")
    scans = chain.scans
    again = client.get("/votes/1/ballots.txt")

    assert first.content == again.content
    assert first.text.count("\n") == MANY + 1
    assert first.text.splitlines()[1:] == sorted(first.text.splitlines()[1:])
    assert ballot_code(keccak256(b"0")) in first.text
    # What is left is a look whether there is a list at all.
    assert chain.scans == scans + 1


def test_text__of_many__begins_to_come_before_it_is_made(town: Town) -> None:
    chain = Crowd(town, 1, MANY)
    half, go_on = Event(), Event()
    real = chain.scan_extra_rows

    def scan(prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        for number, row in enumerate(real(prefix, start)):
            if number == MANY // 2:
                half.set()
                assert go_on.wait(20)
            yield row

    chain.scan_extra_rows = scan  # type: ignore[method-assign]
    texts, snapshot = CodeTexts(), Snapshots(town.services(chain=chain)).current()
    one, other = texts.read(snapshot, 1), texts.read(snapshot, 1)
    assert half.wait(20)

    begun = b"".join(islice(one, 1)) + next(other)
    assert begun.startswith(b"# codes")
    go_on.set()

    assert len(b"".join(other).splitlines()) > 0
    assert b"".join(texts.read(snapshot, 1)).count(b"\n") == MANY + 1


def test_text__that_breaks_off__is_no_whole_answer_and_made_anew(town: Town) -> None:
    chain = Crowd(town, 1, 3_000)
    real = chain.scan_extra_rows

    def scan(prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        yield from islice(real(prefix, start), 2_000)
        raise OSError("the disk is gone")

    chain.scan_extra_rows = scan  # type: ignore[method-assign]
    texts, snapshot = CodeTexts(), Snapshots(town.services(chain=chain)).current()
    with pytest.raises(ListBrokenOffError):
        list(texts.read(snapshot, 1))

    chain.scan_extra_rows = real  # type: ignore[method-assign]
    assert b"".join(texts.read(snapshot, 1)).count(b"\n") == 3_001


def test_text__of_an_open_vote__is_made_anew_after_a_while(town: Town) -> None:
    texts, snapshot = CodeTexts(), Snapshots(town.services()).current()
    good = b"".join(texts.read(snapshot, 3))
    (key,) = texts._texts
    first = texts._texts[key]

    assert b"".join(texts.read(snapshot, 3)) == good
    assert texts._texts[key] is first
    first._good_until = time.monotonic() - 1
    assert b"".join(texts.read(snapshot, 3)) == good
    assert texts._texts[key] is not first


def test_text__of_many_votes__only_a_few_are_kept(town: Town) -> None:
    texts, snapshot = CodeTexts(), Snapshots(town.services()).current()
    for number in range(KEPT_TEXTS):
        texts._texts[Hash32(bytes([number]) * 32)] = CodeText()

    list(texts.read(snapshot, 1))

    assert len(texts._texts) == KEPT_TEXTS
    assert Hash32(bytes(32)) not in texts._texts
