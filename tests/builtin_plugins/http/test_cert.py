"""``newel cert``: what it makes is served and trusted, what it is asked about it tells, in words and exit codes."""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.builtin_plugins.http.pairs import write_pair
from tests.support import free_port

from newel.contracts.http import HttpServer
from newel.testing import FakeAccounts, make_app
from newel.testing.command import Outcome, run_command

pytestmark = pytest.mark.may_block  # tests read and write certificates


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "newel.toml").touch()
    return tmp_path


def cert(here: Path, *arguments: str) -> Outcome:
    return run_command("cert", *arguments, site=here)


@pytest.mark.parametrize("ca", [False, True])
async def test_what_is_made_is_served_and_trusted_by_who_was_told(here: Path, ca: bool) -> None:
    told = await asyncio.to_thread(cert, here, "generate", *(["--ca"] if ca else []))
    assert told.code == 0, told.err
    made = here / "certs"
    assert {one.name: one.stat().st_mode & 0o777 for one in made.iterdir()} == dict.fromkeys(
        ["newel.pem", "newel-key.pem", *(["ca.pem", "ca-key.pem"] if ca else [])], 0o600
    )
    http = {"certificate": "certs/newel.pem", "key": "certs/newel-key.pem"}
    assert "localhost, 127.0.0.1, ::1" in told.out
    assert '  certificate = "certs/newel.pem"' in told.out
    async with make_app(["http", FakeAccounts.manifest], {"http": http}, folder=here, serving=True) as app:
        port = app.need(HttpServer).url.rpartition(":")[2]
        context = ssl.create_default_context(cafile=made / ("ca.pem" if ca else "newel.pem"))
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"https://localhost:{port}/livez", ssl=context) as answer,
        ):
            assert answer.status == 200
        seen = await asyncio.to_thread(cert, here, "check", f"127.0.0.1:{port}", "--json")
        assert (seen.code, seen.json()["trusted"], seen.json()["errors"]) == (3, "no", [])
        assert seen.json()["fingerprint"] in told.out


def test_names_may_be_given_and_the_host_of_the_site_is_one(here: Path) -> None:
    assert (
        cert(here, "generate", "--name", "cms.example.org", "--name", "10.0.0.7", "--name", "bücher.example").code == 0
    )
    told = cert(here, "check", str(here / "certs/newel.pem"), "--json").json()
    assert told["names"] == "cms.example.org, xn--bcher-kva.example, 10.0.0.7"
    (here / "newel.toml").write_text('[http]\nhost = "192.0.2.7"\n')
    assert "192.0.2.7" in cert(here, "generate", "--yes").out
    assert (
        cert(here, "generate", "--yes", "--name", "a b").err == "newel: 'a b' is neither a host's name nor an address\n"
    )
    assert cert(here, "generate", "--yes", "--name", "a b").code == 2


def test_nothing_is_replaced_unasked_and_the_authority_stays(here: Path) -> None:
    assert cert(here, "generate", "--ca").code == 0
    before = {one.name: one.read_bytes() for one in (here / "certs").iterdir()}
    told = cert(here, "generate", "--ca")
    assert (told.code, "--yes replaces it" in told.err) == (4, True)
    assert {one.name: one.read_bytes() for one in (here / "certs").iterdir()} == before
    assert cert(here, "generate", "--ca", "--yes").code == 0
    assert (here / "certs/ca.pem").read_bytes() == before["ca.pem"]
    assert (here / "certs/newel.pem").read_bytes() != before["newel.pem"]
    (here / "certs/ca-key.pem").write_bytes(before["newel-key.pem"])
    assert "does not belong to its certificate" in cert(here, "generate", "--ca", "--yes").err
    (here / "certs/ca.pem").write_text("nonsense")
    assert "cannot be read" in cert(here, "generate", "--ca", "--yes").err
    (here / "certs/ca-key.pem").unlink()  # its owner keeps it elsewhere
    told = cert(here, "generate", "--ca", "--yes")
    assert (told.code, "ca.pem is there without ca-key.pem" in told.err) == (4, True)
    assert (here / "certs/ca.pem").read_text() == "nonsense"


@pytest.mark.parametrize("name", ["", "a b", "x" * 300])
def test_what_is_no_name_is_told_before_anything_is_written(here: Path, name: str) -> None:
    told = cert(here, "generate", "--ca", "--name", name)
    assert (told.code, told.err) == (2, f"newel: '{name}' is neither a host's name nor an address\n")
    assert not (here / "certs").exists()


def checked(folder: Path, *more: str) -> Outcome:
    return cert(folder, "check", str(folder / "cert.pem"), *more)


def test_a_certificate_of_a_file_is_told_of(here: Path) -> None:
    certificate, key = write_pair(here)
    told = checked(here, "--key", str(key), "--name", "localhost")
    assert (told.code, told.err) == (0, "")
    assert "names        localhost, 127.0.0.1" in told.out
    assert "key          belongs to it" in told.out
    key.chmod(0o644)
    assert "warning: everybody on this machine may read" in checked(here, "--key", str(key)).out
    assert checked(here, "--key", str(key)).code == 3
    assert "error: it is not for example.org" in checked(here, "--name", "example.org").out
    (here / "other").mkdir()
    other = write_pair(here / "other")
    assert "does not belong to it" in checked(here, "--key", str(other[1])).out
    certificate.write_bytes(certificate.read_bytes() + other[0].read_bytes().replace(b"\r", b""))
    assert "error: the chain is broken: CN=localhost did not sign" in checked(here).out
    write_pair(here / "other", passphrase=b"secret")
    assert "encrypted" in checked(here, "--key", str(other[1])).out


@pytest.mark.parametrize(
    ("days", "code", "told"), [(-1, 1, "error: it has expired"), (10, 3, "warning: it expires in"), (40, 0, "expires")]
)
def test_the_end_is_told(here: Path, days: int, code: int, told: str) -> None:
    write_pair(here, days=days)
    found = checked(here)
    assert (found.code, told in found.out) == (code, True)


def test_the_sites_own_pair_is_what_is_checked_without_an_argument(here: Path) -> None:
    assert "http.certificate is not set" in cert(here, "check").err
    write_pair(here)
    (here / "newel.toml").write_text('[http]\ncertificate = "cert.pem"\nkey = "key.pem"\n')
    told = cert(here, "check")
    assert (told.code, "key          belongs to it" in told.out) == (0, True)


def test_what_is_no_certificate_is_told_in_a_line(here: Path) -> None:
    assert (cert(here, "check", str(here / "none.pem")).code, cert(here, "check", str(here / "newel.toml")).code) == (
        5,
        5,
    )
    (here / "odd").write_text("nonsense")
    assert cert(here, "check", str(here / "odd")).err.endswith("holds no certificate in PEM form\n")
    told = cert(here, "check", f"127.0.0.1:{free_port()}")
    assert (told.code, "no TLS at 127.0.0.1" in told.err) == (5, True)


def test_without_the_package_it_says_which(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith("newel_http.certs.")]:
        if not name.endswith("commands"):
            monkeypatch.delitem(sys.modules, name)
    missing: Any = None
    monkeypatch.setitem(sys.modules, "cryptography", missing)
    told = cert(here, "generate")
    assert (told.code, "pip install 'newel[cert]'" in told.err) == (1, True)
