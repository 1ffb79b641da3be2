"""Where the server may be, and what is said when it cannot be used."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.mysql.opened import admin, name_of, opened, url
from tests.servers import Server
from tests.support import free_port

from newel.errors import BootError
from newel.testing import make_app
from newel_mysql import opening
from newel_mysql.address import address_of
from newel_mysql.sessions import kind_of

pytestmark = pytest.mark.engine
SECRET = "p@ss:w/rd?#%"
CODED = "p%40ss%3Aw%2Frd%3F%23%25"


async def refusal(folder: Path, url: str, **config: Any) -> str:
    with pytest.raises(BootError) as caught:
        async with make_app(["mysql"], {"database": {"url": url}, "mysql": config}, folder=folder):
            pass
    assert "p@ss" not in str(caught.value)
    assert "p%40ss" not in str(caught.value)
    return caught.value.detail


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://", "names no host"),
        ("mysql:///newel", "names no host"),
        ("mysql://root@host", "names no database"),
        ("mysql://root@host/a/b", "names no database"),
        ("mysql://host/newel", "names no user"),
        ("mysql://root:p%40ss@host:x/newel", "cannot be read"),
        ("mysql://root:p@ss#word@host/newel", "names no database"),
        ("mysql://root@host/newel?ssl-mode", "cannot be read"),
        ("mysql://root@host/newel?sslmode=require", "unknown option 'sslmode'. There are ssl_mode, ssl_ca"),
        ("mysql://root@host/newel?ssl_mode=maybe", "ssl_mode is one of disabled, preferred, required"),
        ("mysql://root@host/newel?ssl_mode=disabled&ssl-mode=disabled", "twice"),
        ("mysql://root@host/newel?ssl_ca=", "has no value"),
        ("mysql://root@host/newel?ssl_key=key.pem", "needs ssl_cert"),
        ("mysql://root@host/newel?ssl_ca=gone.pem", "a file of the TLS options cannot be used: No such file"),
    ],
)
async def test_a_wrong_url(tmp_path: Path, url: str, said: str) -> None:
    assert said in await refusal(tmp_path, url)


def test_what_a_url_says() -> None:
    folder = Path("/site")
    one = address_of(f"mariadb://me:{CODED}@db.example:3307/new%20el?ssl-mode=VERIFY_CA&ssl_ca=ca.pem", folder)
    assert (one.host, one.port, one.user, one.database) == ("db.example", 3307, "me", "new el")
    assert (one.password.reveal(), one.tls, one.files) == (SECRET, "verify_ca", {"ssl_ca": folder / "ca.pem"})
    assert SECRET not in repr(one)
    assert address_of("mysql://me@[::1]/newel", folder).host == "::1"
    assert address_of("mysql://me@h/newel?ssl_ca=/ca.pem", folder).tls == "verify_identity"
    socket = address_of("mysql://me@/newel?unix_socket=/run/mysqld.sock", folder)
    assert (socket.unix_socket, socket.tls) == ("/run/mysqld.sock", "preferred")


async def test_nobody_listens(tmp_path: Path) -> None:
    said = await refusal(tmp_path, f"mysql://root:p%40ss@127.0.0.1:{free_port()}/newel")
    assert "cannot reach 127.0.0.1:" in said
    assert "Start the server" in said


async def test_somebody_listens_and_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        said = await refusal(tmp_path, f"mysql://root@127.0.0.1:{port}/newel", connect_seconds=0.2)
    assert "no answer within 0.2 seconds" in said


async def test_a_wrong_password(tmp_path: Path) -> None:
    said = await refusal(tmp_path, url("newel", account="root:p%40ss"))
    assert "refuses the account 'root': wrong name or password" in said


async def test_a_password_of_any_characters(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(
        f"CREATE DATABASE {name}", f"CREATE USER {name} IDENTIFIED BY '{SECRET}ü'", f"GRANT ALL ON {name}.* TO {name}"
    )
    given = {"database": {"url": url(name, account=f"{name}:{CODED}%C3%BC")}}
    async with make_app(["mysql"], given, folder=tmp_path):
        pass


async def test_a_missing_database(tmp_path: Path) -> None:
    assert "Make it: CREATE DATABASE `no_such`" in await refusal(tmp_path, url("no_such"))


async def test_an_account_that_may_only_read(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(f"CREATE DATABASE {name}", f"CREATE USER {name}", f"GRANT SELECT ON {name}.* TO {name}")
    said = await refusal(tmp_path, url(name, account=name))
    assert f"the account '{name}' may not make tables in '{name}'" in said
    assert "GRANT ALL" in said


async def test_a_server_that_only_reads(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(
        f"CREATE DATABASE {name}", f"CREATE USER {name}", f"GRANT ALL ON {name}.* TO {name}", "SET GLOBAL read_only = 1"
    )
    try:
        assert "is read-only" in await refusal(tmp_path, url(name, account=name))
    finally:
        await admin("SET GLOBAL read_only = 0")


@pytest.mark.parametrize(
    ("version", "oldest"),
    [("10.5.28-MariaDB-ubu2004", "MariaDB 10.6"), ("8.0.18", "MySQL 8.0.19"), ("5.7.44-log", "8.0.19")],
)
async def test_an_old_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, oldest: str) -> None:
    name = name_of(tmp_path)
    await admin(f"CREATE DATABASE {name}")
    monkeypatch.setattr(opening, "kind_of", lambda text: kind_of(version))
    said = await refusal(tmp_path, url(name))
    assert oldest in said
    assert "Upgrade it" in said


async def test_a_server_without_innodb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = opening._run

    async def without(raw: Any, text: str) -> Any:
        return [("MyISAM", "DEFAULT"), ("InnoDB", "NO")] if text == "SHOW ENGINES" else await run(raw, text)

    name = name_of(tmp_path)
    await admin(f"CREATE DATABASE {name}")
    monkeypatch.setattr(opening, "_run", without)
    assert "has no InnoDB" in await refusal(tmp_path, url(name))


async def test_too_many_connections(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(
        f"CREATE DATABASE {name}",
        f"CREATE USER {name} WITH MAX_USER_CONNECTIONS 1",
        f"GRANT ALL ON *.* TO {name}",
    )
    given = {"database": {"url": url(name, account=name)}, "mysql": {"pool_min": 1}}
    async with make_app(["mysql"], given, folder=tmp_path):
        assert "has too many connections" in await refusal(tmp_path, url(name, account=name))
    assert "let one connection in, and no more" in await refusal(tmp_path, url(name, account=name), pool_min=2)


async def test_tls_that_the_server_has_not(tmp_path: Path) -> None:
    said = await refusal(tmp_path, url("newel", "?ssl_mode=required"))
    assert "refuses TLS" in said
    assert "ssl_mode=disabled" in said


async def test_a_missing_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncmy", None)
    assert await refusal(tmp_path, url("newel")) == (
        "MariaDB and MySQL need the driver asyncmy: pip install 'newel[mysql]'"
    )


async def test_a_unix_socket(tmp_path: Path, server: Server) -> None:
    path = server.log.parent / "socket"
    name = name_of(tmp_path)
    await admin(f"CREATE DATABASE {name}")
    given = {"database": {"url": f"mysql://root@/{name}?unix_socket={path}"}}
    async with make_app(["mysql"], given, folder=tmp_path):
        pass
    assert "cannot reach" in await refusal(tmp_path, f"mysql://root@/{name}?unix_socket=gone.sock")


async def test_an_empty_database_gets_a_collation_that_compares_bytes(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(f"CREATE DATABASE {name} CHARACTER SET latin1")
    async with opened(tmp_path) as db:
        await db.execute("CREATE TABLE t (id VARCHAR(20) PRIMARY KEY)")
        for text in ("a", "A", "a ", "ä", "👍"):
            await db.execute("INSERT INTO t VALUES (:id)", {"id": text})


async def test_a_used_database_of_another_collation_is_left_alone(tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(f"CREATE DATABASE {name} CHARACTER SET latin1", f"CREATE TABLE {name}.theirs (id INTEGER)")
    async with opened(tmp_path):
        pass
    found = await admin(f"SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = '{name}'")
    assert found[0][0].startswith("latin1")
