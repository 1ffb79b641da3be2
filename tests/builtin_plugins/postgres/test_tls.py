"""TLS with a certificate made for the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builtin_plugins.postgres.opened import Databases
from tests.servers import Absent, postgres

from newel.errors import BootError

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SECURE = "SELECT ssl::int AS tls FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def secure() -> Iterator[tuple[Databases, Path]]:
    """A server with TLS for ``localhost``, and the certificate of its authority."""
    try:
        context = postgres()
        server = context.__enter__()
    except Absent as absent:
        pytest.skip(str(absent))
    data = server.log.parent / "data"
    owner = data.stat()
    key, certificate = data / "server.key", data / "server.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key),
         "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o600)
    for file in (key, certificate):
        os.chown(file, owner.st_uid, owner.st_gid)
    server.stop()
    server.command = [*server.command, "-c", "ssl=on"]
    server.start()
    yield Databases(server), certificate
    context.__exit__(None, None, None)


@pytest.fixture
def databases(secure: tuple[Databases, Path]) -> Iterator[Databases]:
    yield secure[0]
    secure[0].drop()


async def url(databases: Databases, folder: Path, host: str, options: str) -> str:
    return f"{await databases.url(folder)}?{options}".replace("127.0.0.1", host)


@pytest.mark.parametrize(
    ("host", "options", "encrypted"),
    [
        ("127.0.0.1", "sslmode=disable", 0),
        ("127.0.0.1", "application_name=x", 1),
        ("127.0.0.1", "sslmode=require", 1),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert={ca}", 1),
        ("localhost", "sslmode=verify-full&sslrootcert={ca}", 1),
    ],
)
async def test_modes(
    databases: Databases, secure: tuple[Databases, Path], tmp_path: Path, host: str, options: str, encrypted: int
) -> None:
    given = await url(databases, tmp_path, host, options.format(ca=secure[1]))
    async with databases.opened(tmp_path, given) as db:
        assert await db.fetch_one(SECURE) == {"tls": encrypted}


@pytest.mark.parametrize(
    ("host", "options", "said"),
    [
        ("127.0.0.1", "sslmode=verify-full&sslrootcert={ca}", "IP address mismatch"),
        ("localhost", "sslmode=verify-full", "not trusted"),
        ("localhost", "sslmode=verify-ca&sslrootcert=system", "not trusted"),
    ],
)
async def test_a_server_that_is_not_who_it_should_be(
    databases: Databases, secure: tuple[Databases, Path], tmp_path: Path, host: str, options: str, said: str
) -> None:
    given = await url(databases, tmp_path, host, options.format(ca=secure[1]))
    with pytest.raises(BootError) as caught:
        async with databases.opened(tmp_path, given):
            pass
    assert said in caught.value.detail
    assert "sslrootcert" in caught.value.detail
    assert "\n" not in caught.value.detail


async def test_a_cancelled_statement_is_stopped_through_tls(databases: Databases, tmp_path: Path) -> None:
    import asyncio

    given = await url(databases, tmp_path, "127.0.0.1", "sslmode=require")
    async with databases.opened(tmp_path, given, pool_max=1) as db, asyncio.timeout(30):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await db.fetch_one("SELECT pg_sleep(60)::text AS nothing")
        assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}
