"""What is said when the database cannot be opened: one line, with a remedy and without the password."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import evolve
from tests.builtin_plugins.postgres.opened import Databases
from tests.support import free_port

from newel import Secret
from newel.errors import BootError, Transient
from newel.testing import make_app
from newel_postgres.address import Address, address_of
from newel_postgres.opening import Facts, unfit

pytestmark = pytest.mark.engine
PASSWORD = "s3cr-t%2Fw"
FACTS = Facts(150018, "15.18 (Debian)", "UTF8", "public", "me", 0, "on", 1)
HERE = Address(host="db", user="me", database="newel")


async def refusal(folder: Path, url: str, **config: float) -> str:
    log = io.StringIO()
    with pytest.raises(BootError) as caught:
        async with make_app(["postgres"], {"database": {"url": url}, "postgres": config}, folder=folder, log=log):
            pass
    assert "s3cr" not in log.getvalue()
    detail = caught.value.detail
    assert "\n" not in detail
    assert "s3cr" not in detail
    assert "s3cr" not in repr(caught.value.__cause__)
    return detail


@asynccontextmanager
async def role(databases: Databases, name: str, folder: Path) -> AsyncIterator[str]:
    """A role without rights, and the URL by which it comes."""
    await databases.admin(f"CREATE ROLE {name} LOGIN PASSWORD 's3cr-t/w'")
    try:
        yield (await databases.url(folder)).replace("postgres@", f"{name}:{PASSWORD}@")
    finally:
        await databases.admin(f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:s3cr#t@db/newel", "cannot be read"),
        ("postgresql://me:s3cr/t@db/newel", "cannot be read"),
        ("postgresql://me:12?s3cr@db/newel", "not encoded"),
        ("postgresql://me:s3cret@db", "names no database"),
        ("postgresql://me:s3cret@db/", "names no database"),
        ("postgresql://me:s3cret@db/a/b", "names no database"),
        ("postgresql://me:s3cret@db:port/newel", "host or port"),
        ("postgresql://me:s3cret@db/newel?sslmod=require", "no option is called 'sslmod'. There are: host"),
        ("postgresql://me:s3cret@db/newel?sslmode=yes", "sslmode is one of disable, prefer, require"),
        ("postgresql://me:s3cret@db/newel?port=0", "port is a number"),
        ("postgresql://me:s3cret@db/newel?host=a&host=b", "stands there twice"),
        ("postgresql://me:s3cret@db/newel?host", "name=value"),
        ("postgresql://me:s3cret@db/newel?sslmode=verify-full&sslrootcert=gone.pem", "certificates cannot be read"),
    ],
)
async def test_a_url_that_is_none(url: str, said: str, tmp_path: Path) -> None:
    assert said in await refusal(tmp_path, url)


def test_what_a_url_says(tmp_path: Path) -> None:
    url = "postgres://m%40e:p%2Fw@db.example:5433/my%20site?application_name=web&sslmode=verify-full&sslrootcert=ca.pem"
    found = address_of(url, tmp_path)
    assert (found.host, found.port, found.user, found.database) == ("db.example", 5433, "m@e", "my site")
    assert (found.password.reveal(), found.application_name) == ("p/w", "web")
    assert (found.tls.mode, found.tls.authority) == ("verify-full", tmp_path / "ca.pem")
    assert "p/w" not in repr(found)
    assert str(found) == "database 'my site' at db.example:5433"


@pytest.mark.parametrize("url", ["postgresql://me@/newel?host=/run/pg", "postgresql://me@%2Frun%2Fpg/newel"])
def test_a_host_may_be_the_folder_of_a_socket(url: str, tmp_path: Path) -> None:
    found = address_of(url, tmp_path)
    assert (found.host, found.socket, found.tls.mode) == ("/run/pg", True, "disable")


async def test_nobody_listens(tmp_path: Path) -> None:
    said = await refusal(tmp_path, f"postgresql://me:{PASSWORD}@127.0.0.1:{free_port()}/newel")
    assert "cannot be reached" in said
    assert "Start the server" in said


async def test_no_such_socket(tmp_path: Path) -> None:
    assert "cannot be reached" in await refusal(tmp_path, f"postgresql://me@/newel?host={tmp_path}")


async def test_a_host_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://me:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/newel"
        assert "does not answer" in await refusal(tmp_path, url, connect_seconds=0.2)


async def test_a_database_that_is_missing(databases: Databases, tmp_path: Path) -> None:
    said = await refusal(tmp_path, f"{databases.server.url}/newel_gone")
    assert "there is no database 'newel_gone'" in said
    assert "createdb" in said


async def test_a_wrong_password(databases: Databases, tmp_path: Path) -> None:
    hba = databases.server.log.parent / "data" / "pg_hba.conf"
    before = hba.read_text("utf-8")
    async with role(databases, "newel_pw", tmp_path) as url:
        try:
            hba.write_text(f"host all newel_pw 127.0.0.1/32 scram-sha-256\n{before}", "utf-8")
            await databases.admin("SELECT pg_reload_conf()")
            assert "wrong password for 'newel_pw'" in await refusal(tmp_path, url.replace("s3cr", "s3crx"))
            await databases.admin("GRANT CREATE ON SCHEMA public TO newel_pw", url.rpartition("/")[2])
            async with databases.opened(tmp_path, url) as db:
                assert await db.fetch_one("SELECT current_user AS me") == {"me": "newel_pw"}
                assert "s3cr" not in repr(vars(db))
            await databases.admin("DROP OWNED BY newel_pw", url.rpartition("/")[2])
            hba.write_text(f"host all newel_pw 127.0.0.1/32 reject\n{before}", "utf-8")
            await databases.admin("SELECT pg_reload_conf()")
            assert "pg_hba.conf" in await refusal(tmp_path, url)
        finally:
            hba.write_text(before, "utf-8")
            await databases.admin("SELECT pg_reload_conf()")


async def test_a_server_without_room(databases: Databases, tmp_path: Path) -> None:
    async with role(databases, "newel_many", tmp_path) as url:
        name = url.rpartition("/")[2]
        await databases.admin("GRANT CREATE ON SCHEMA public TO newel_many", name)
        await databases.admin("ALTER ROLE newel_many CONNECTION LIMIT 2")
        try:
            async with databases.opened(tmp_path, url, pool_min=1, pool_max=5) as db:
                async with db.transaction(), db.transaction():
                    with pytest.raises(Transient) as caught:
                        await db.fetch_one("SELECT 1 AS one")
                    assert caught.value.reason == "database_busy"
                    assert "no connection left" in await refusal(tmp_path, url)
                assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}
        finally:
            await databases.admin("DROP OWNED BY newel_many", name)


async def test_no_right_to_create_tables(databases: Databases, tmp_path: Path) -> None:
    async with role(databases, "newel_poor", tmp_path) as url:
        said = await refusal(tmp_path, url)
    assert "may not create tables" in said
    assert 'GRANT CREATE ON SCHEMA "public" TO "newel_poor"' in said


async def test_a_database_that_is_not_utf_8(databases: Databases, tmp_path: Path) -> None:
    await databases.admin("CREATE DATABASE newel_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        assert "keeps text as LATIN1" in await refusal(tmp_path, f"{databases.server.url}/newel_latin")
    finally:
        await databases.admin("DROP DATABASE newel_latin")


async def test_tls_that_the_server_has_not(databases: Databases, tmp_path: Path) -> None:
    assert "has no TLS" in await refusal(tmp_path, f"{await databases.url(tmp_path)}?sslmode=require")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (evolve(FACTS, number=120022, version="12.22"), "PostgreSQL 12.22; Newel needs 13"),
        (evolve(FACTS, standby=1), "standby"),
        (evolve(FACTS, schema=None), "search_path"),
        (FACTS, ""),
    ],
)
def test_servers_that_cannot_be_had_here(facts: Facts, said: str) -> None:
    found = unfit(facts, evolve(HERE, password=Secret("s3cr")))
    assert said in found if said else not found
    assert "s3cr" not in found


async def test_a_driver_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("asyncpg", "newel_postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert "pip install 'newel[postgres]'" in await refusal(tmp_path, "postgresql://me@db/newel")


async def test_a_server_that_does_not_wait_for_the_disk_is_told_to(databases: Databases, tmp_path: Path) -> None:
    url = await databases.url(tmp_path)
    await databases.admin(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off")
    async with databases.opened(tmp_path) as db:
        assert await db.fetch_one("SHOW synchronous_commit") == {"synchronous_commit": "on"}


async def test_by_a_socket(databases: Databases, tmp_path: Path) -> None:
    place = databases.server.log.parent
    name = (await databases.url(tmp_path)).rpartition("/")[2]
    url = f"postgresql://postgres@/{name}?host={place}&port={databases.server.port}&application_name=by-socket"
    async with databases.opened(tmp_path, url) as db:
        assert await db.fetch_one("SELECT inet_client_addr() AS a") == {"a": None}
        assert await db.fetch_one("SHOW application_name") == {"application_name": "by-socket"}
        assert db.server.startswith("PostgreSQL 1")
