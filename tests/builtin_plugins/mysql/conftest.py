"""The MariaDB server of this process of tests, with a database for each test."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.mysql import opened
from tests.engines import Servers, wanted
from tests.servers import Absent, Server


@pytest.fixture(scope="session")
def server(servers: Servers) -> Server:
    if "mysql" not in wanted():
        pytest.skip("NEWEL_TEST_ENGINES leaves MariaDB out, or it is not installed")
    try:
        return servers.databases("mysql").server
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(autouse=True)
def _served(server: Server) -> None:
    opened.use(server)
