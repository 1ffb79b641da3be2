"""Tests use a server that runs already where the environment names one, and leave nothing on it."""

from __future__ import annotations

import os

import pytest
from tests.clients import Postgres
from tests.engines import Servers, missing
from tests.servers import Server


def test_a_server_that_runs_already_is_used(postgres_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWEL_TEST_POSTGRES_URL", f"{postgres_server.url}/")
    assert missing("postgres") is None
    servers, client = Servers(), Postgres(server=postgres_server)
    url = servers.databases("postgres").take(fresh=True)
    name = f"newel_{os.getpid()}_1"
    assert url == f"{postgres_server.url}/{name}"
    assert name in client.run("SELECT datname FROM pg_database;")
    servers.stop()
    assert name not in client.run("SELECT datname FROM pg_database;")
    assert postgres_server.ready(), "it is somebody else's to stop"
    client.close()
