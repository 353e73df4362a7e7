"""Sets when the embedded engine compiles runs."""

import pytest

from node.execution.pyevm import program

NEVER = 10**9


def set_slow_entries(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Compile each run after `count` entries, in programs read from now on."""
    monkeypatch.setattr(program, "SLOW_ENTRIES", count)
    program.read_program.cache_clear()
