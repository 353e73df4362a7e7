"""The interface keeps to its own description, whatever is asked."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.app import create_app
from tests.api.app_client import AppClient
from tests.api.problem_shape import assert_problem
from tests.api.town import Town

MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
EXAMPLES = 12
"""Requests of each operation and mode."""


@pytest.fixture(scope="module")
def description(town: Town) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(town.services()))


def _ask(case: schemathesis.Case) -> None:
    """Send a made-up request. Numbers of things that are not there are refused too, so well-formed requests may be."""
    response = case.call()
    case.validate_response(response, excluded_checks=[positive_data_acceptance])
    assert response.status_code < 500
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_interface__any_request__answers_as_described(
    description: schemathesis.BaseSchema, mode: schemathesis.GenerationMode
) -> None:
    asked = 0
    for result in description.get_all_operations():
        operation = result.ok()
        try:
            strategy = operation.as_strategy(generation_mode=mode)
            run = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            run(given(case=strategy)(_ask))()
        except Unsatisfiable:
            # Nothing can be wrong with a request that has no parameters.
            continue
        asked += 1
    assert asked > 10 if mode is schemathesis.GenerationMode.POSITIVE else asked > 5


def test_description__every_answer_that_is_no_success__is_a_problem(client: AppClient) -> None:
    record = client.get("/api/v1/openapi.json").json()

    assert record["openapi"].startswith("3.1")
    assert set(record["components"]["schemas"]["Problem"]["required"]) == {"type", "title", "status", "detail"}
    for path, methods in record["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
            assert operation["tags"], path


def test_description__what_the_issue_asks_for__is_there(client: AppClient) -> None:
    paths = set(client.get("/api/v1/openapi.json").json()["paths"])

    wanted = ("head", "votes", "votes/{vote}", "votes/{vote}/result", "funds", "payments", "evidence", "blocks")
    assert {f"/api/v1/{name}" for name in (*wanted, "ballots", "ballots/{code}", "feed/head")} <= paths
    assert {"/health", "/ready"} <= paths


def test_ready__sealed_head__is_ready(client: AppClient, town: Town) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready", "height": town.chain.head().number}


def test_ready__head_without_a_seal__is_not(town: Town) -> None:
    class Unsealed:
        def __getattr__(self, name: str) -> object:
            return (lambda height: None) if name == "seal" else getattr(town.chain, name)

    client = AppClient(create_app(town.services(chain=Unsealed())))

    assert_problem(client.get("/ready"), 503, "not-ready")
    assert "no seal yet" in client.get("/", headers={"accept": "text/html"}).text
