"""A network that faults are tried on, shared by the tests of a module; the table at the end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.engines import cometbft_binary
from tests.faults.network import FaultyNetwork
from tests.faults.report import print_report, save_report
from tests.faults.trial import Run, Trial

ALL_VARIABLE = "ORTAQ_FAULTS"
"""Set by `make faults`; a file's name in ORTAQ_FAULTS_JSON gets the table."""
REPORT_VARIABLE = "ORTAQ_FAULTS_JSON"
SIZE = 4

RUNS: list[Run] = []

# Tests that are told to end close their networks first: their processes would go on without them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skipif(ALL_VARIABLE not in os.environ, reason="takes minutes: make faults"))


def pytest_terminal_summary() -> None:
    if RUNS:
        print_report(RUNS, Console(width=120))
        if path := os.environ.get(REPORT_VARIABLE):
            save_report(RUNS, Path(path))


class Stage:
    """Keeps one network for tests that leave it sound; the next test after a failure gets a new one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trial: Trial | None = None
        self._made = 0

    def trial(self) -> Trial:
        if self._trial is not None and not self._trial.is_sound:
            self.close()
        if self._trial is None:
            self._made += 1
            network = FaultyNetwork(self._folder / str(self._made), ["pyevm"] * SIZE)
            try:
                network.open()
            except BaseException:
                network.close()
                raise
            self._trial = Trial(network, RUNS.append)
        return self._trial

    def close(self) -> None:
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.network.close()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    cometbft_binary()
    made = Stage(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()


@pytest.fixture
def trial(stage: Stage) -> Trial:
    """Four members of one network, all well."""
    return stage.trial()
