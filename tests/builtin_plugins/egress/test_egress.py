"""What goes out, over TLS and without, what is logged of it, and the doors."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.egress.world import HERE, says, served, text, world

from newel import Forbidden
from newel.cli import run
from newel.contracts.egress import Egress, EgressFailed, EgressRefused, Outgoing
from newel.discover import explicit
from newel.errors import BootError
from newel.testing import Client, FakeAccounts, actor, builtin, make_app
from newel.testing.app import build_app


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of ``hooks.example``, its key in the same file."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=hooks.example", "-addext", "subjectAltName=DNS:hooks.example", "-keyout", "-", "-out", "-"],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_bytes(made.stdout)
    return file


def context(certificate: Path) -> tuple[ssl.SSLContext, list[str | None]]:
    """For a server, and the names that it was called by (SNI)."""
    made, names = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []  # type: ignore[var-annotated]  # the answer's type says it
    made.load_cert_chain(certificate)
    made.sni_callback = lambda _, name, __: names.append(name)
    return made, names


async def test_tls_goes_by_the_name_and_to_the_address(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls, called = context(certificate)
    names = {"hooks.example": [HERE], "other.example": [HERE]}
    async with served(says(text(b"sealed")), tls=tls) as server, world(server, names=names) as site:
        assert await site.fetch(f"https://HOOKS.example.:{server.port}/x") == (200, b"sealed")
        assert called == ["hooks.example"]
        assert server.got[0].headers["host"] == f"hooks.example:{server.port}"
        server.behave = says(text(status=301, Location=f"http://{HERE}:{server.port}/"))
        with pytest.raises(EgressRefused) as caught:
            await site.fetch(f"https://hooks.example:{server.port}/", redirects=2)
        assert caught.value.extra == {"rule": "downgrade"}
        with pytest.raises(EgressFailed, match="certificate is not trusted"):
            await site.fetch(f"https://other.example:{server.port}/")


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    tls, _ = context(certificate)
    async with served(says(text()), tls=tls) as server, world(server, names={"hooks.example": [HERE]}) as site:
        with pytest.raises(EgressFailed, match="certificate is not trusted"):
            await site.fetch(f"https://hooks.example:{server.port}/")
    assert server.got == []


async def test_what_is_sent() -> None:
    async with (
        served(says(text(b"ok", X_A="1", x_a="2", X_B="\xff"))) as server,
        world(server, user_agent="Site/1") as site,
    ):
        posted = Outgoing(url=f"{server.url}/a?b=c#d", method="POST", body=b"{}", headers={"X-Sig": "s"})
        async with site.egress.send(posted) as answer:
            assert answer.headers["x-a"] == "1, 2"
            assert answer.headers["x-b"] == "\ufffd"
        await site.fetch(server.url, headers={"User-Agent": "Mine", "Range": "bytes=0-1"})
    first, second = server.got
    assert first.line == "POST /a?b=c HTTP/1.1"
    assert first.headers["host"] == f"{HERE}:{server.port}"
    assert {"user-agent": "Site/1", "x-sig": "s", "content-length": "2", "accept-encoding": "gzip"}.items() <= {
        *first.headers.items()
    }
    assert {"user-agent": "Mine", "accept-encoding": "identity"}.items() <= {*second.headers.items()}
    assert not {"cookie", "referer", "authorization"} & {*first.headers}


async def test_an_address_of_ipv6_is_called() -> None:
    async with served(says(text(b"six")), "::1") as server, world(server) as site:
        assert await site.fetch(f"http://[0:0::0:1]:{server.port}/") == (200, b"six")
    assert server.got[0].headers["host"] == f"[::1]:{server.port}"


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    (tmp_path / "netrc").write_text(f"machine {HERE} login somebody password SECRET\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with served(says(text(b"direct"))) as server, world(server) as site:
        assert await site.fetch(server.url) == (200, b"direct")
    assert "authorization" not in server.got[0].headers


async def test_logs_hold_no_secret_and_no_error_tells_what_was_found() -> None:
    secret = "s3cr3t"
    leads = says(text(status=302, Location=f"http://inside.example/{secret}"))
    async with served(leads) as server, world(server, names={"inside.example": ["10.9.8.7"]}) as site:
        for url in (
            f"http://u:{secret}@inside.example/",
            f"http://inside.example/{secret}?token={secret}",
            f"{server.url}/{secret}",
            f"http://{HERE}:1/{secret}",
        ):
            with pytest.raises((EgressRefused, EgressFailed)) as caught:
                await site.fetch(url, redirects=1, headers={"Authorization": secret})
            told = f"{caught.value.detail} {caught.value.extra}"
            assert not [word for word in (secret, "10.9.8.7", "inside") if word in told]
        log = site.log.getvalue()
    assert "origin=http://inside.example rule=private redirected=False" in log
    assert "origin=http://inside.example rule=private redirected=True" in log
    assert secret not in log


async def test_names_are_resolved_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(says(text(b"me"))) as server:
        settings = {"allow": ["localhost"], "ports": [server.port]}
        async with make_app(["egress"], {"egress": settings}) as app:
            egress, url = app.need(Egress), f"http://localhost:{server.port}/"
            async with egress.send(Outgoing(url=url)) as answer:
                assert await answer.read() == b"me"

            def nothing(*_: Any, **__: Any) -> Any:
                raise socket.gaierror(socket.EAI_NONAME, "secret words of the resolver")

            monkeypatch.setattr(socket, "getaddrinfo", nothing)
            with pytest.raises(EgressFailed, match="could not be resolved"):
                await egress.check("http://nowhere.example/")


async def test_an_admin_can_try_the_rules() -> None:
    async with world(names={"inside.example": ["10.0.0.1"]}) as site:
        call = site.app.call(actor("admin"), "test")
        good = await site.app.operations.run("egress.check", {"url": "https://example.com/hook"}, call)
        assert (good.allowed, good.rule) == (True, None)
        bad = await site.app.operations.run("egress.check", {"url": "http://inside.example/"}, call)
        assert (bad.allowed, bad.rule) == (False, "private")
        assert bad.detail == "the URL may not be called: its host has an address in a private network"
        editor = site.app.call(actor("editor", "content.write"), "test")
        with pytest.raises(Forbidden):
            await site.app.operations.run("egress.check", {"url": "https://example.com/"}, editor)


@pytest.mark.needs_plugin("http")
async def test_the_rules_can_be_tried_over_http() -> None:
    async with make_app([FakeAccounts.manifest, "http", "egress"], serving=True) as app, Client.of(app) as client:
        order = {"url": "http://169.254.169.254/latest"}
        assert (await client.post("/api/v1/egress/check", json=order)).status == 401
        answer = await client.signed_in("admin-token").post("/api/v1/egress/check", json=order)
        assert (answer.status, answer.json()["rule"]) == (200, "metadata")
        answer = await client.signed_in("admin-token").post("/api/v1/egress/check", json={"url": "x" * 8001})
        assert answer.status == 422


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("newel.cli.site.from_entry_points", lambda: explicit(builtin("egress")))
    (tmp_path / "newel.toml").write_text('[egress]\ndeny = ["8.8.8.8"]\n', "utf-8")
    assert run(["--site", str(tmp_path), "egress", "check", "http://1.1.1.1/", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["allowed"] is True
    assert run(["--site", str(tmp_path), "egress", "check", "http://8.8.8.8/"]) == 1
    assert "rule: deny" in capsys.readouterr().out
    assert run(["--site", str(tmp_path / "none"), "egress", "check", "http://8.8.8.8/"]) != 0
    assert "there is no site" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"allow": ["10.0.0.1/8"]}, "'10.0.0.1/8' has bits set behind its prefix"),
        ({"deny": ["a host"]}, "'a host' is neither a network"),
        ({"allow": ["http://example.com/"]}, "neither a network such as 10.0.0.0/8 nor a host"),
        ({"allow": ["127.1"]}, "'127.1' is neither"),
        ({"ports": [0]}, "0 is no port"),
        ({"user_agent": "a\r\nX: y"}, "must match"),
        ({"seconds": 0}, "must be at least"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(BootError, match=said):
        build_app(["egress"], {"egress": settings}, folder=tmp_path)
