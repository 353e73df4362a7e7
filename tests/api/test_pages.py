"""Every page answers, says the same as its data, and keeps to plain safe HTML."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from api.charts.bars import result_bars
from api.rendering import iso_time, money, percent
from api.statics import static_url
from ledger.money.account import fund_id
from ledger.primitives import to_hex
from tests.api.app_client import AppClient
from tests.api.html_reading import Page, read_page
from tests.api.town import FUND, HOSTILE_FUND, Town

FUND_PATHS = (f"/funds/{quote(FUND)}", *(f"/funds/{to_hex(fund_id(name))}" for name in (FUND, HOSTILE_FUND)))
PAGES = (
    *("/", "/votes", "/votes?limit=2", "/votes?before=3&limit=1", "/votes/1", "/votes/2", "/votes/3", "/votes/4"),
    *("/votes/1/ballots", "/votes/3/ballots?limit=2", "/votes/4/ballots", "/verify", "/funds", *FUND_PATHS),
    *("/evidence", "/evidence?before=1", *(f"/evidence/{number}" for number in range(1, 13))),
    *("/blocks", "/blocks?limit=3", "/blocks/0", "/blocks/9", "/witnesses", "/about"),
)
FACTS = frozenset(
    {"title", "name", "cid", "hash", "purpose", "summary", "place", "document", "anchor", "phrase", "text"}
)
"""Members of the data whose text must stand on the page as it is."""


def get_page(client: AppClient, path: str) -> Page:
    response = client.get(path, headers={"accept": "text/html,*/*"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return read_page(response.text)


def data_path(path: str) -> str:
    own, mark, query = path.partition("?")
    return ("/index" if own == "/" else own) + ".json" + mark + query


def leaves(record: Any) -> list[tuple[str, Any]]:
    """(member, value) of everything in a JSON value."""
    if isinstance(record, dict):
        return [(k, v) for k, v in record.items() if not isinstance(v, dict | list)] + [
            leaf for value in record.values() for leaf in leaves(value)
        ]
    return [leaf for value in record for leaf in leaves(value)] if isinstance(record, list) else []


@pytest.mark.parametrize("path", PAGES)
def test_page__any__is_plain_safe_and_accessible(client: AppClient, path: str) -> None:
    page = get_page(client, path)

    assert not page.unclosed
    assert [e.attributes["lang"] for e in page.all("html")] == ["en"]
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert all(len(table.attributes) == 0 for table in page.all("table"))
    assert len(page.all("caption")) == len(page.all("table"))
    labelled = {e.attributes["for"] for e in page.all("label")}
    assert {e.attributes["id"] for e in page.all("input")} == labelled
    assert not [name for e in page.elements for name in e.attributes if name.startswith("on") or name == "style"]
    assert not page.all("style")
    assert not page.all("img")
    assert all(e.attributes["src"].startswith("/static/") for e in page.all("script"))
    assert not [url for url in page.values("href", "src", "action") if not url.startswith(("/", "#"))]


@pytest.mark.parametrize("path", PAGES)
def test_page__any__says_the_same_as_its_data(client: AppClient, path: str) -> None:
    page = get_page(client, path)
    alternate = [e.attributes["href"] for e in page.all("link") if e.attributes.get("type") == "application/json"]
    assert alternate == [data_path(path)]

    response = client.get(alternate[0])

    assert response.headers["content-type"] == "application/json"
    shown = re.sub(r"\s+", " ", page.words)
    for member, value in leaves(response.json()):
        if member in FACTS and value:
            assert re.sub(r"\s+", " ", str(value)) in shown, (member, value)


def test_home__town__has_head_votes_and_funds(client: AppClient, town: Town) -> None:
    page = get_page(client, "/")
    head = town.chain.head()

    assert to_hex(head.hash) in page.text
    assert iso_time(head.timestamp) in page.values("datetime")
    assert "What shall we build?" in page.text
    assert "1,250\u00a0EUR" in page.text
    assert "The books balance" in page.text


@pytest.mark.parametrize("path", PAGES)
def test_page__rehearsal_in_simulated_time__says_so(client: AppClient, path: str) -> None:
    assert "A rehearsal in simulated time." in get_page(client, path).text


def test_vote__decided__marks_winners_and_lists_what_they_cost(client: AppClient) -> None:
    record = client.get("/votes/1.json").json()
    page = get_page(client, "/votes/1")

    assert [o["selected"] for o in record["result"]["options"]] == [True, True, False, True, False]
    assert [o["votes"] for o in record["result"]["options"]] == [8, 5, 2, 2, 1]
    assert record["result"]["budget"] == {
        "currency": "EUR",
        "exponent": 2,
        "rule": "greedy",
        "amount": 100_000,
        "threshold": 2,
        "ties": "listed",
        "exclusive": [[2, 3]],
        "spent": 75_050,
        "final": True,
    }
    assert record["options_checked"]
    assert record["document_held"]
    assert len([e for e in page.all("li") if e.attributes.get("class") == "won"]) == 3
    assert "750.50\u00a0EUR" in page.text


def test_vote__document_held_by_nobody__shows_options_by_number(client: AppClient) -> None:
    record = client.get("/votes/4.json").json()

    assert not record["document_held"]
    assert record["options_checked"]
    assert [o["cost"] for o in record["result"]["options"]] == [0, 1, 2, 3, 4, 5]
    assert "This node does not hold the question's document" in get_page(client, "/votes/4").text


def test_vote__states__are_told_apart(client: AppClient) -> None:
    found = {line["id"]: line["status"] for line in client.get("/votes.json").json()["items"]}

    assert found == {1: "executed", 2: "not passed", 3: "open", 4: "upcoming"}
    short = {number: client.get(f"/votes/{number}.json").json()["shortfall"] for number in found}
    assert short == {1: None, 2: "no-majority", 3: None, 4: None}
    assert "too few said yes" in get_page(client, "/votes/2").text


def test_vote__csv__has_one_row_an_option_in_minor_units(client: AppClient) -> None:
    response = client.get("/votes/1.csv")
    rows = response.text.split("\r\n")

    assert response.headers["content-type"].startswith("text/csv")
    assert rows[0] == "number,id,name,cost,currency,exponent,votes,points,rank,selected"
    assert rows[2] == "2,p2,Trees along the road,25050,EUR,2,5,,2,1"
    assert len(rows) == 7


def test_csv__text_like_a_formula__is_disarmed(client: AppClient) -> None:
    text = client.get(f"/funds/{quote(FUND)}/payments.csv").text

    assert "'=SUM(A1:A9)" in text
    assert ",=SUM" not in text


def test_fund__town__sums_up_and_follows_the_money(client: AppClient) -> None:
    record = client.get(f"/funds/{quote(FUND)}.json").json()
    fund = record["fund"]
    page = get_page(client, FUND_PATHS[0])

    parts = [fund[name] for name in ("balance", "undivided", "committed", "ordered", "paid")]
    assert sum(parts) == fund["received"] == 125_000
    assert parts == [49_950, 0, 32_500, 27_550, 15_000]
    assert [(s["source"], s["amount"]) for s in record["sources"]] == [
        ("city council", 80_000),
        ("forest rent", 45_000),
    ]
    assert [p["state"] for p in record["payments"]] == ["failed", "ordered", "reversed", "settled"]
    assert record["books_difference"] == ""
    assert sum(line["amount"] for entry in record["entries"] for line in entry["lines"]) == 0
    flows = [e for e in page.all("svg") if e.attributes.get("class", "").startswith("flow-")]
    assert [e.attributes["class"] for e in flows] == ["flow-wide", "flow-narrow"]
    assert all("viewbox" in e.attributes for e in flows)


def test_evidence__states_of_bytes__are_told(client: AppClient, town: Town) -> None:
    found = {
        name: client.get(f"/evidence/{town.documents[name]}.json").json() for name in ("large", "withheld", "lost")
    }

    assert {name: record["bytes"] for name, record in found.items()} == {
        "large": "matching",
        "withheld": "matching",
        "lost": "absent",
    }
    assert found["large"]["computed_cid"] == found["large"]["cid"]
    assert found["withheld"]["status"] == "withheld"
    assert found["withheld"]["reason"] == "holds a name <i>of</i> a person"
    assert found["lost"]["status"] == "lost"


def test_bytes__held__come_safely(client: AppClient, town: Town) -> None:
    def fetch(number: int) -> Any:
        return client.get("/ipfs/" + client.get(f"/evidence/{number}.json").json()["cid"])

    script, large = fetch(town.documents["withheld"]), fetch(town.documents["large"])

    assert script.headers["content-type"] == "text/plain; charset=utf-8"
    assert large.headers["content-type"] == "application/octet-stream"
    assert large.headers["content-disposition"].startswith("attachment")
    assert large.content == bytes(range(256)) * 3000
    for response in (script, large):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]


def test_block__with_calls__names_them(client: AppClient) -> None:
    calls = {
        (row["contract"], row["entry"])
        for line in client.get("/blocks.json?limit=100").json()["items"]
        for row in client.get(f"/blocks/{line['hash']}.json").json()["transactions"]
    }

    assert {("Ballots", "open"), ("Ballots", "cast"), ("Treasury", "order"), ("Membership", "admit")} <= calls
    assert client.get("/blocks/9.json").json()["seal"]["state"] == "sealed"


def test_list__followed_by_next__has_every_item_once(client: AppClient, town: Town) -> None:
    for path, member in (
        ("/blocks", "height"),
        ("/evidence", "number"),
        ("/votes", "id"),
        ("/api/v1/payments", "number"),
    ):
        seen: list[int] = []
        address: str | None = f"{path}.json?limit=3" if not path.startswith("/api") else f"{path}?limit=3"
        while address:
            record = client.get(address).json()
            seen += [item[member] for item in record["items"]]
            following = record["next"]
            address = following and (following if path.startswith("/api") else following.replace("?", ".json?"))
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == len(set(seen)) == record["total"]


def test_about__anchor__stands_there_with_words_and_picture(client: AppClient, town: Town) -> None:
    page = get_page(client, "/about")

    assert town.ledger.anchor.text in page.text
    assert town.ledger.anchor.phrase in page.text
    assert any("qr" in e.attributes.get("class", "").split() for e in page.all("svg"))


def test_about__one_sequencer__is_called_not_capture_resistant(client: AppClient) -> None:
    sealers = client.get("/about.json").json()["sealers"]

    expected = {"kind": "solo", "validators": 0, "organisations": 0, "capture_resistant": False, "unsound_keys": []}
    assert sealers == expected
    assert "Not capture-resistant" in get_page(client, "/about").text


def test_static__named_by_content__is_kept_for_ever(client: AppClient) -> None:
    response = client.get(static_url("style.css"))

    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]
    assert "http" not in response.text.replace("http://www.w3.org/2000/svg", "")


def test_head__any_page__has_the_headers_of_get_and_no_body(client: AppClient) -> None:
    got, headed = client.get("/votes/1"), client.head("/votes/1")

    assert headed.status_code == 200
    assert headed.content == b""
    assert headed.headers["content-length"] == got.headers["content-length"]


def test_money__minor_units__reads_as_people_write() -> None:
    assert money(123_456_789, "EUR", 2) == "1,234,567.89\u00a0EUR"
    assert money(-100, "EUR", 2) == "−1\u00a0EUR"
    assert money(5, "JPY", 0) == "5\u00a0JPY"
    assert money(1, "KWD", 3) == "0.001\u00a0KWD"
    assert percent(1, 3) == "33.3 %"
    assert percent(2, 0) == "–"


def test_time__beyond_the_calendar__stays_a_number() -> None:
    assert iso_time(0) == "1970-01-01T00:00:00Z"
    assert iso_time(2**40 - 1) == str(2**40 - 1)


def test_bars__threshold__is_marked_within_the_picture(client: AppClient) -> None:
    from api.models.votes import ResultRecord

    result = ResultRecord.model_validate(client.get("/api/v1/votes/1/result").json())
    chart = result_bars(result)

    assert chart.mark == "25.00"
    assert [bar.option.number for bar in chart.bars] == [1, 2, 3, 4, 5]
    assert [bar.width for bar in chart.bars] == ["100.00", "62.50", "25.00", "25.00", "12.50"]


def test_data__any_page__is_json_without_floats(client: AppClient) -> None:
    for path in PAGES:
        record = json.loads(client.get(data_path(path)).text)
        assert not [leaf for leaf in leaves(record) if isinstance(leaf[1], float)]
