"""What the kit gives to tests of plugins."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kernel.plugins import plugin

from newel import Call, hookimpl
from newel.app import App
from newel.context import SYSTEM
from newel.contracts.content import EntryEvent
from newel.hooks.content import content_after_publish
from newel.testing import HookCalls, hook_temporarily, make_app, run_command

EVENT = EntryEvent(type="post", id="x", space="main", revision=1, locale="en")


class Listens:
    @hookimpl
    def content_after_publish(self, event: EntryEvent) -> None: ...


async def test_a_hook_for_a_block_is_called_last_and_then_no_more() -> None:
    told: list[str] = []

    async def note(event: EntryEvent, app: App) -> None:
        told.append(f"{event.type} in {len(app.plugins)}")

    async def tell(app: App, call: Call) -> None:
        app.tell([(content_after_publish, EVENT)], call)
        await app.settle()

    async with make_app([plugin("listens", Listens)]) as app:
        calls, call = HookCalls(app), app.call(SYSTEM, "test")
        with hook_temporarily(app, content_after_publish, note), hook_temporarily(app, content_after_publish, note):
            await tell(app, call)
        await tell(app, call)
        assert told == ["post in 3", "post in 3"]
        assert [one.plugin for one in calls.all] == ["listens", "for_a_block", "for_a_block_", "listens"]
        assert list(app.plugins) == ["listens"]


def test_a_command_is_run_in_process(tmp_path: Path) -> None:
    run_command("init", site=tmp_path).ok()
    listed = run_command("plugins", "list", "--json", site=tmp_path).ok().json()
    assert {"sqlite", "content"} <= {one["plugin"] for one in listed if one["state"] == "on"}
    wrong = run_command("plugins", "why", "contnet", site=tmp_path)
    assert (wrong.code, wrong.err) == (5, "newel: there is no plugin 'contnet'; did you mean 'content'?\n")
    with pytest.raises(AssertionError, match="exit code 5: newel: there is no plugin"):
        wrong.ok()


def test_the_list_of_plugins_shows_what_will_go(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "lunch_list.py").write_text(
        """\
from typing import Annotated
from attrs import frozen
from newel import Deprecated, Manifest

@frozen
class Config:
    spoons: Annotated[int, "How many.", Deprecated("0.2", "cutlery", "0.4")] = 1

class Plugin:
    def __init__(self, app, config): ...

manifest = Manifest(name="lunch_list", summary="Lunch.", load="lunch_list:Plugin", config=Config)
""",
        "utf-8",
    )
    (tmp_path / "newel.toml").write_text("[lunch_list]\nspoons = 2\n", "utf-8")
    told = run_command("plugins", "list", site=tmp_path).ok().err
    assert told.count("the setting lunch_list.spoons is deprecated since 0.2 and goes in 0.4; instead: cutlery") == 1
