"""Reading JSON that somebody else wrote.

Nested too deep, it would overflow the stack of Python's parser, which counts on a recursion limit that libraries raise.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 64
TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
"""Strings, so that brackets in them do not count, and brackets. A string that does not end goes to the end."""


class DeepJsonError(ValueError):
    """Brackets within brackets, deeper than any record here."""


def parse_json(
    data: bytes, pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None, max_depth: int = MAX_DEPTH
) -> Any:
    """As `json.loads`, of UTF-8.

    Errors  ValueError for bytes that are no JSON in UTF-8; DeepJsonError, which is one, above `max_depth`.
    """
    text = data.decode("utf-8")
    depth = 0
    for token in TOKEN.finditer(text):
        first = token.group()[0]
        depth += (first in "[{") - (first in "]}")
        if depth > max_depth:
            raise DeepJsonError(f"more than {max_depth} brackets within one another")
    return json.loads(text, object_pairs_hook=pairs_hook)
