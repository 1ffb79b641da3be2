"""The form as a whole: moving, sending, faults, what somebody else wrote, leaving."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.builtin_plugins.tui.forms.sitting import Sit, Site

from newel.contracts.views import Act, Ask, Control
from newel.errors import Conflict, PreconditionFailed, Problem, Reject

TITLE, NOTE = Control(name="title"), Control(name="note")


async def test_forty_fields_scroll_and_the_focus_is_always_seen(sit: Sit) -> None:
    sat = await sit(*(Control(name=f"field{number:02}") for number in range(40)))
    assert "field39" not in sat.text
    sat.press(*["tab"] * 39)
    assert "▸ field39" in sat.text
    sat.press(*["shift+tab"] * 39)
    assert "▸ field00" in sat.text


async def test_only_what_changed_is_sent(sit: Sit) -> None:
    submit = Ask(operation="save", params={"id": "7", "revision": 3})
    sat = await sit(TITLE, NOTE, values={"title": "a", "note": "b"}, changed_only=True, at="data", submit=submit)
    assert "not saved" in sat.type("!").text
    assert "not saved" not in await sat.does("ctrl+s")
    await sat.does("tab", "backspace", "ctrl+s")
    assert sat.site.sent() == [
        {"id": "7", "revision": 3, "data": {"title": "a!"}},
        {"id": "7", "revision": 3, "data": {"note": None}},
    ]


async def test_a_readonly_field_is_seen_and_neither_typed_in_nor_sent(sit: Sit) -> None:
    sat = await sit(Control(name="id", readonly=True), TITLE, values={"id": "7"})
    await sat.does("x", "tab", "y", "ctrl+s")
    assert "7" in sat.text
    assert sat.site.sent() == [{"title": "y"}]


async def test_faults_of_the_site_stand_at_their_fields_until_they_are_mended(sit: Sit) -> None:
    def refuse(params: Any) -> Any:
        problems = [Problem("/data/note", "format", "is no note"), Problem("/data", "whole", "is odd as a whole")]
        raise Reject("not like this", problems=problems)

    sat = await sit(TITLE, NOTE, at="data", site=Site(answers={"save": refuse}))
    seen = await sat.does("a", "ctrl+s")
    assert "! is no note" in seen
    assert "▸ note" in seen
    assert "2 faults: is odd as a whole" in seen
    assert "is no note" not in sat.type("b").text
    assert sat.box.fields.values()["title"] == "a"


async def test_what_is_required_is_told_when_somebody_tries(sit: Sit) -> None:
    sat = await sit(Control(name="title", required=True), site=Site(answers={"save": lambda params: None}))
    assert "is required" not in sat.text
    assert "! is required" in sat.press("a", "backspace").text


async def test_the_site_is_asked_a_moment_after_typing_stops_and_stale_answers_are_dropped(sit: Sit) -> None:
    gates: list[asyncio.Event] = []

    async def check(params: Any) -> Any:
        gate = asyncio.Event()
        gates.append(gate)
        await gate.wait()
        return {"problems": [{"pointer": "/title", "code": "x", "detail": f"no {params['title']}"}]}

    sat = await sit(TITLE, check=Ask(operation="check"), site=Site(answers={"check": check}))
    sat.type("ab")
    await sat.waits(0.3)
    assert gates == []
    sat.type("c")
    await sat.waits(0.4)
    assert len(gates) == 1
    sat.type("d")
    await sat.waits(0.4)
    gates[1].set()
    await sat.rests()
    assert "! no abcd" in sat.text
    gates[0].set()
    await sat.rests()
    assert "! no abcd" in sat.text


def meanwhile(params: Any) -> Any:
    if params["revision"] < 5:
        raise PreconditionFailed(
            "somebody else changed the same fields meanwhile",
            extra={
                "revision": 5,
                "fields": ["title"],
                "yours": {"title": params["title"]},
                "current": {"title": "theirs"},
            },
        )
    return {"revision": 6}


async def test_mine_goes_on_top_of_theirs(sit: Sit) -> None:
    submit = Ask(operation="save", params={"revision": 3})
    sat = await sit(TITLE, changed_only=True, submit=submit, site=Site(answers={"save": meanwhile}))
    seen = await sat.does("m", "ctrl+s")
    assert "theirs  theirs" in seen
    assert "mine    m" in seen
    assert "not saved" not in await sat.does("m")
    assert [one["revision"] for one in sat.site.sent()] == [3, 5]
    assert sat.screen.taken[0].values == {"title": "m"}


async def test_theirs_is_taken_and_the_rest_stays(sit: Sit) -> None:
    submit = Ask(operation="save", params={"revision": 3})
    sat = await sit(TITLE, NOTE, changed_only=True, submit=submit, site=Site(answers={"save": meanwhile}))
    await sat.does("m", "tab", "n", "ctrl+s", "t")
    assert sat.box.fields.values(changed_only=True) == {"note": "n"}
    assert "theirs" in sat.text
    await sat.does("ctrl+s")
    assert sat.site.sent()[-1] == {"revision": 5, "note": "n"}


async def test_going_on_editing_loses_nothing(sit: Sit) -> None:
    submit = Ask(operation="save", params={"revision": 3})
    sat = await sit(TITLE, changed_only=True, submit=submit, site=Site(answers={"save": meanwhile}))
    await sat.does("m", "ctrl+s", "esc", "!")
    assert sat.box.fields.values(changed_only=True) == {"title": "m!"}


async def test_any_other_error_is_told_and_loses_nothing(sit: Sit) -> None:
    def refuse(params: Any) -> Any:
        raise Conflict("there is one already")

    sat = await sit(TITLE, site=Site(answers={"save": refuse}))
    await sat.does("a", "ctrl+s")
    assert "there is one already" in sat.text
    assert "not saved" in sat.press("left").text
    assert sat.box.fields.values() == {"title": "a"}


async def test_leaving_asks_what_becomes_of_what_is_unsaved(sit: Sit) -> None:
    sat = await sit(TITLE)
    await sat.does("a", "esc", "esc")
    assert "throw it away" in sat.text
    await sat.does("esc")
    assert len(sat.desk.places) == 2
    await sat.does("esc", "s")
    assert sat.site.sent() == [{"title": "a"}]
    assert len(sat.desk.places) == 1


async def test_leaving_throws_away_where_that_is_said(sit: Sit) -> None:
    sat = await sit(TITLE)
    await sat.does("a", "esc", "esc", "d")
    assert sat.site.sent() == []
    assert len(sat.desk.places) == 1


async def test_an_act_saves_first_where_the_form_says_so(sit: Sit) -> None:
    acts = (
        Act(name="publish", label="publish", key="p", ask=Ask(operation="publish", params={"id": "$id"})),
        Act(name="remove", label="remove", key="x", ask=Ask(operation="remove")),
    )
    site = Site(answers={"publish": lambda params: {}, "remove": lambda params: {}})
    sat = await sit(TITLE, acts=acts, saves=("publish",), subject={"id": "7"}, site=site)
    await sat.does("a", "esc", "x", "p")
    assert [name for name, _ in site.ran] == ["save", "publish"]
    assert site.sent("publish") == [{"id": "7"}]


async def test_a_form_above_a_screen_is_answered_with_what_was_sent(sit: Sit) -> None:
    from newel_tui.boxes.form import FormBox

    sat = await sit(TITLE)
    box = FormBox(sat.desk, sat.desk.places[-1], sat.screen.form)
    answer = asyncio.ensure_future(sat.desk.fill("above", box))
    await sat.rests()
    await sat.does("a", "enter")
    assert await answer == {"done": True}


async def test_escape_sequences_in_values_are_inert(sit: Sit) -> None:
    sat = await sit(TITLE, Control(name="body", kind="lines"), values={"title": "\x1b[2J", "body": "a\x1b]52;c;x\x07"})
    assert "\x1b" not in sat.text
    assert "\x07" not in sat.press("tab").text
    await sat.does("ctrl+s")
    assert sat.site.sent()[0]["title"] == "\x1b[2J"
