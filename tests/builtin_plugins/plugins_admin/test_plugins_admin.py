"""Plugins are switched in a running site: what they bring is there, and then it is not; newel.toml says the same."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.plugins_admin.guest import Guest
from tests.kernel.plugins import plugin

from newel import PUBLIC, Call, Conflict, Forbidden, NotFound, Reject, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.errors import BootError
from newel.testing import Client, FakeAccounts, FakeAudit, actor, make_app

STAND = ["database", "migrations", "content", "plugins_admin"]
ADMIN = actor("admin")
BOOK = {"name": "book", "fields": [{"name": "title", "type": "text"}, {"name": "cry", "type": "shout"}]}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    Guest.told.clear()
    Guest.fails.clear()
    Guest.slow = asyncio.Event()
    yield
    Guest.fails.clear()


@asynccontextmanager
async def site(*more: Any, folder: Path, off: tuple[str, ...] = ("guest",), **options: Any) -> AsyncIterator[App]:
    config = {"plugins": {"disable": list(off)}} | options.pop("config", {})
    plugins = [*STAND, FakeAudit.manifest, *more]
    async with make_app(plugins, config, others=[Guest.manifest], folder=folder, **options) as app:
        yield app


async def run(app: App, verb: str, who: Any = ADMIN, **order: Any) -> Any:
    return await app.operations.run(verb, order, app.call(who, "test"))


async def _nothing(request: HttpRequest, call: Call) -> HttpAnswer:
    return HttpAnswer(status=204)


async def until(so: Callable[[], bool]) -> None:
    """Lets others run until it is so; the test's own time limit ends the waiting."""
    while not so():  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)


def written(folder: Path) -> Any:
    return tomllib.loads((folder / "newel.toml").read_text("utf-8"))["plugins"]


@pytest.mark.needs_plugin("http")
async def test_over_http_it_is_there_and_then_it_is_not(tmp_path: Path) -> None:
    async with site("http", FakeAccounts.manifest, folder=tmp_path, serving=True) as app, Client.of(app) as client:
        client = client.signed_in("admin-token")
        assert (await client.get("/api/v1/guest/visits")).status == 404
        answer = await client.post("/api/v1/site/plugins/guest/enable")
        assert (answer.status, answer.json()) == (200, {"name": "guest", "on": True, "live": True, "restart": ""})
        assert (await client.get("/api/v1/guest/visits")).json() == {"rows": 0}
        assert (await client.signed_in("perm:other").get("/api/v1/guest/visits")).status == 403
        assert "/api/v1/guest/slow" in (await client.get("/api/v1/openapi.json")).json()["paths"]

        waiting = asyncio.create_task(client.get("/api/v1/guest/slow"))
        await until(lambda: app.visits.count("guest") > 0)
        going = asyncio.create_task(client.post("/api/v1/site/plugins/guest/disable"))
        await until(lambda: "guest" not in app.plugins)
        assert (await client.get("/api/v1/guest/visits")).status == 404
        assert not going.done()
        Guest.slow.set()
        assert (await waiting).body == b"done"
        assert (await going).json() == {"name": "guest", "on": False, "live": True, "restart": ""}
        assert (await client.get("/api/v1/guest/slow")).status == 404
        assert "/api/v1/guest/slow" not in (await client.get("/api/v1/openapi.json")).json()["paths"]


@pytest.mark.needs_plugin("http")
async def test_a_route_that_is_taken_keeps_it_out(tmp_path: Path) -> None:
    class Squats:
        @hookimpl
        def register_routes(self) -> list[Route]:
            return [Route(method="GET", path="/guest/slow", needs=PUBLIC, summary="Mine.", handler=_nothing)]

    taken = plugin("squats", Squats)
    async with site("http", FakeAccounts.manifest, taken, folder=tmp_path, serving=True) as app:
        with pytest.raises(Conflict, match="squats and guest both answer GET /api/v1/guest/slow: "):
            await run(app, "plugins.enable", name="guest")
        assert "guest" not in app.plugins


async def test_field_types_and_hooks_come_and_go(tmp_path: Path) -> None:
    async with site(folder=tmp_path) as app:
        with pytest.raises(Reject) as caught:
            await run(app, "types.create", **BOOK)
        assert caught.value.problems[0].pointer == "/fields/1/type"
        await run(app, "plugins.enable", name="guest")
        await run(app, "types.create", **BOOK)
        made = await run(app, "content.create", type="book", data={"title": "One", "cry": "hey"})
        assert made.data["cry"] == "HEY"
        with pytest.raises(Reject, match="not with me here"):
            await run(app, "content.create", type="book", data={"title": "bad"})
        await run(app, "plugins.disable", name="guest")
        await run(app, "content.create", type="book", data={"title": "bad"})
        with pytest.raises(Reject) as caught:
            await run(app, "content.create", type="book", data={"cry": "hey"})
        assert caught.value.problems[0].code == "field_type_missing"
        assert (await run(app, "content.get", type="book", id=made.id)).data["cry"] == "HEY"
        await run(app, "plugins.enable", name="guest")
        again = await run(app, "content.create", type="book", data={"cry": "ho"})
        assert again.data["cry"] == "HO"


@pytest.mark.needs_plugin("jobs")
async def test_events_of_its_absence_wait_for_it(tmp_path: Path) -> None:
    async with site("jobs", folder=tmp_path) as app:
        await run(app, "types.create", name="note", fields=[{"name": "title", "type": "text"}])

        async def published() -> None:
            made = await run(app, "content.create", type="note", data={"title": "x"})
            await run(app, "content.publish", type="note", id=made.id)

        await published()
        await run(app, "plugins.enable", name="guest")
        await published()
        await run(app, "plugins.disable", name="guest")
        await published()
        await app.settle()
        assert Guest.told == [], "it was not there to be told"
        await run(app, "plugins.enable", name="guest")
        await app.settle()
        assert Guest.told == ["note"], "what was committed while it was on is told when it is back; the rest is not"


async def test_its_permission_is_granted_as_it_says(tmp_path: Path) -> None:
    async with make_app(
        ["database", "migrations", "accounts", "plugins_admin"], {"plugins": {"disable": ["guest"]}},
        others=[Guest.manifest], folder=tmp_path,
    ) as app:  # fmt: skip

        async def viewer() -> set[str]:
            roles = await run(app, "roles.list")
            found = roles if isinstance(roles, list) else roles.data
            return set(next(one.permissions for one in found if one.name == "viewer"))

        assert "guest.greet" not in await viewer()
        await run(app, "plugins.enable", name="guest")
        assert "guest.greet" in await viewer()
        await run(app, "plugins.disable", name="guest")
        assert "guest.greet" not in await viewer()


async def test_the_file_says_what_runs(tmp_path: Path) -> None:
    file = tmp_path / "newel.toml"
    file.write_text('# mine\n[plugins]\ndisable = ["guest"]  # for now\n', "utf-8")
    async with site(folder=tmp_path) as app:
        await run(app, "plugins.enable", name="guest")
        assert written(tmp_path) == {"disable": [], "enable": []}
        await run(app, "plugins.disable", name="guest")
        assert written(tmp_path)["disable"] == ["guest"]
        assert file.read_text("utf-8").startswith("# mine\n")


async def test_one_that_fails_stays_off_here_and_in_the_file(tmp_path: Path) -> None:
    Guest.fails.append(ConnectionError("refused"))
    async with site(folder=tmp_path) as app:
        with pytest.raises(Conflict) as caught:
            await run(app, "plugins.enable", name="guest")
        assert caught.value.reason == "plugin_failed"
        assert "plugin 'guest' failed at start: ConnectionError: refused" in caught.value.detail
        assert not (tmp_path / "newel.toml").exists()
        assert (await run(app, "plugins.get", name="guest")).state == "off"
        with pytest.raises(NotFound):
            await run(app, "guest.visits")


@pytest.mark.needs_plugin("jobs")
async def test_what_takes_a_restart_is_in_the_file_and_says_so(tmp_path: Path) -> None:
    async with site("jobs", folder=tmp_path) as app:
        answer = await run(app, "plugins.disable", name="jobs")
        assert (answer.live, answer.restart) == (False, "needs restart: every operation uses Outbox")
        assert written(tmp_path)["disable"] == ["jobs"]
        assert "jobs" in app.plugins
        answer = await run(app, "plugins.disable", name="plugins_admin")
        assert answer.restart == "needs restart: 'plugins_admin' takes part in this very call"


async def test_what_another_needs_stays_on(tmp_path: Path) -> None:
    async with site(folder=tmp_path, off=()) as app:
        with pytest.raises(Conflict, match="content needs Migrations; disable content first"):
            await run(app, "plugins.disable", name="migrations")
        assert not (tmp_path / "newel.toml").exists()


async def test_each_switch_is_in_the_trail(tmp_path: Path) -> None:
    async with site(folder=tmp_path) as app:
        audit: Any = app.plugins["fake_audit"]
        await run(app, "plugins.enable", name="guest")
        await run(app, "plugins.disable", name="guest")
        with pytest.raises(Forbidden):
            await run(app, "plugins.enable", actor("ed", "plugins.read"), name="guest")
        assert [(one.operation, one.outcome, one.detail) for one in audit.rows] == [
            ("plugins.enable", "done", "guest; live"),
            ("plugins.disable", "done", "guest; live"),
            ("plugins.enable", "denied", "forbidden"),
        ]


async def test_failures_and_health_are_shown(tmp_path: Path) -> None:
    Guest.fails.append(ConnectionError("refused"))
    async with site(folder=tmp_path, off=()) as app:
        listed = {one.name: one for one in await run(app, "plugins.list")}
        assert listed["guest"].state == "failed"
        assert listed["guest"].why.startswith("at start: ConnectionError: refused (guest.py:")
        assert (listed["content"].state, listed["content"].origin) == ("on", "explicit")
        shown = await run(app, "plugins.get", name="guest")
        assert [(one.stage, one.cause.partition(" (")[0]) for one in shown.failures] == [
            ("start", "ConnectionError: refused")
        ]
        assert "or run: newel plugins disable guest" in shown.failures[0].remedy
        Guest.fails.clear()
        await run(app, "plugins.enable", name="guest")
        shown = await run(app, "plugins.get", name="guest")
        assert (shown.state, shown.failures, shown.operations) == ("on", [], ["guest.visits"])
        assert shown.needs == ["Database", "Migrations"]
        assert "content_before_save" in shown.hooks
        assert (await run(app, "plugins.get", name="content")).restart == ""
        with pytest.raises(NotFound, match="did you mean 'guest'"):
            await run(app, "plugins.get", name="gest")


async def test_a_file_that_cannot_be_read_is_told_and_nothing_is_switched(tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text("[plugins\n", "utf-8")
    async with site(folder=tmp_path) as app:
        with pytest.raises(BootError, match=r"cannot read newel\.toml"):
            await run(app, "plugins.enable", name="guest")
        assert "guest" not in app.plugins
        assert app.need(Database) is not None
