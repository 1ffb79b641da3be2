"""TLS with a certificate made for the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builtin_plugins.mysql import opened as place
from tests.builtin_plugins.mysql.opened import admin, name_of, url
from tests.servers import Absent, Server, mysql

from newel.contracts.database import Database
from newel.errors import BootError
from newel.testing import make_app

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def secure() -> Iterator[tuple[Server, Path]]:
    """A server with TLS for ``localhost``, and the certificate of its authority."""
    try:
        context = mysql()
        server = context.__enter__()
    except Absent as absent:
        pytest.skip(str(absent))
    folder = server.log.parent
    owner = folder.stat()
    key, certificate = folder / "server.key", folder / "server.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key),
         "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    for file in (key, certificate):
        os.chown(file, owner.st_uid, owner.st_gid)
    server.stop()
    server.command = [*server.command, f"--ssl-cert={certificate}", f"--ssl-key={key}"]
    server.start()
    yield server, certificate
    context.__exit__(None, None, None)


@pytest.fixture
def certificate(secure: tuple[Server, Path], server: Server) -> Iterator[Path]:
    place.use(secure[0])
    yield secure[1]
    place.use(server)


async def secured(folder: Path, host: str, options: str, account: str = "root") -> bool:
    """Whether a site connects with TLS; ``BootError`` where it does not start."""
    name = name_of(folder)
    await admin("SET sql_notes = 0", f"CREATE DATABASE IF NOT EXISTS {name}")
    given = {"database": {"url": url(name, options, account).replace("127.0.0.1", host)}}
    async with make_app(["mysql"], given, folder=folder) as app:
        row = await app.need(Database).fetch_one(
            "SELECT variable_value AS v FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER'"
        )
        return bool(row is not None and row["v"])


@pytest.mark.parametrize(
    ("host", "options", "encrypted"),
    [
        ("127.0.0.1", "?ssl_mode=disabled", False),
        ("127.0.0.1", "", True),
        ("127.0.0.1", "?ssl-mode=REQUIRED", True),
        ("127.0.0.1", "?ssl_mode=verify_ca&ssl_ca={ca}", True),
        ("localhost", "?ssl_mode=verify_identity&ssl_ca={ca}", True),
        ("localhost", "?ssl_ca={ca}", True),
    ],
)
async def test_what_is_encrypted(certificate: Path, tmp_path: Path, host: str, options: str, encrypted: bool) -> None:
    assert await secured(tmp_path, host, options.format(ca=certificate)) is encrypted


@pytest.mark.parametrize("options", ["?ssl_mode=verify_ca", "?ssl_mode=verify_identity"])
async def test_a_certificate_that_nobody_vouches_for(certificate: Path, tmp_path: Path, options: str) -> None:
    with pytest.raises(BootError, match="is not trusted: self-signed certificate"):
        await secured(tmp_path, "localhost", options)


async def test_a_certificate_of_another_host(certificate: Path, tmp_path: Path) -> None:
    with pytest.raises(BootError, match=r"is not trusted: .*127\.0\.0\.1") as caught:
        await secured(tmp_path, "127.0.0.1", f"?ssl_ca={certificate}")
    assert "the host as the certificate does" in caught.value.detail


async def test_an_account_that_must_use_tls(certificate: Path, tmp_path: Path) -> None:
    name = name_of(tmp_path)
    await admin(f"CREATE USER {name} REQUIRE SSL", f"GRANT ALL ON *.* TO {name}")
    assert await secured(tmp_path, "127.0.0.1", "", name)
    with pytest.raises(BootError, match="refuses the account"):
        await secured(tmp_path, "127.0.0.1", "?ssl_mode=disabled", name)
