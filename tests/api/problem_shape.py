"""The one shape of an error."""

import re

from httpx import Response

KEBAB = re.compile(r"[a-z]+(-[a-z]+)*")


def assert_problem(response: Response, status: int, code: str | None = None) -> None:
    """RFC 9457: the media type, the members, and nothing of our insides."""
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "application/problem+json"
    record = response.json()
    assert {"type", "title", "status", "detail"} <= set(record)
    assert record["status"] == status
    assert KEBAB.fullmatch(record["type"])
    assert record["detail"]
    assert "Traceback" not in response.text
    assert ".py" not in response.text
    if code is not None:
        assert record["type"] == code
