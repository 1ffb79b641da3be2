"""The door with a certificate of its own: what real clients see, what stops a start, what a renewal changes."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.builtin_plugins.http.pairs import write_pair
from tests.support import free_port

from newel.contracts.http import HttpServer
from newel.contracts.site import Finding, HealthCheck
from newel.errors import BootError
from newel.testing import FakeAccounts, FakeClock, make_app
from newel.testing.command import Outcome, run_command
from newel_http.tls import keeper
from newel_http.tls.contexts import pinned_context
from newel_http.tls.pair import read_pair

pytestmark = pytest.mark.may_block  # tests read and write certificates

Secured = Callable[..., Awaitable[Served]]


@pytest.fixture
def secured(serve: Serve, tmp_path: Path) -> Secured:
    async def enter(**http: Any) -> Served:
        certificate, key = write_pair(tmp_path)
        return await serve(**({"certificate": str(certificate), "key": str(key)} | http))

    return enter


def port_of(served: Served) -> int:
    return int(served.app.need(HttpServer).url.rpartition(":")[2])


async def ran(*arguments: str) -> tuple[int, str]:
    made = await asyncio.create_subprocess_exec(
        *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(20):
        out, _ = await made.communicate()
    return made.returncode or 0, out.decode()


async def shown(port: int) -> str:
    """The certificate that a client gets."""
    return await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port), timeout=10)


async def test_clients_that_know_the_certificate_speak_with_it(secured: Secured, tmp_path: Path) -> None:
    served = await secured()
    url = served.app.need(HttpServer).url
    assert url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz", ssl=context) as answer:
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Set-Cookie" not in answer.headers
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{url}/readyz")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_speaks_with_it_and_only_in_tls_1_2_and_newer(secured: Secured, tmp_path: Path) -> None:
    url = (await secured(hsts_seconds=5)).app.need(HttpServer).url
    trust = ("curl", "-sS", "--http1.1", "--cacert", str(tmp_path / "cert.pem"))
    code, told = await ran(*trust, "-i", "--tls-max", "1.2", f"{url}/livez")
    assert (code, '{"status":"alive"}' in told) == (0, True)
    assert "Strict-Transport-Security: max-age=5; includeSubDomains" in told
    assert (await ran(*trust, "--tls-max", "1.1", f"{url}/livez"))[0] != 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
async def test_openssl_agrees_on_http_1_1(secured: Secured, tmp_path: Path) -> None:
    port = port_of(await secured())
    code, told = await ran(
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-alpn", "h2,http/1.1", "-CAfile",
        str(tmp_path / "cert.pem"), "-verify_return_error",
    )  # fmt: skip
    assert code == 0
    assert "ALPN protocol: http/1.1" in told
    assert "TLSv1.3" in told


async def test_weak_ciphers_are_refused(secured: Secured, tmp_path: Path) -> None:
    port = port_of(await secured())
    context = pinned_context((tmp_path / "cert.pem").read_text())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):  # whichever the client meets first
        await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def test_plain_http_and_silence_end_without_a_word_in_the_log(
    secured: Secured, caplog: pytest.LogCaptureFixture
) -> None:
    served = await secured(header_seconds=0.2)
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00", b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        writer.write(data)
        async with asyncio.timeout(5):  # a handshake that does not go on is cut off after header_seconds
            rest = await reader.read()
        assert b"HTTP/" not in rest
        writer.close()
    assert (await shown(port_of(served))).startswith("-----BEGIN")
    assert "Traceback" not in served.log.getvalue() + caplog.text


async def test_slow_headers_and_floods_of_them_are_cut_off_inside_as_well(secured: Secured, tmp_path: Path) -> None:
    served = await secured(header_seconds=0.3)
    context = pinned_context((tmp_path / "cert.pem").read_text())
    flood = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n"
    for data, begins in ((b"GET /livez HTTP/1.1\r\nHos", b""), (flood, b"HTTP/1.0 431")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served), ssl=context)
        writer.write(data)
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert answer.startswith(begins)
        assert bool(answer) is bool(begins)
        writer.close()


async def test_a_renewed_certificate_is_shown_and_open_connections_stay(secured: Secured, tmp_path: Path) -> None:
    served = await secured()
    port, old = port_of(served), (tmp_path / "cert.pem").read_text()
    context = pinned_context(old)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    write_pair(tmp_path)
    plugin: Any = served.app.plugins["http"]
    await plugin._server.certificates.again()
    new = (tmp_path / "cert.pem").read_text()
    assert old != new == await shown(port)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()
    assert "a new certificate is in use" in served.log.getvalue()


async def test_of_two_readings_at_once_the_later_counts(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hangup comes while a round reads: what that has read is old by then."""
    served = await secured()
    plugin: Any = served.app.plugins["http"]
    certificates = plugin._server.certificates
    read, has_read, go_on = keeper.read_pair, threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> Any:
        pair = read(*arguments)
        if not has_read.is_set():
            has_read.set()
            assert go_on.wait(10)
        return pair

    monkeypatch.setattr(keeper, "read_pair", slowly)
    write_pair(tmp_path)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(certificates.again())
        await asyncio.to_thread(has_read.wait, 10)
        write_pair(tmp_path)
        later = tasks.create_task(certificates.again(asked=True))
        await asyncio.wait([later], timeout=0.2)  # it must not overtake; where it did, it has ended by now
        go_on.set()
    assert await shown(port_of(served)) == (tmp_path / "cert.pem").read_text()


async def test_a_file_that_may_be_read_at_last_is_read(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await secured()
    plugin: Any = served.app.plugins["http"]
    _, key = write_pair(tmp_path)
    with monkeypatch.context() as patch:  # root may read all

        def refuse(*_: Any) -> None:
            raise BootError("http.key: cannot read it: Permission denied")

        patch.setattr(keeper, "read_pair", refuse)
        await plugin._server.certificates.again()
    key.chmod(0o640)
    await plugin._server.certificates.again()
    assert await shown(port_of(served)) == (tmp_path / "cert.pem").read_text()


async def test_a_key_that_goes_away_while_it_is_read_ends_nothing(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path)

    class Going(type(key)):  # type: ignore[misc]  # the class of paths is this system's
        def stat(self, **_: Any) -> os.stat_result:
            raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(BootError, match="cannot be used together"):
        read_pair(certificate, Going(key), None)


def certificate_check(plugin: Any) -> HealthCheck:
    (check,) = (one for one in plugin.register_health_checks() if one.name == "http.certificate")
    assert not check.running  # `newel doctor` asks it of a stopped site
    return check


async def test_a_broken_renewal_keeps_the_old_pair_and_is_told(secured: Secured, tmp_path: Path) -> None:
    served = await secured()
    plugin: Any = served.app.plugins["http"]
    old = (tmp_path / "cert.pem").read_text()
    key = (tmp_path / "key.pem").read_bytes()
    write_pair(tmp_path)
    (tmp_path / "key.pem").write_bytes(key)
    check = certificate_check(plugin)
    await plugin._server.certificates.again()
    assert await shown(port_of(served)) == old
    found = await check.look()
    assert (check.name, found.state) == ("http.certificate", "failing")
    assert "does not belong to the certificate" in found.detail
    write_pair(tmp_path)
    await plugin._server.certificates.again()
    assert (await check.look()).state == "ok"


async def test_a_hangup_reads_the_files_again(secured: Secured, tmp_path: Path) -> None:
    served = await secured()
    write_pair(tmp_path)
    os.kill(os.getpid(), signal.SIGHUP)
    new = (tmp_path / "cert.pem").read_text()
    async with asyncio.timeout(5):
        while await shown(port_of(served)) != new:  # each look takes a handshake
            pass


@pytest.mark.parametrize(("days", "state", "word"), [(30, "ok", "good until"), (20, "warning", "expires on")])
async def test_a_certificate_that_expires_soon_is_told_of(tmp_path: Path, days: int, state: str, word: str) -> None:
    clock = FakeClock()
    certificate, key = write_pair(tmp_path, days=days, now=clock.now())
    http = {"certificate": str(certificate), "key": str(key)}
    async with make_app(["http", FakeAccounts.manifest], {"http": http}, serving=True, clock=clock) as app:
        plugin: Any = app.plugins["http"]
        check = certificate_check(plugin)
        found: Finding = await check.look()
        assert (found.state, word in found.detail) == (state, True)
        await clock.jump(86400 * days)
        assert (await check.look()).state == "failing"


async def test_the_certificate_of_a_closed_door_is_looked_at(tmp_path: Path) -> None:
    clock = FakeClock()
    certificate, key = write_pair(tmp_path, days=30, now=clock.now())
    http = {"certificate": str(certificate), "key": str(key)}
    async with make_app(["http", FakeAccounts.manifest], {"http": http}, clock=clock) as app:
        check = certificate_check(app.plugins["http"])
        assert (await check.look()).state == "ok"
        await clock.jump(86400 * 31)
        assert (await check.look()).state == "failing"
        key.write_bytes(b"hush")
        found = await check.look()
        assert (found.state, "hush" in found.detail) == ("failing", False)


async def test_a_site_without_a_certificate_has_no_check_of_it(served: Served) -> None:
    plugin: Any = served.app.plugins["http"]
    assert "http.certificate" not in [one.name for one in plugin.register_health_checks()]


def other_key(folder: Path) -> dict[str, Any]:
    (folder / "other").mkdir()
    return {"key": str(write_pair(folder / "other")[1])}


def written(data: bytes, setting: str = "key") -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        (folder / "odd.pem").write_bytes(data)
        return {setting: str(folder / "odd.pem")}

    return make


BROKEN_PEM = b"-----BEGIN CERTIFICATE-----\nhush\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (other_key, "does not belong to the certificate in"),
        (lambda folder: write_pair(folder, days=-1) and {}, "expired on"),
        (lambda folder: write_pair(folder, passphrase=b"x") and {}, "is encrypted, and http.key_passphrase is not set"),
        (lambda folder: write_pair(folder, passphrase=b"x") and {"key_passphrase": "y"}, "passphrase does not open"),
        (lambda folder: write_pair(folder, only_clients=True) and {}, "cannot be used together"),
        (lambda _: {"key": "not-there.pem"}, "http.key: cannot read"),
        (lambda _: {"certificate": "/"}, "http.certificate: cannot read /: Is a directory"),
        (lambda _: {"key": "-----BEGIN PRIVATE KEY-----\nhush"}, "are names of files"),
        (written(b"\x30\x82hush"), "is not in PEM form"),
        (written(b"x" * 1_100_000), "larger than"),
        (written(BROKEN_PEM), "cannot be used together"),
        (written(BROKEN_PEM, "certificate"), "cannot be used together"),
        (written(b"-----BEGIN PUBLIC KEY-----\nhush", "certificate"), "holds no certificate"),
    ],
)  # fmt: skip
async def test_a_pair_that_cannot_be_used_stops_the_start_in_a_line(
    tmp_path: Path, change: Callable[[Path], dict[str, Any]], told: str
) -> None:
    certificate, key = write_pair(tmp_path)
    known = {"certificate": str(certificate), "key": str(key)}
    more = change(tmp_path)
    with pytest.raises(BootError) as caught:
        async with make_app(["http", FakeAccounts.manifest], {"http": known | more}, serving=True):
            pass
    assert told in caught.value.detail
    assert "\n" not in caught.value.detail
    assert "hush" not in caught.value.detail


async def test_an_encrypted_key_with_its_passphrase_and_one_that_all_may_read(tmp_path: Path, serve: Serve) -> None:
    certificate, key = write_pair(tmp_path, passphrase=b"open sesame")
    key.chmod(0o644)
    served = await serve(certificate=str(certificate), key=str(key), key_passphrase="open sesame")
    assert await shown(port_of(served)) == certificate.read_text()
    assert "everybody on this machine may read http.key" in served.log.getvalue()
    assert "open sesame" not in served.log.getvalue()


@pytest.mark.parametrize("http", [{"certificate": "a"}, {"key": "a"}, {"redirect_port": 8080}])
def test_half_of_the_settings_is_a_mistake(http: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text("[http]\n" + "\n".join(f"{name} = {value!r}" for name, value in http.items()))
    told = run_command("check", site=tmp_path)
    assert told.code == 1
    assert "go together" in told.err or "nothing to send people to" in told.err


async def test_plain_http_is_sent_to_the_door_with_tls(secured: Secured) -> None:
    plain = free_port()
    served = await secured(redirect_port=plain)
    port, url = port_of(served), f"http://127.0.0.1:{plain}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/api/v1/things?a=b%20c", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (308, "no-store")
            assert answer.headers["Server"] == "newel"
            assert answer.headers["Location"] == f"https://127.0.0.1:{port}/api/v1/things?a=b%20c"
        for host in ("evil.example/x", "a b", "x@y", "[x]"):
            async with session.get(url, headers={"Host": host}, allow_redirects=False) as answer:
                assert answer.status == 400
        for asked in (session.post(url), session.get(url, headers={"Authorization": "Bearer x"})):
            async with asked as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "https_required")
    reader, writer = await asyncio.open_connection("127.0.0.1", plain)
    writer.write(b"nonsense\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.0 400")
    writer.close()


async def test_the_probe_knows_the_certificate_in_use_though_the_files_hold_another(tmp_path: Path) -> None:
    port = free_port()
    write_pair(tmp_path)
    (tmp_path / "newel.toml").write_text(f'[http]\nport = {port}\ncertificate = "cert.pem"\nkey = "key.pem"\n')
    http = {"port": port, "certificate": "cert.pem", "key": "key.pem"}
    async with make_app(["http", FakeAccounts.manifest], {"http": http}, folder=tmp_path, serving=True):
        assert await asyncio.to_thread(run_command, "probe", site=tmp_path) == Outcome(0, "ready\n", "")
        write_pair(tmp_path)
        assert await asyncio.to_thread(run_command, "probe", site=tmp_path) == Outcome(0, "ready\n", "")
        (tmp_path / "data/run/http-certificate.pem").unlink()
        told = await asyncio.to_thread(run_command, "probe", site=tmp_path)
        assert (told.code, "certificate verify failed" in told.err.lower()) == (1, True)
        (tmp_path / "cert.pem").unlink()
        assert "cannot read a certificate" in (await asyncio.to_thread(run_command, "probe", site=tmp_path)).err
