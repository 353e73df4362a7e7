"""A real Kubo for the tests of this folder; skipped with a line where it is not built, required in CI."""

from collections.abc import Iterator

import pytest

from tests.engines import kubo_binary
from tests.node.evidence.kubo_daemon import KuboDaemon


@pytest.fixture(scope="module")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboDaemon]:
    daemon = KuboDaemon(kubo_binary(), tmp_path_factory.mktemp("kubo"))
    yield daemon
    daemon.stop()


@pytest.fixture
def newer_kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboDaemon]:
    """A daemon whose owner chose Kubo's newer import profile: 1 MiB chunks and 1,024 links."""
    daemon = KuboDaemon(kubo_binary(), tmp_path_factory.mktemp("kubo-2025"), "unixfs-v1-2025")
    yield daemon
    daemon.stop()
