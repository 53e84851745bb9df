"""Every test of this folder has the marker ``faults`` and the servers it breaks for itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.machine import Postgres, Redis

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("faults")


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, started."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Valkey of the test's own, started."""
    server = Redis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()
