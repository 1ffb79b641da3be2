"""How a site fares is told through every door: overview, health, log, figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.site.guest import Guest, Keeper
from tests.kernel.plugins import plugin

from newel import Secret, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.site import Finding, HealthCheck, Metric
from newel.errors import BootError, Forbidden
from newel.testing import Client, FakeAccounts, FakeClock, actor, make_app, run_command
from newel.testing.off import plugins_off

ADMIN = actor("admin")
VIEWER = actor("viewer", "site.read")


@asynccontextmanager
async def site(*more: Any, **options: Any) -> AsyncIterator[App]:
    async with make_app(["database", "migrations", "site"], others=[Guest.manifest, *more], **options) as app:
        yield app


async def run(app: App, verb: str, who: Any = ADMIN, door: str = "test", **order: Any) -> Any:
    return app.structurer.unstructure(await app.operations.run(verb, order, app.call(who, door)))


async def until(so: Callable[[], Any]) -> None:
    """Lets others run until it is so; the test's own time limit ends the waiting."""
    while not so():  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)


async def test_the_overview_tells_a_viewer_less() -> None:
    clock = FakeClock()
    async with site(Keeper.manifest, clock=clock) as app:
        await clock.advance(90)
        whole = await run(app, "site.overview")
        assert (whole["uptime_seconds"], whole["plugins"]["on"], whole["queue"]) == (90, len(app.plugins), None)
        assert whole["backups"]["rpo_seconds"] == 3700
        assert whole["engine"]
        assert whole["node"]
        app.report_part("guest", "ear", "cannot hear /srv/secret")
        assert (await run(app, "site.overview"))["troubles"][0]["cause"] == "ear: cannot hear /srv/secret"
        seen = await run(app, "site.overview", VIEWER)
        assert seen["troubles"] == [{"plugin": "guest", "stage": "part", "cause": ""}]
        assert (seen["engine"], seen["node"], seen["python"]) == ("", "", "")
        for verb in ("site.health", "site.log", "site.metrics", "site.config.list"):
            with pytest.raises(Forbidden):
                await run(app, verb, VIEWER)


@pytest.mark.needs_plugin("jobs")
async def test_jobs_are_counted_in_the_overview() -> None:
    async with make_app(["database", "migrations", "jobs", "site"]) as app:
        assert (await run(app, "site.overview"))["queue"] == {"waiting": 0, "running": 0, "dead": 0}
        await run(app, "jobs.enqueue", kind="jobs.clean")
        assert (await run(app, "site.overview"))["queue"] == {"waiting": 1, "running": 0, "dead": 0}


async def test_health_names_what_is_not_well_and_what_to_do() -> None:
    clock = FakeClock()
    async with site(clock=clock) as app:
        told = await run(app, "site.health")
        found = {one["name"]: one for one in told["checks"]}
        assert told["state"] == "failing"
        assert found["guest.well"] | {"ms": 0} == {
            "name": "guest.well", "plugin": "guest", "summary": "Whether it is", "state": "ok", "detail": "it is",
            "remedy": "", "ms": 0,
        }  # fmt: skip
        assert found["guest.worn"]["remedy"] == "Mend it."
        assert (found["guest.slow"]["state"], found["guest.slow"]["detail"]) == ("failing", "no answer in 0.01 s")
        assert found["guest.gone"]["detail"] == "it is not there"
        assert found["guest.broken"]["detail"] == "the check itself failed: RuntimeError"  # its text may hold anything
        for _ in range(2):
            await clock.advance(2)
            await run(app, "site.health")
        assert len((await run(app, "site.log", text="a check failed"))["data"]) == 1, "it is logged once"
        assert {"site.disk", "site.clock", "site.plugins"} <= set(found)
        assert found["site.plugins"]["state"] == "ok"
        assert [one["state"] for one in told["checks"]] == sorted(
            (one["state"] for one in told["checks"]), key=["failing", "warning", "ok"].index
        )


async def test_a_failed_plugin_a_full_disk_and_a_wrong_clock_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    async def late(_: Any) -> datetime:
        return clock.now() - timedelta(seconds=90)

    async with site(config={"site": {"free_disk_mib": 2**40}}, clock=clock) as app:
        monkeypatch.setattr(type(app.need(Database)), "now", late)
        app.report_part("guest", "ear", "cannot hear", "Use the other one.")
        found = {one["name"]: one for one in (await run(app, "site.health"))["checks"]}
        assert (found["site.disk"]["state"], found["site.plugins"]["state"]) == ("warning", "warning")
        assert found["site.plugins"]["remedy"] == "Use the other one."
        assert found["site.clock"]["detail"] == "the database's clock differs by 90 s"
        app.report_part("guest", "ear", "")
        found = {one["name"]: one for one in (await run(app, "site.health"))["checks"]}
        assert found["site.plugins"]["state"] == "warning", "asked again within a second, it looks no further"
        await clock.advance(2)
        found = {one["name"]: one for one in (await run(app, "site.health"))["checks"]}
        assert found["site.plugins"]["state"] == "ok"


@pytest.mark.parametrize(("names", "state"), [(10, "failing"), (10_000, "warning"), (1_000_000, "ok"), (None, "ok")])
async def test_a_disk_that_takes_no_more_files_is_found(
    names: int | None, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newel_site.own_checks._room", lambda _: (2**40, 2**41, names))
    async with site() as app:
        found = {one["name"]: one for one in (await run(app, "site.health"))["checks"]}
        assert found["site.disk"]["state"] == state


class Twice:
    @hookimpl
    def register_health_checks(self) -> list[HealthCheck]:
        async def well() -> Finding:
            return Finding()

        return [HealthCheck(name="guest.well", summary="Again", look=well)]


class Double:
    @hookimpl
    def register_metrics(self) -> list[Metric]:
        return [Metric(name="guest_rooms", summary="Again.", read=lambda: 1.0)]


@pytest.mark.parametrize(("kind", "told"), [(Twice, "a check 'guest.well'"), (Double, "a figure 'guest_rooms'")])
async def test_two_of_one_name_are_refused(kind: type[Any], told: str) -> None:
    with pytest.raises(BootError, match=told):
        async with site(plugin("other", kind)):
            raise AssertionError("it started")


async def test_the_log_is_kept_filtered_paged_and_without_secrets() -> None:
    async with site(config={"site": {"log_records": 60}}) as app:
        for number in range(80):
            app.log.info("step %s", number, extra={"plugin": "guest" if number % 2 else "site"})
        app.log.warning("the key is %s", Secret("hunter2"), extra={"key": Secret("hunter3"), "plugin": "guest"})
        page = await run(app, "site.log", limit=10)
        assert page["data"][0]["message"] == "the key is ***"
        assert page["data"][0]["details"] == "key=***"
        assert [one["message"] for one in page["data"][1:3]] == ["step 79", "step 78"]
        assert page["last"] == page["data"][0]["id"]
        seen = len(page["data"])
        while page["next"]:
            page = await run(app, "site.log", limit=10, cursor=page["next"])
            seen += len(page["data"])
        assert seen == 60
        assert page["data"][-1]["message"] == "step 21"
        assert len((await run(app, "site.log", level="warning"))["data"]) == 1
        found = await run(app, "site.log", plugin="guest", text="STEP 7")
        assert [one["message"] for one in found["data"]] == ["step 79", "step 77", "step 75", "step 73", "step 71"]
        last = found["last"]
        assert (await run(app, "site.log", after=last))["data"] == []
        try:
            raise RuntimeError("why")
        except RuntimeError:
            app.log.exception("it broke")
        news = (await run(app, "site.log", after=last))["data"]
        assert [(one["message"], "RuntimeError: why" in one["traceback"]) for one in news] == [("it broke", True)]


async def test_a_page_goes_on_where_it_ended_while_more_is_logged() -> None:
    async with site() as app:
        for number in range(6):
            app.log.info("step %s", number)
        first = await run(app, "site.log", limit=3, text="step")
        app.log.info("step 6")
        second = await run(app, "site.log", limit=3, text="step", cursor=first["next"])
        told = [one["message"] for one in first["data"] + second["data"]]
        assert told == [f"step {number}" for number in (5, 4, 3, 2, 1, 0)]


async def test_figures_are_read_every_few_seconds_and_kept_for_a_while() -> None:
    """What operations take is measured by ``operation_around_run``."""
    clock = FakeClock()
    config = {"site": {"sample_seconds": 5, "samples": 4}}
    async with site(clock=clock, config=config, serving=True) as app:
        await until(lambda: clock.sleeping)
        guest: Any = app.plugins["guest"]
        guest.count = 10
        for _ in range(3):
            await run(app, "site.overview", door="ssh")
        with pytest.raises(Forbidden):
            await run(app, "site.health", VIEWER, door="ssh")
        await clock.advance(5)
        await until(lambda: clock.sleeping)
        told = await run(app, "site.metrics")
        series = {one["id"]: one for one in told["series"]}
        assert told["times"] == ["2030-01-01T00:00:00.000Z", "2030-01-01T00:00:05.000Z"]
        assert series["guest_words_total"]["values"] == [None, 2.0]
        assert series['guest_rooms{room="room 7"}']["values"] == [7.0, 7.0]
        assert len([one for one in series if one.startswith("guest_rooms")]) == 32, "labels are few"
        assert [series[f'guest_visits{{room="{room}"}}']["values"][-1] for room in ("red", "blue")] == [3.0, 4.0], (
            "of several labels the first is shown, added up over the others"
        )
        assert series['guest_stays_seconds{room="red",quantile="0.5"}']["values"][0] == 1.0
        assert series['guest_stays_seconds{room="red",quantile="0.95"}']["values"][0] > 1.8
        assert not any("guest_odd" in one for one in series)
        assert series["guest_endless"]["values"] == [None, None]
        assert series['operations_total{door="ssh"}']["values"] == [None, 3 / 5]
        assert 0 < series['operations_duration_seconds{door="ssh",quantile="0.95"}']["values"][-1] < 10
        assert series["process_resident_bytes"]["values"][-1] > 1 << 20
        assert series["loop_lag_seconds"]["unit"] == "seconds"
        for _ in range(6):
            await clock.advance(5)
            await until(lambda: clock.sleeping)
        told = await run(app, "site.metrics", name=["guest_words_total"])
        assert len(told["times"]) == 4
        assert [one["values"] for one in told["series"]] == [[0.0] * 4]
        assert len((await run(app, "site.metrics", last=2))["times"]) == 2


async def test_a_plugin_that_comes_later_is_looked_at_as_well() -> None:
    clock = FakeClock()
    async with site(clock=clock, config={"plugins": {"disable": ["guest"]}}) as app:
        assert not any(one["plugin"] == "guest" for one in (await run(app, "site.health"))["checks"])
        await app.enable("guest")
        assert any(one["plugin"] == "guest" for one in (await run(app, "site.health"))["checks"])
        await app.disable("guest")
        assert not any(one["plugin"] == "guest" for one in (await run(app, "site.health"))["checks"])


@pytest.mark.needs_plugin("http")
async def test_over_http() -> None:
    plugins = ["database", "migrations", FakeAccounts.manifest, "http", "site"]
    async with make_app(plugins, others=[Guest.manifest], serving=True) as app, Client.of(app, "admin-token") as client:
        assert (await client.get("/api/v1/site/overview")).json()["url"] == client.url
        for part in ("health", "log", "metrics", "config"):
            assert (await client.get(f"/api/v1/site/{part}")).status == 200, part
            assert (await client.signed_in(None).get(f"/api/v1/site/{part}")).status == 401, part
            assert (await client.signed_in("perm:site.read").get(f"/api/v1/site/{part}")).status == 403, part
        assert (await client.signed_in("perm:site.read").get("/api/v1/site/overview")).status == 200
        assert (await client.get("/api/v1/site/log?level=loud")).status == 400


@pytest.mark.needs_plugin("http")
def test_on_the_command_line(tmp_path: Path) -> None:
    text = f"[plugins]\ndisable = {sorted(plugins_off())}\n# mine\n[http]\nport = 1234 # keep\n"
    (tmp_path / "newel.toml").write_text(text, "utf-8")
    assert run_command("site", "overview", "--json", site=tmp_path).ok().json()["plugins"]["failed"] == 0
    changed = run_command("site", "config", "set", "http.port", "--value", "4321", "--json", site=tmp_path).ok().json()
    assert changed["restart"]
    assert (tmp_path / "newel.toml").read_text("utf-8") == text.replace("1234", "4321")
    wrong = run_command("site", "config", "set", "http.port", "--value", "many", site=tmp_path)
    assert (wrong.code != 0, "http.port: expected an integer" in wrong.err) == (True, True)
