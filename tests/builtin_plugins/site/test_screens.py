"""The screens of a site, as a terminal shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.builtin_plugins.site.guest import Guest, Keeper
from tests.screens import listed

from newel.app import App
from newel.contracts.tui import Chosen, Left, Submitted
from newel.contracts.views import Form, Listing, Sheet
from newel.errors import Forbidden
from newel.testing import FakeClock, FakeTerminal, actor, make_app
from newel_site.screens.board import lasted
from newel_site.screens.figures import sparkline
from newel_site.screens.settings import form_of


@asynccontextmanager
async def site(*more: Any, others: Any = (), **options: Any) -> AsyncIterator[App]:
    async with make_app(["database", "migrations", "site", *more], others=[Guest.manifest, *others], **options) as app:
        yield app


@pytest.mark.needs_plugin("jobs", "audit")
async def test_home_shows_an_admin_all(tmp_path: Any) -> None:
    async with site("jobs", "audit", others=[Keeper.manifest], clock=FakeClock()) as app:
        app.report_part("guest", "ear", "cannot hear")
        call = app.call(actor("admin"), "test")
        await app.operations.run("jobs.enqueue", {"kind": "jobs.clean"}, call)
        terminal = await FakeTerminal(app).open("site", "home")
        text = terminal.text
        for told in (
            "! 1 failed", "ear: cannot hear", "1 waiting, 0 running", "admin  jobs.enqueue", "verified",
            "1 h 1 min would be lost now",
            "!! failing: guest.slow", "  no answer in 0.01 s",
        ):  # fmt: skip
            assert told in text, text
        assert isinstance(terminal.layout, Sheet)
        assert terminal.layout.grid.refresh == 5
        assert {"w: Health", "s: Configuration", "o: Log", "i: Figures"} <= set(text.splitlines())


async def test_a_viewer_sees_a_viewers_part() -> None:
    async with site() as app:
        app.report_part("guest", "ear", "cannot hear")
        viewer = actor("vera", "site.read")
        terminal = await FakeTerminal(app, viewer).open("site", "home")
        assert "vera" in terminal.text
        assert "! no backup plugin" in terminal.text
        assert "no queue" in terminal.text
        for hidden in ("cannot hear", "Health", "Configuration", "Database"):
            assert hidden not in terminal.text
        for screen in ("health", "config", "log", "metrics"):
            with pytest.raises(Forbidden):
                await terminal.open("site", screen)


async def test_health_and_log_are_lists_that_are_read_again_and_a_row_is_read_by_itself() -> None:
    async with site() as app:
        try:
            raise RuntimeError("why\x1b[2J")
        except RuntimeError:
            app.log.exception("it broke", extra={"plugin": "guest"})
        for screen, told in (("health", "What to do: Mend it."), ("log", "RuntimeError: why")):
            view, rows = await listed(app, "site", screen)
            assert view.refresh
            row = next(one for one in rows if one.get("name") == "guest.worn" or one.get("message") == "it broke")
            terminal = await FakeTerminal(app).open("site", screen)
            await terminal.send(Chosen(act="read", rows=(row,)))
            assert isinstance(terminal.layout, Sheet)
            assert told in terminal.text
            assert "\x1b" not in terminal.text
            await terminal.send(Left())
            assert terminal.layout == view


async def test_a_setting_is_changed_in_a_form_of_its_type() -> None:
    async with site() as app:
        terminal = await FakeTerminal(app).open("site", "config", section="guest")
        assert isinstance(terminal.layout, Listing)
        assert terminal.layout.ask is not None
        asked = await app.operations.run("site.config.list", {"section": "guest"}, app.call(actor("admin"), "test"))
        rows = {one["key"]: one for one in app.structurer.unstructure(asked)["data"]}
        await terminal.send(Chosen(act="edit", rows=(rows["word"],)))
        form = terminal.layout
        assert isinstance(form, Form)
        assert form.submit is not None
        assert (form.controls[0].kind, dict(form.values), form.submit.params) == (
            "text", {"value": "hello"}, {"path": "guest.word"},
        )  # fmt: skip
        kinds = {key: form_of(row).controls[0].kind for key, row in rows.items()}
        assert kinds == {"word": "text", "times": "integer", "loud": "flag", "key": "secret"}
        assert dict(form_of(rows["key"]).values) == {}, "a secret is not shown"
        answer = {"path": "guest.word", "value": '"x"', "live": False, "restart": "needs restart: so it is"}
        await terminal.send(Submitted(answer=answer, values={"value": "x"}))
        assert terminal.toasts[-1].message == "guest.word is written: needs restart: so it is"
        assert isinstance(terminal.layout, Listing)
        level = await app.operations.run("site.config.list", {"section": "log"}, app.call(actor("admin"), "test"))
        choice = form_of(app.structurer.unstructure(level)["data"][0]).controls[0]
        assert (choice.kind, [one.value for one in choice.options]) == ("choice", ["debug", "info", "warning", "error"])


async def test_figures_are_drawn_as_graphs() -> None:
    clock = FakeClock()
    async with site(clock=clock) as app:
        terminal = await FakeTerminal(app).open("site", "metrics")
        assert "nothing was read yet" in terminal.text
        plugin: Any = app.plugins["site"]
        for _ in range(3):
            await plugin.sampler.take()
            await clock.advance(5)
        await terminal.open("site", "metrics")
        assert "guest_words_total  Words." in terminal.text
        assert "  room 7           ███ 7" in terminal.text
        assert "MiB" in terminal.text
        assert (await terminal.resize(120, 40)).text.count("\n") > 20


def test_a_graph_is_scaled_to_its_highest_and_has_gaps() -> None:
    assert sparkline((0.0, None, 4.0, 8.0), 10) == "▁ ▄█"
    assert sparkline([float(one) for one in range(80)], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline((), 10) == " "
    assert sparkline((0.0, 0.0), 10) == "▁▁"


@pytest.mark.parametrize(
    ("seconds", "told"), [(59, "less than a minute"), (75, "1 min"), (7200, "2 h 0 min"), (200_000, "2 d 7 h")]
)
def test_times_that_passed_are_told_in_two_units(seconds: int, told: str) -> None:
    assert lasted(seconds) == told
