"""``newel probe``: what a container's health check learns, and what it costs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.kernel.plugins import plugin
from tests.support import free_port

from newel.app import App
from newel.contracts.http import HttpServer
from newel.testing import FakeAccounts, make_app
from newel.testing.command import Outcome, run_command


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "newel.toml").touch()
    return tmp_path


async def probed(here: Path, *arguments: str) -> Outcome:
    return await asyncio.to_thread(run_command, "probe", *arguments, site=here)


async def test_a_site_that_is_ready_is_found_where_it_is_configured(
    served: Served, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = served.app.need(HttpServer).url.rpartition(":")[2]
    (here / "newel.toml").write_text(f'[http]\nhost = "0.0.0.0"\nport = {port}\n')
    assert await probed(here) == Outcome(0, "ready\n", "")
    assert await probed(here, "--live") == Outcome(0, "alive\n", "")
    (here / "newel.toml").write_text("")
    (here / "port").write_text(f"{port}\n")
    monkeypatch.setenv("NEWEL__HTTP__PORT_FILE", "port")
    assert await probed(here) == Outcome(0, "ready\n", "")


async def test_a_site_that_starts_is_alive_and_says_that_it_starts(here: Path) -> None:
    begun, go_on, done, port = asyncio.Event(), asyncio.Event(), asyncio.Event(), free_port()

    class Changing:
        def __init__(self, app: App) -> None: ...

        @asynccontextmanager
        async def running(self):  # type: ignore[no-untyped-def]  # the protocol of a plugin
            begun.set()
            await go_on.wait()
            yield

    async def site() -> None:
        plugins = ["http", FakeAccounts.manifest, plugin("changing", Changing)]
        async with make_app(plugins, {"http": {"port": port}}, serving=True):
            await done.wait()

    url = f"http://127.0.0.1:{port}"
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(site())
        await begun.wait()
        early = await probed(here, "--url", url)
        assert early == Outcome(1, "", "not ready: the site is starting: changing\n")
        assert (await probed(here, "--url", url, "--live")).code == 0
        go_on.set()
        done.set()


async def test_what_failed_is_named_and_no_reason_to_replace_the_site(here: Path) -> None:
    class Broken:
        def __init__(self, app: App) -> None:
            raise ValueError("broken")

    async with make_app(["http", FakeAccounts.manifest], others=[plugin("broken", Broken)], serving=True) as app:
        told = await probed(here, "--url", app.need(HttpServer).url)
        assert told == Outcome(0, "degraded: without broken (import)\n", "")


async def test_what_is_no_site_is_told_in_a_line(here: Path, serve: Serve) -> None:
    def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"nonsense \x1b[2J\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as other:
        url = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}"
        assert await probed(here, "--url", url) == Outcome(1, "", f"no answer from {url}: nonsense \\x1b[2J\n")


async def test_odd_words_of_another_site_are_no_accident(here: Path) -> None:
    bodies = [b'{"status":"ready","degraded":5}', b'{"degraded":[5]}', b"[" * 50_000]

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + bodies.pop())
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as other:
        url = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}"
        for _ in range(3):
            assert await probed(here, "--url", url) == Outcome(0, "ready\n", "")


async def test_where_nobody_listens_is_told(here: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert await probed(here, "--url", url) == Outcome(1, "", f"no answer from {url}: Connection refused\n")


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8420", "ftp://x", "http://", "http://x:99999", "http://x/readyz?a=1", "http://[x"]
)
def test_what_is_no_address_is_wrong_usage(here: Path, url: str) -> None:
    told = run_command("probe", "--url", url, site=here)
    assert (told.code, told.err) == (2, f"newel: '{url}' is no address such as http://127.0.0.1:8420\n")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[http]\nport = 0\n", "http.port is 0: say where the site listens with --url"),
        ('[http]\nport = "${PORT_OF_NOBODY}"\n', "${PORT_OF_NOBODY} is not set"),
        ("[http\n", "not valid TOML"),
    ],
)
def test_a_configuration_that_does_not_say_where(here: Path, toml: str, told: str) -> None:
    (here / "newel.toml").write_text(toml)
    found = run_command("probe", site=here)
    assert found.code in (1, 2)
    assert told in found.err


def test_a_folder_without_a_site_is_told(tmp_path: Path) -> None:
    assert "there is no site in" in run_command("probe", site=tmp_path).err


def test_it_loads_neither_an_application_nor_what_serves(here: Path) -> None:
    program = (
        "import sys; from newel.cli import run; code = run(sys.argv[1:]);"
        "heavy = {'newel.app', 'newel.structure', 'cattrs', 'aiohttp', 'asyncio', 'newel_http.plugin', 'orjson'};"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    arguments = ["--site", str(here), "probe", "--url", f"http://127.0.0.1:{free_port()}"]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"
