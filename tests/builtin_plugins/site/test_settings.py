"""The configuration is told, and changed where it stands: in newel.toml, never into something that would not start."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.site.guest import Guest, GuestConfig

from newel import Conflict, NotFound, Reject
from newel.app import App
from newel.config import read_layers
from newel.testing import Client, FakeAccounts, FakeAudit, actor, make_app
from newel.testing.fakes import plugin_of

ADMIN = actor("admin")
GIVEN: dict[str, Any] = {"database": {"url": "sqlite:///:memory:"}, "log": {"format": "json"}}
TEXT = """# The site of the house
[guest]
word = "hello" # said first
key = "hunter2"
"""


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Guest.started.clear()


@asynccontextmanager
async def site(
    folder: Path, *more: Any, text: str = TEXT, environment: dict[str, str] | None = None, serving: bool = True
) -> AsyncIterator[App]:
    file = folder / "newel.toml"
    file.write_text(text, "utf-8")
    environment = environment or {}
    given = GIVEN | ({"http": {"port": 0}} if "http" in more else {})
    plugins = ["database", "migrations", FakeAudit.manifest, "site", *more]
    async with make_app(
        plugins, given, others=[Guest.manifest], folder=folder, environment=environment, serving=serving
    ) as app:
        app.reread = lambda other: read_layers(other or file, environment, given=given)
        await app.switching.reconfigure("guest")  # `make_app` knows no file
        Guest.started.clear()
        yield app


async def run(app: App, verb: str, **order: Any) -> Any:
    return app.structurer.unstructure(await app.operations.run(verb, order, app.call(ADMIN, "test")))


async def put(app: App, path: str, value: Any) -> Any:
    return await run(app, "site.config.set", path=path, value=value)


def written(app: App) -> str:
    return (app.folder / "newel.toml").read_text("utf-8")


def config(app: App) -> GuestConfig:
    return app.config(GuestConfig)


async def test_every_setting_is_told_with_its_origin_and_secrets_are_not(tmp_path: Path) -> None:
    async with site(tmp_path, environment={"NEWEL__GUEST__TIMES": "3"}) as app:
        told = {one["path"]: one for one in (await run(app, "site.config.list"))["data"]}
        assert "hunter2" not in str(told)
        assert told["guest.key"]["value"] == '"***"'
        assert told["guest.key"]["secret"]
        word = told["guest.word"]
        assert (word["value"], word["origin"], word["settable"], word["live"]) == (
            '"hello"', "newel.toml", True, True,
        )  # fmt: skip
        assert (word["default"], word["type"], word["sentence"]) == ('"hello"', "text", "What it says.")
        times = told["guest.times"]
        assert (times["value"], times["origin"]) == ("3", "environment NEWEL__GUEST__TIMES")
        assert not times["settable"]
        assert times["environment"] == "NEWEL__GUEST__TIMES"
        assert not told["site.samples"]["live"]
        assert told["database.url"]["why"].startswith("it comes from elsewhere")
        found = await run(app, "site.config.list", section="guest", text="FIRST")
        assert found["data"] == []
        assert len((await run(app, "site.config.list", section="guest"))["data"]) == 4
        with pytest.raises(NotFound, match="did you mean 'guest'"):
            await run(app, "site.config.list", section="gest")


async def test_a_change_takes_effect_at_once_and_comments_stay(tmp_path: Path) -> None:
    async with site(tmp_path) as app:
        assert await put(app, "guest.word", "good day") == {
            "path": "guest.word", "value": '"good day"', "live": True, "restart": "",
        }  # fmt: skip
        assert written(app) == TEXT.replace('"hello"', '"good day"')
        assert Guest.started == ["good day"]
        assert config(app).word == "good day"
        assert config(app).key.reveal() == "hunter2"
        assert (await put(app, "guest.loud", True))["value"] == "true"
        back = await run(app, "site.config.unset", path="guest.word")
        assert (back["value"], back["live"]) == ('"hello"', True)
        assert "word" not in written(app)
        rows = [(one.operation, one.detail) for one in plugin_of(app, "fake_audit").rows]
        assert rows == [
            ("site.config.set", 'guest.word = "good day"'),
            ("site.config.set", "guest.loud = true"),
            ("site.config.unset", "guest.word = null"),
        ]


async def test_a_secret_can_be_set_and_is_told_to_nobody(tmp_path: Path) -> None:
    log = io.StringIO()
    async with site(tmp_path) as app:
        changed = await put(app, "guest.key", "hunter3")
        assert changed["value"] == '"***"'
        assert config(app).key.reveal() == "hunter3"
        assert plugin_of(app, "fake_audit").rows[-1].detail == "guest.key = ***"
        told = str(await run(app, "site.log", limit=500)) + str(await run(app, "site.config.list")) + log.getvalue()
        assert "hunter3" not in told
        with pytest.raises(Reject, match="a secret is a text here"):
            await put(app, "guest.key", {"file": "/etc/passwd"})


@pytest.mark.parametrize(
    ("path", "value", "error", "told"),
    [
        ("guest.times", 10, Reject, "must be at most 9"),
        ("guest.times", "many", Reject, "expected an integer"),
        ("guest.times", None, Reject, "site.config.unset"),
        ("guest.word", "${HOME}", Reject, "is read from the file only"),
        ("guest.wird", "x", NotFound, "did you mean 'guest.word'"),
        ("plugins.enable", ["nobody"], Reject, "there is no plugin 'nobody'"),
        ("log.format", "text", Conflict, "it comes from elsewhere"),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_is_written(
    tmp_path: Path, path: str, value: Any, error: type[Exception], told: str
) -> None:
    async with site(tmp_path) as app:
        with pytest.raises(error) as caught:
            await put(app, path, value)
        assert told in f"{caught.value} {getattr(caught.value, 'problems', '')}"
        assert written(app) == TEXT
        assert Guest.started == []
        assert plugin_of(app, "fake_audit").rows == []


async def test_what_the_environment_says_goes_before(tmp_path: Path) -> None:
    async with site(tmp_path, environment={"NEWEL__GUEST__WORD": "mine"}) as app:
        with pytest.raises(Conflict, match=r"goes before newel\.toml: environment NEWEL__GUEST__WORD"):
            await put(app, "guest.word", "yours")
        assert written(app) == TEXT


async def test_a_plugin_that_does_not_start_with_it_gets_the_old_one_back(tmp_path: Path) -> None:
    async with site(tmp_path) as app:
        with pytest.raises(Conflict, match="cannot say that"):
            await put(app, "guest.word", "broken")
        assert written(app) == TEXT
        assert Guest.started == ["hello"]
        assert "guest" in app.plugins


async def test_where_it_is_not_safe_it_waits_for_the_next_start(tmp_path: Path) -> None:
    async with site(tmp_path) as app:
        changed = await put(app, "site.samples", 100)
        assert (changed["live"], changed["value"]) == (False, "100")
        assert "takes part in this very call" in changed["restart"]
        assert "[site]\nsamples = 100" in written(app)
    async with site(tmp_path, serving=False) as app:
        changed = await put(app, "guest.word", "later")
        assert (changed["live"], Guest.started) == (False, [])


async def test_the_level_of_the_log_changes_at_once(tmp_path: Path) -> None:
    async with site(tmp_path) as app:
        assert (await put(app, "log.level", "warning"))["live"]
        app.log.info("unheard")
        await put(app, "log.level", "debug")
        app.log.debug("heard")
        told = [one["message"] for one in (await run(app, "site.log"))["data"]]
        assert "heard" in told
        assert "unheard" not in told


@pytest.mark.needs_plugin("http")
async def test_through_http(tmp_path: Path) -> None:
    async with site(tmp_path, FakeAccounts.manifest, "http") as app, Client.of(app, "admin-token") as client:
        answer = await client.request("PUT", "/api/v1/site/config/guest.times", json={"value": 2})
        assert (answer.status, answer.json()["live"]) == (200, True)
        assert config(app).times == 2
        answer = await client.request("DELETE", "/api/v1/site/config/guest.times")
        assert (answer.status, answer.json()["value"]) == (200, "1")
        answer = await client.request("PUT", "/api/v1/site/config/guest.times", json={"value": "no"})
        assert answer.status == 422
        looks = client.signed_in("perm:site.settings")
        assert (await looks.request("PUT", "/api/v1/site/config/guest.times", json={"value": 2})).status == 403
