"""A PostgreSQL server for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.builtin_plugins.postgres.opened import Databases
from tests.servers import Absent, Server, postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    try:
        context = postgres()
        server = context.__enter__()
    except Absent as absent:
        pytest.skip(str(absent))
    yield server
    context.__exit__(None, None, None)


@pytest.fixture
def databases(postgres_server: Server) -> Iterator[Databases]:
    made = Databases(postgres_server)
    yield made
    made.drop()
