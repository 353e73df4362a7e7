"""The verify page and the lookup of ballots by code."""

from starlette.testclient import TestClient

from tests.api.html_reading import read_page
from tests.api.problem_shape import assert_problem
from tests.api.town import Town


def answer(client: TestClient, code: str) -> tuple[str, str]:
    """The page's headline of the answer, and its text."""
    page = read_page(client.get("/verify", params={"code": code}).text)
    return page.all("h2")[0].text.strip(), page.text


def test_verify__counted_in_an_open_vote__is_as_of_the_block(client: TestClient, town: Town) -> None:
    headline, text = answer(client, town.code(town.counted))

    assert headline == "Counted"
    assert f"As of block {town.chain.head().number}" in text


def test_verify__counted_in_a_closed_vote__is_final(client: TestClient, town: Town) -> None:
    headline, text = answer(client, town.code(town.final))

    assert headline.startswith("Counted, ")
    assert "final count" in text


def test_verify__replaced__says_what_that_may_mean(client: TestClient, town: Town) -> None:
    headline, text = answer(client, town.code(town.replaced))

    assert headline == "Replaced"
    assert "tell the registrar" in text


def test_verify__unknown_code__says_what_to_do_now(client: TestClient) -> None:
    headline, text = answer(client, "abandon-0000-0000-0000-0000")

    assert headline == "Not found"
    assert "Send the same ballot again" in text


def test_verify__mistyped__explains_the_form(client: TestClient) -> None:
    headline, text = answer(client, "abandon-0000-0000-0000-000")

    assert headline == "This is no ballot code"
    assert "word-XXXX-XXXX-XXXX-XXXX" in text


def test_verify__look_alikes_and_spaces__are_read(client: TestClient, town: Town) -> None:
    word, _, letters = town.code(town.counted).partition("-")
    typed = f"  {word.upper()} {letters.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "

    assert answer(client, typed)[0] == "Counted"


def test_lookup__any_ballot__tells_neither_choice_nor_seat(client: TestClient, town: Town) -> None:
    for ballot in (town.counted, town.replaced, town.final):
        record = client.get(f"/api/v1/ballots/{town.code(ballot)}").json()
        assert set(record) == {"code", "status", "ballots", "height"}
        assert {name for found in record["ballots"] for name in found} == {"vote", "title", "status", "final", "block"}
        assert record["code"] == town.code(ballot)


def test_lookup__unknown_code__is_an_answer_and_no_error(client: TestClient) -> None:
    record = client.get("/api/v1/ballots/abandon-0000-0000-0000-0000").json()

    assert record["status"] == "unknown"
    assert record["ballots"] == []


def test_lookup__too_long__is_refused(client: TestClient) -> None:
    assert_problem(client.get("/api/v1/ballots/" + "a" * 65), 422)
