"""Errors have one shape, whatever was asked and however; nothing of our insides goes out."""

from urllib.parse import quote

import pytest

from api.app import create_app
from api.problems import problem
from ledger.chain.header import Header
from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.problem_shape import assert_problem
from tests.api.town import Town

ABSENT_CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
NASTY = (
    *("'; DROP TABLE votes; --", "<script>alert(1)</script>", "../../etc/passwd", "%00", "\x01\x02", "\u202e", "ыұ"),
    *("0", "-1", "1e3", "0x10", "1.0", " 1", "١", "9" * 19, "9" * 40, "9" * 5000, "a" * 300, "null", "NaN", "{{7*7}}"),
)
PATHS = (
    *("/votes/{}", "/votes/{}.json", "/votes/{}.csv", "/funds/{}", "/funds/{}.json", "/funds/{}/entries.csv"),
    *("/evidence/{}", "/evidence/{}.json", "/ipfs/{}", "/blocks/{}", "/blocks/{}.json", "/static/{}", "/{}"),
    *(
        "/votes/1/ballots?after={}",
        "/votes/{}/ballots.txt",
        "/api/v1/ballots/{}/receipt",
        "/votes?before={}",
        "/evidence?limit={}",
        "/blocks.json?before={}",
    ),
    *("/api/v1/votes/{}", "/api/v1/votes/{}/result", "/api/v1/funds/{}", "/api/v1/payments/{}", "/api/v1/{}"),
    *(
        "/api/v1/evidence/{}",
        "/api/v1/blocks/{}",
        "/api/v1/ballots/{}",
        "/api/v1/votes?limit={}",
        "/api/v1/blocks?before={}",
    ),
)
RAW_PATHS = (
    "/votes/%ff",
    "/%00",
    "//",
    "/votes//",
    "/votes/1/",
    "/%2e%2e/x",
    "/votes?before=%ff",
    "/votes/1/ballots?after=%ff%00",
)
BODIES = (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"vote": 1}', b'{"vote": 1e400}', b"[" * 2000, b'{"\\ud800": 1}')


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/nothing", 404, "not-found"),
        ("/nothing.json", 404, "not-found"),
        ("/api/v1/votes/99", 404, "unknown-question"),
        ("/votes/99.json", 404, "unknown-question"),
        ("/api/v1/votes/0", 422, "bad-request"),
        ("/api/v1/votes/1.5", 422, "bad-request"),
        (f"/api/v1/votes/{2**48}", 422, "bad-request"),
        ("/api/v1/votes?limit=0", 422, "bad-request"),
        ("/api/v1/votes?limit=101", 422, "bad-request"),
        ("/api/v1/votes?before=x", 422, "bad-request"),
        ("/api/v1/funds/none", 404, "unknown-fund"),
        ("/api/v1/payments/5", 404, "unknown-payment"),
        ("/api/v1/evidence/13", 404, "unknown-evidence"),
        ("/api/v1/blocks/9999", 404, "unknown-block"),
        (f"/api/v1/blocks/0x{'ab' * 32}", 404, "unknown-block"),
        ("/api/v1/blocks/99999999999999999999", 404, "unknown-block"),
        ("/api/v1/blocks/latest", 400, "bad-block-name"),
        ("/api/v1/ballots/rubbish", 400, "bad-ballot-code"),
        ("/api/v1/ballots/notaword-0000-0000-0000-0000", 400, "bad-ballot-code"),
        ("/ipfs/rubbish", 400, "bad-cid"),
        (f"/ipfs/{ABSENT_CID}", 404, "evidence-not-found"),
        ("/static/style.html", 404, "not-found"),
    ],
)
def test_error__any__has_the_one_shape(client: AppClient, path: str, status: int, code: str) -> None:
    assert_problem(client.get(path), status, code)


def test_error__asked_by_a_browser__is_a_page_with_the_same_facts(client: AppClient) -> None:
    response = client.get("/votes/99", headers={"accept": "text/html"})
    page = read_page(response.text)

    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "unknown-question" in page.text
    assert "question: 99, expected 1 to 4" in page.text
    assert not page.unclosed


@pytest.mark.parametrize("path", ["/", "/votes/1", "/api/v1/votes", "/api/v1/head", "/health"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_error__method_that_is_none__is_405_and_names_the_allowed(client: AppClient, method: str, path: str) -> None:
    response = client.request(method, path)

    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize("path", PATHS)
def test_parameter__nasty__is_never_our_fault(client: AppClient, path: str) -> None:
    for value in NASTY:
        address = path.format(quote(value, safe=""))
        for accept in ("text/html", "application/json"):
            response = client.get(address, headers={"accept": accept})
            assert response.status_code < 500, (address, response.text)
            if response.status_code >= 400 and response.headers["content-type"].startswith("application"):
                assert_problem(response, response.status_code)
            elif response.headers["content-type"].startswith("text/html"):
                assert "<script>alert" not in response.text
                assert "{{7*7}}" not in value or "49" not in response.text.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize("path", RAW_PATHS)
def test_path__raw_bytes__are_never_our_fault(client: AppClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code < 500
    if response.status_code >= 400:
        assert_problem(response, response.status_code)


def test_body__over_the_limit__is_refused_unread(client: AppClient) -> None:
    declared = client.post("/api/v1/ballots", content=b"x" * 5000)
    streamed = client.post("/api/v1/ballots", content=iter([b"{", b" " * 3000, b" " * 3000, b"}"]))

    assert_problem(declared, 413, "body-too-large")
    assert_problem(streamed, 413, "body-too-large")


@pytest.mark.parametrize("content", BODIES)
def test_body__that_is_no_ballot__is_refused(client: AppClient, content: bytes) -> None:
    response = client.post("/api/v1/ballots", content=content, headers={"content-type": "application/json"})

    assert_problem(response, response.status_code)
    assert response.status_code in (400, 422)


def test_fault__of_ours__is_500_without_a_word_about_it(town: Town) -> None:
    class Broken:
        def head(self) -> Header:
            raise ZeroDivisionError("a secret")

    client = AppClient(create_app(town.services(chain=Broken())))
    for accept in ("text/html", "application/json"):
        response = client.get("/votes", headers={"accept": accept})
        assert_problem(response, 500, "internal-error")
        assert "secret" not in response.text


@pytest.mark.parametrize("path", ["/", "/votes/99", "/api/v1/head", "/nothing", "/static/style.css", "/ipfs/x"])
def test_headers__any_answer__are_safe(client: AppClient, path: str) -> None:
    headers = client.get(path, headers={"accept": "text/html"}).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_problem__facts_named_like_members__never_replace_them() -> None:
    record = problem(
        "bad-input", 400, "a: 1, expected 2", {"status": 999, "type": "x", "raw": b"\x01", "of": (1, None)}
    )

    assert record["status"] == 400
    assert record["type"] == "bad-input"
    assert record["raw"] == "0x01"
    assert record["of"] == [1, None]
