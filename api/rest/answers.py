"""Answers that are no success, as OpenAPI documents them."""

from http import HTTPStatus
from typing import Any

from api.models.base import Problem
from api.problems import MEDIA_TYPE

UNKNOWN = int(HTTPStatus.NOT_FOUND)
INVALID = int(HTTPStatus.UNPROCESSABLE_ENTITY)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem details for each of these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def problem_schema() -> dict[str, Any]:
    return Problem.model_json_schema()
