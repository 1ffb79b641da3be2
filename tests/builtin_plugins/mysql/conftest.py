"""A real MariaDB for these tests: one server for all, a database for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.builtin_plugins.mysql import opened
from tests.servers import Absent, Server, mysql


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    try:
        with mysql() as started:
            yield started
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(autouse=True)
def _served(server: Server) -> None:
    opened.use(server)
