"""What Prometheus gets: names, units, labels, both formats; and what it does not: nonsense, and what is too much."""

from __future__ import annotations

import io
import platform
from importlib.metadata import version
from typing import Any

import pytest
from tests.builtin_plugins.metrics.guest import OPEN, Guest, read_open, read_text, samples_of, scraped
from tests.kernel.plugins import plugin, raising

from newel import Call, hookimpl
from newel.hooks.content import content_after_save
from newel.testing import FakeClock, actor

pytestmark = [pytest.mark.engines(), pytest.mark.needs_plugin("http")]


async def test_both_formats_say_the_same_by_prometheus_own_parsers() -> None:
    async with scraped(Guest.manifest, plugins=["site"]) as (_, client):
        plain, open_ = await client.get("/metrics"), await client.get("/metrics", headers=OPEN)
        assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert open_.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        text, families = read_text(plain.body), read_open(open_.body)
        one, other = samples_of(text), samples_of(families)
        moving = ("process_", "python_gc_", "newel_process_")  # as they are at the moment they are written
        assert {key: value for key, value in one.items() if not key[0].startswith(moving)} == {
            key: value for key, value in other.items() if not key[0].startswith(moving)
        }
        assert {name for name, _ in one} == {name for name, _ in other}


async def test_names_units_and_help_are_as_prometheus_wants_them() -> None:
    async with scraped(Guest.manifest) as (_, client):
        families = read_open((await client.get("/metrics", headers=OPEN)).body)
        words, spoken, took = (families[f"newel_guest_{name}"] for name in ("words", "spoken_seconds", "took_seconds"))
        assert (words.type, words.documentation) == ("counter", 'Words,\nand \\ "more".')
        assert [one.name for one in words.samples] == ["newel_guest_words_total"]
        assert (spoken.type, spoken.unit, spoken.samples[0].name) == (
            "counter", "seconds", "newel_guest_spoken_seconds_total",
        )  # fmt: skip
        assert [(one.name.removeprefix("newel_guest_took_seconds"), one.labels, one.value) for one in took.samples] == [
            ("_bucket", {"le": "0.1"}, 3.0), ("_bucket", {"le": "1.0"}, 5.0), ("_bucket", {"le": "+Inf"}, 6.0),
            ("_count", {}, 6.0), ("_sum", {}, 4.5),
        ]  # fmt: skip
        [build] = families["newel_build"].samples
        assert build.labels == {"version": version("newel"), "python": platform.python_version()}
        assert families["process_resident_memory_bytes"].samples[0].value > 1 << 20
        assert families["process_open_fds"].samples[0].value > 3
        assert {one.labels["generation"] for one in families["python_gc_collections"].samples} == {"0", "1", "2"}


async def test_labels_are_bounded_and_escaped_whatever_a_plugin_says() -> None:
    async with scraped(Guest.manifest) as (_, client):
        families = read_text((await client.get("/metrics")).body)
        assert len(families["newel_guest_rooms"].samples) == 32
        pairs = families["newel_guest_pairs"].samples
        assert (len(pairs), pairs[7].labels) == (1000, {"label_le": "7", "b": "y"})
        names = {one.labels["the_name"]: one.value for one in families["newel_guest_names"].samples}
        assert names == {'a "quoted"\n\\ line': 1.0, "?\u2028é": 2.0, "x" * 200: 3.0}


async def test_what_fails_or_is_nonsense_is_left_out_counted_and_logged_once() -> None:
    log, clock = io.StringIO(), FakeClock()
    async with scraped(Guest.manifest, log=log, clock=clock) as (app, client):
        guest = app.plugins["guest"]
        assert isinstance(guest, Guest)
        guest.broken = True
        for _ in range(2):
            families = read_text((await client.get("/metrics")).body)
            await clock.advance(61)
        assert families["newel_guest_words"].samples[0].value == 3.0
        for name in ("ends", "text", "nothing", "infinite", "dear", "short", "torn_seconds"):
            assert not families.get(f"newel_guest_{name}", families["newel_hook_paused"]).samples, name
        assert "newel_guest_took_seconds_count" not in families, "a family of that name would be another's sample"
        failures = families["newel_metrics_failures"].samples
        assert {one.labels["plugin"]: one.value for one in failures}["guest"] >= 6
        told = [line for line in log.getvalue().splitlines() if "a figure could not be read" in line]
        assert len(told) == 6
        assert len([line for line in log.getvalue().splitlines() if "two figures have one name" in line]) == 1


class Failing:
    content_after_save = hookimpl(raising(RuntimeError("no")))


class Helping:
    @hookimpl
    async def content_after_save(self, call: Call) -> None:
        return None


async def test_hooks_and_states_of_plugins_are_told() -> None:
    async with scraped(plugin("failing", Failing), plugin("helping", Helping)) as (app, client):
        subject: Any = None
        for _ in range(6):
            await app.hooks.notify(content_after_save, subject, app.call(actor("admin"), "test"))
        samples = samples_of(read_text((await client.get("/metrics")).body))
        for name in ("failing", "helping"):
            labels = frozenset({("plugin", name), ("hook", "content_after_save")})
            assert samples["newel_hook_calls_total", labels] == (5 if name == "failing" else 6)
            assert samples["newel_hook_duration_seconds_total", labels] >= 0
            assert samples.get(("newel_hook_failures_total", labels), 0.0) == (5 if name == "failing" else 0)
            assert samples.get(("newel_hook_paused", labels), 0.0) == float(name == "failing")
            assert samples["newel_plugin_state", frozenset({("plugin", name), ("state", "on")})] == 1.0
