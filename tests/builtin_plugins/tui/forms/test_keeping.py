"""What was typed and not sent is kept, and offered again."""

from __future__ import annotations

from typing import Any

from tests.builtin_plugins.tui.forms.sitting import Sit, Site

from newel.contracts.views import Ask, Control
from newel.errors import Reject

TITLE, PASSWORD = Control(name="title"), Control(name="password", kind="secret")


class Memory(Site):
    """A site that keeps forms."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Any] = {}
        self.answers |= {"tui.kept.get": self._get, "tui.kept.put": self._put, "tui.kept.drop": self._drop}

    def _get(self, params: Any) -> Any:
        return {"values": self.kept.get(params["key"]), "saved_at": "2026-11-25T04:30:00.000Z"}

    def _put(self, params: Any) -> Any:
        self.kept[params["key"]] = params["values"]

    def _drop(self, params: Any) -> Any:
        self.kept.pop(params["key"], None)


async def test_it_is_kept_three_seconds_after_the_last_key_without_secrets(sit: Sit) -> None:
    site = Memory()
    sat = await sit(TITLE, PASSWORD, keep="k", site=site)
    sat.type("He")
    await sat.waits(2)
    sat.type("y").press("tab").type("hush")
    await sat.waits(2)
    assert site.kept == {}
    await sat.waits(1)
    assert site.kept == {"k": {"fields": {"title": "Hey"}, "revision": None}}


async def test_the_end_of_a_session_keeps_it_at_once(sit: Sit) -> None:
    site = Memory()
    sat = await sit(TITLE, keep="k", site=site)
    await sat.type("Hey").box.parting()
    assert site.kept["k"]["fields"] == {"title": "Hey"}


async def test_it_is_offered_and_taken_on_the_revision_that_it_was_typed_on(sit: Sit) -> None:
    site = Memory()
    site.kept["k"] = {"fields": {"title": "Kept"}, "revision": 3}
    submit = Ask(operation="save", params={"revision": 5})
    sat = await sit(TITLE, keep="k", site=site, values={"title": "There"}, submit=submit, changed_only=True)
    assert "typed on 2026-11-25 04:30 and not sent: enter takes it" in sat.text
    assert "Kept" in await sat.does("enter")
    await sat.does("ctrl+s")
    assert site.sent() == [{"revision": 3, "title": "Kept"}]
    assert site.kept == {}


async def test_it_is_thrown_away_by_escape_and_nothing_else(sit: Sit) -> None:
    site = Memory()
    site.kept["k"] = {"fields": {"title": "Kept"}, "revision": None}
    sat = await sit(TITLE, keep="k", site=site)
    await sat.box.parting()
    assert site.kept
    await sat.does("esc")
    assert site.kept == {}
    assert "typed on" not in sat.text


async def test_leaving_without_saving_forgets_it(sit: Sit) -> None:
    site = Memory()
    sat = await sit(TITLE, keep="k", site=site)
    sat.type("x")
    await sat.waits(3)
    assert site.kept
    await sat.does("esc", "esc", "d")
    assert site.kept == {}


async def test_a_site_that_refuses_to_keep_is_told_of_once(sit: Sit) -> None:
    def refuse(params: Any) -> Any:
        raise Reject("too much")

    site = Memory()
    site.answers["tui.kept.put"] = refuse
    sat = await sit(TITLE, keep="k", site=site)
    for _ in range(2):
        sat.type("x")
        await sat.waits(3)
    assert len(site.sent("tui.kept.put")) == 2
    assert sat.box.fields.values() == {"title": "xx"}


async def test_text_that_is_no_json_is_kept_as_it_was_typed(sit: Sit) -> None:
    site = Memory()
    sat = await sit(Control(name="any", kind="json"), keep="k", site=site)
    await sat.type('{"a": ').box.parting()
    again = await sit(Control(name="any", kind="json"), keep="k", site=site)
    assert '{"a":' in await again.does("enter")
