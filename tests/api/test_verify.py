"""The verify page, the lookup of ballots by code, and proofs for whoever judges them elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from ledger.ports import ChainReader
from ledger.proofs.receipt_json import decode_receipt
from ledger.proofs.receipt_page import page_policy, receipt_page
from ledger.proofs.verdict import Standing, check_receipt
from ledger.voting.ballot import SignedBallot
from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.problem_shape import assert_problem
from tests.api.town import Town, message_of
from tests.scripts.small_ledger import choice_of


def answer(client: AppClient, code: str) -> tuple[str, str]:
    """The page's headline of the answer, and its text."""
    page = read_page(client.post("/verify", data={"code": code}).text)
    return page.all("h2")[0].text.strip(), page.text


def test_verify__counted_in_an_open_vote__is_as_of_the_block(client: AppClient, town: Town) -> None:
    headline, text = answer(client, town.code(town.counted))

    assert headline == "Counted"
    assert f"As of block {town.chain.head().number}" in text


def test_verify__counted_in_a_closed_vote__is_final(client: AppClient, town: Town) -> None:
    headline, text = answer(client, town.code(town.final))

    assert headline.startswith("Counted, ")
    assert "final count" in text


def test_verify__replaced__says_what_that_may_mean(client: AppClient, town: Town) -> None:
    headline, text = answer(client, town.code(town.replaced))

    assert headline == "Replaced"
    assert "tell the registrar" in text


def test_verify__unknown_code__says_what_to_do_now(client: AppClient) -> None:
    headline, text = answer(client, "abandon-0000-0000-0000-0000")

    assert headline == "Not found"
    assert "Send the same ballot again" in text


def test_verify__mistyped__explains_the_form(client: AppClient) -> None:
    headline, text = answer(client, "abandon-0000-0000-0000-000")

    assert headline == "This is no ballot code"
    assert "word-XXXX-XXXX-XXXX-XXXX" in text


def test_verify__look_alikes_and_spaces__are_read(client: AppClient, town: Town) -> None:
    word, _, letters = town.code(town.counted).partition("-")
    typed = f"  {word.upper()} {letters.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "

    assert answer(client, typed)[0] == "Counted"


def test_lookup__any_ballot__tells_neither_choice_nor_seat(client: AppClient, town: Town) -> None:
    for ballot in (town.counted, town.replaced, town.final):
        record = client.get(f"/api/v1/ballots/{town.code(ballot)}").json()
        assert set(record) == {"code", "status", "ballots", "height"}
        assert {name for found in record["ballots"] for name in found} == {"vote", "title", "status", "final", "block"}
        assert record["code"] == town.code(ballot)


def test_lookup__unknown_code__is_an_answer_and_no_error(client: AppClient) -> None:
    record = client.get("/api/v1/ballots/abandon-0000-0000-0000-0000").json()

    assert record["status"] == "unknown"
    assert record["ballots"] == []


def test_lookup__too_long__is_refused(client: AppClient) -> None:
    assert_problem(client.get("/api/v1/ballots/" + "a" * 65), 422)


def test_verify__code_in_the_address__is_not_looked_up(client: AppClient, town: Town) -> None:
    page = read_page(client.get("/verify", params={"code": town.code(town.counted)}).text)

    assert "Counted" not in page.text
    assert town.code(town.counted) not in page.text
    assert town.code(town.counted) not in page.values("value")
    assert [(f.attributes["method"], f.attributes["action"]) for f in page.all("form")] == [("post", "/verify")]


def test_verify__answer__is_not_kept_by_caches_and_names_no_choice(client: AppClient, town: Town) -> None:
    response = client.post("/verify", data={"code": town.code(town.counted)})

    assert response.headers["cache-control"] == "no-store"
    assert "seats beside this one voted" in response.text
    assert town.counted.ballot.choice.hex() not in response.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"code=%ff%00", "application/x-www-form-urlencoded"),
        (b"code=" + b"a" * 3000, "application/x-www-form-urlencoded"),
        (b"&".join(b"code=x" for _ in range(500)), "application/x-www-form-urlencoded; charset=utf-8"),
        (b'{"code": "x"}', "application/json"),
        (b"\xff\xfe", ""),
    ],
)
@pytest.mark.parametrize("path", ["/verify", "/verify/receipt", "/verify/page"])
def test_verify__body_that_is_no_form__is_no_fault(client: AppClient, path: str, body: bytes, kind: str) -> None:
    response = client.post(path, content=body, headers={"content-type": kind})
    if path == "/verify":
        assert response.status_code == 200
    else:
        assert_problem(response, 400, "bad-ballot-code")


def judge(town: Town, data: bytes) -> Standing:
    return check_receipt(decode_receipt(data), town.ledger.anchor).standing


def test_receipt__by_code__is_judged_by_the_anchor(client: AppClient, town: Town) -> None:
    wanted = {"counted": Standing.COUNTED, "final": Standing.COUNTED, "replaced": Standing.REPLACED}
    for name, standing in wanted.items():
        code = town.code(getattr(town, name))
        response = client.get(f"/api/v1/ballots/{code}/receipt")
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cache-control"] == "no-store"
        assert judge(town, response.content) is standing
        taken = client.post("/verify/receipt", data={"code": code})
        assert taken.content == response.content
        assert taken.headers["content-disposition"] == f'attachment; filename="receipt-{code}.json"'
        page = client.post("/verify/page", data={"code": code})
        assert page.content == receipt_page(response.content)
        assert page.headers["content-disposition"] == f'attachment; filename="receipt-{code}.html"'


def test_receipt__of_a_ballot_that_never_came__proves_that(client: AppClient, town: Town) -> None:
    ballot = town.ledger.sign(town.running, 7, choice_of(town.running.form.kind))

    response = client.post("/api/v1/receipts", json=message_of(town.running, ballot))

    assert judge(town, response.content) is Standing.NOT_IN_THE_COUNT
    assert decode_receipt(response.content).ballot == ballot


def test_receipt__unknown_or_wrong__is_a_problem(client: AppClient, town: Town) -> None:
    assert_problem(client.get("/api/v1/ballots/abandon-0000-0000-0000-0000/receipt"), 404, "unknown-ballot")
    assert_problem(client.get("/api/v1/ballots/rubbish/receipt"), 400, "bad-ballot-code")
    assert_problem(client.post("/verify/page", data={"code": "abandon-0000-0000-0000-0000"}), 404, "unknown-ballot")
    message = message_of(town.running, town.counted)
    assert_problem(client.post("/api/v1/receipts", json={**message, "vote": 99}), 404, "unknown-question")
    assert_problem(client.post("/api/v1/receipts", json={**message, "choice": "0x"}), 422)


class Doubled:
    """The town's chain with every row of the index of codes twice, as if two ballots had one code."""

    def __init__(self, chain: ChainReader) -> None:
        self._chain = chain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        for row in self._chain.scan_extra_rows(prefix, start):
            yield from (row, row)


def test_receipt__of_a_code_that_two_ballots_have__is_refused(town: Town) -> None:
    client = AppClient(create_app(town.services(chain=Doubled(town.chain))))

    assert_problem(client.get(f"/api/v1/ballots/{town.code(town.final)}/receipt"), 400, "ambiguous-code")


def test_receipt__block_that_waits_for_its_seal__is_not_proved_yet(town: Town) -> None:
    class Unsealed:
        def __getattr__(self, name: str) -> Any:
            newest = town.chain.head().number
            return (
                (lambda h: None if h > newest - 2 else town.chain.seal(h))
                if name == "seal"
                else getattr(town.chain, name)
            )

    def code_of(ballot: SignedBallot) -> str:
        return f"/api/v1/ballots/{town.code(ballot)}/receipt"

    client = AppClient(create_app(town.services(chain=Unsealed())))

    assert judge(town, client.get(code_of(town.final)).content) is Standing.COUNTED
    assert_problem(client.get(code_of(town.counted)), 503, "no-sealed-block")


def test_checker__served__allows_its_own_script_alone(client: AppClient) -> None:
    response = client.get("/receipt.html")

    assert response.content == receipt_page()
    assert response.headers["content-security-policy"] == f"{page_policy()}; frame-ancestors 'none'"
