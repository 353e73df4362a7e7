"""Lists that grow are read from the newest item down, a page at a time."""

from typing import Annotated

from fastapi import Query

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MAX_CODES = 1000
MAX_STATEMENTS = 500

Before = Annotated[
    int | None, Query(ge=0, lt=2**63, description="only items with a lower number than this; by default the newest")
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="items of one page")]
CodeLimit = Annotated[int, Query(ge=1, le=MAX_CODES, description="codes of one page")]

Statements = Annotated[int, Query(ge=1, le=MAX_STATEMENTS, description="statements of one page")]


def next_page(path: str, before: int, limit: int) -> str:
    """The address of the part of the list below a number."""
    suffix = "" if limit == DEFAULT_LIMIT else f"&limit={limit}"
    return f"{path}?before={before}{suffix}"


def numbers(total: int, before: int | None, limit: int) -> list[int]:
    """Numbers of a page of things that are numbered from 1 to `total`, from the newest down."""
    newest = total if before is None else min(total, before - 1)
    return list(range(newest, max(newest - limit, 0), -1))
