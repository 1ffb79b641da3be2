"""The desk: screens above screens, the palette, help from the map of keys, undo, and keys that are nobody else's."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Sequence
from typing import Any

import pytest
import urwid
from tests.builtin_plugins.tui.notes import NOTES
from tests.builtin_plugins.tui.support import At, Site, site

from newel.contracts.tui import Navigate
from newel.errors import Conflict
from newel.testing import FakeClock, actor
from newel_tui.actions import Action
from newel_tui.boxes.base import Box
from newel_tui.boxes.choosing import Choice
from newel_tui.boxes.palette import fitting
from newel_tui.desk import DEEPEST


class Pad(Box):
    """Notes the keys that it gets. ``s`` is an act that lasts until ``gate`` is set; ``b`` breaks."""

    def __init__(self, at: At, title: str = "Pad", *, stays: bool = False) -> None:
        super().__init__(at.desk, at.desk.owner, None, urwid.SolidFill("."))
        self.got: list[str] = []
        self.gate = asyncio.Event()
        self.named = title
        self.stays = stays
        self.parted = self.closed = 0
        self.pastes: list[str] = []
        self.draws = True

    def actions(self) -> Sequence[Action]:
        keys = [Action(name=f"pad.{key}", label=key, keys=(key,), run=self._gets(key)) for key in "jkxyd"]
        return [
            Action(name="pad.slow", label="slow", keys=("s",), run=self._slow, hint=True),
            Action(name="pad.ask", label="ask", keys=("a",), run=self._asks),
            Action(name="pad.break", label="break", keys=("b",), run=lambda: 1 // 0),  # type: ignore[arg-type, return-value]  # it never answers
            *keys,
        ]

    def _gets(self, key: str) -> Any:
        return lambda: self.got.append(key)

    async def _slow(self) -> None:
        await self.gate.wait()
        self.got.append("slow")

    async def _asks(self) -> None:
        await self.gate.wait()
        self.got.append(f"said {await self.host.ask('Really?')}")

    def pasted(self, text: str) -> None:
        self.pastes.append(text)

    def render(self, size: tuple[int, int], focus: bool = False) -> urwid.Canvas:  # type: ignore[override]  # a box only
        if not self.draws:
            raise ZeroDivisionError("while it draws")
        return super().render(size, focus)

    async def leave(self) -> bool:
        return not self.stays or await self.host.ask("Leave it?", "Something is unsaved.")

    async def parting(self) -> None:
        self.parted += 1

    def close(self) -> None:
        self.closed += 1


async def pad(at: At, **options: Any) -> Pad:
    """A pad above the screen."""
    made = Pad(at, **options)

    async def shows() -> None:
        await at.desk.fill(made.named, made)

    at.desk.start(shows())
    await at.desk.settle()
    return made


async def turns() -> None:
    """Lets what is under way go on as far as it can without what it waits for."""
    for _ in range(20):
        await asyncio.sleep(0)


# -- what is seen -------------------------------------------------------------------------------------------------


async def test_the_frame_says_where_one_is_who_one_is_and_what_can_be_done(at: At) -> None:
    lines = at.lines
    assert len(lines) == 24
    assert lines[0].strip().startswith("Notes")
    assert f"admin@{at.desk.gateway.title}" in lines[0]
    assert "? help" in lines[-1]
    assert "e edit" in lines[-1]


async def test_commands_menu_and_help_are_hinted_however_much_there_is_to_do(notes: Site) -> None:
    at = await notes.desk()
    acts = [
        Action(name=f"pad.{key}", label="a long name", keys=(key,), run=at.desk.redraw, hint=True) for key in "vwyz"
    ]
    acts += at.desk.actions()
    at.desk.actions = lambda: acts  # type: ignore[method-assign]  # more than a line holds
    for width, told in ((200, 4), (80, 3), (40, 0)):
        at.desk.resize(width, 24)
        assert at.lines[-1].rstrip().endswith(": commands  M menu  ? help")
        assert at.lines[-1].count("a long name") == told
    at.desk.resize(20, 24)
    assert at.lines[-1].strip() == ": commands  ? help"


async def test_a_wide_terminal_has_the_menu_beside_the_screen(notes: Site) -> None:
    at = await notes.desk(width=120, height=40)
    assert "> Notes" in at.lines[1]
    assert "  Write" in at.lines[2]
    assert "Broken" not in at.text


async def test_who_may_not_open_a_screen_does_not_see_it(notes: Site) -> None:
    at = await notes.desk(actor("reader", "notes.read"))
    text = await at.press("M")
    assert "Keys" in text
    assert "Write" not in text


async def test_help_is_made_from_the_map_of_this_moment(notes: Site) -> None:
    at = await notes.desk(keys={"pad.slow": "ctrl+s", "app.help": "f12"})
    await pad(at)
    text = await at.press("f12")
    assert "-- pad --" in text
    assert "-- app --" in text
    assert "ctrl+s" in text
    assert "pad.slow" in text


async def test_a_key_that_was_given_away_is_taken_from_whoever_had_it(notes: Site) -> None:
    at = await notes.desk(keys={"pad.x": "j"})
    box = await pad(at)
    await at.press("j", "x", "k")
    assert box.got == ["x", "k"]


async def test_notes_go_by_themselves_and_errors_with_a_key(at: At) -> None:
    clock = at.desk.clock
    at.desk.toast("done", "success")
    at.desk.toast("no", "error")
    assert "error: no" in at.text
    await turns()
    await advance(clock, 30)
    assert at.said == ["no"]
    await at.press("j")
    assert at.said == []


async def advance(clock: Any, seconds: float) -> None:
    await clock._clock.advance(seconds)


async def test_waiting_is_shown_after_a_while_only(notes: Site) -> None:
    at = await notes.desk()
    notes.app.plugins["notes"].gate.clear()

    async def writes() -> None:
        await at.desk.gateway.run("notes.create", {"title": "slow"})

    at.desk.start(writes())
    await turns()
    assert "..." not in at.lines[0]
    await advance(at.desk.clock, 0.31)
    assert "..." in at.lines[0]
    notes.app.plugins["notes"].gate.set()
    await at.desk.settle()
    assert "..." not in at.lines[0]


# -- keys ---------------------------------------------------------------------------------------------------------


async def test_keys_typed_during_an_act_come_after_it_in_order(at: At) -> None:
    box = await pad(at)
    for key in "sjkx":
        at.desk.press(key)
    at.desk.paste("text\x1b]0;x\x07")
    await turns()
    assert (box.got, box.pastes) == ([], [])
    box.gate.set()
    await at.desk.settle()
    await turns()
    assert box.got == ["slow", "j", "k", "x"]
    assert box.pastes == ["text\ufffd]0;x\ufffd"]


async def test_keys_are_never_those_of_a_question_that_came_meanwhile(at: At) -> None:
    box = await pad(at)
    for key in "ayj":
        at.desk.press(key)
    await turns()
    box.gate.set()
    await turns()
    assert "Really?" in at.text, "the y was typed before the question was seen"
    await at.press("n")
    await turns()
    assert box.got == ["said False", "y", "j"]


async def test_keys_for_a_screen_that_has_gone_are_told_of(at: At) -> None:
    box = await pad(at)
    at.desk.press("s")
    at.desk.press("d")
    at.desk.finish(box, None)
    await turns()
    box.gate.set()
    await at.desk.settle()
    await turns()
    assert box.got == ["slow"]
    assert at.said == ["1 keys typed before this was open were left out"]


async def test_quitting_waits_for_nothing(at: At) -> None:
    await pad(at)
    at.desk.press("s")
    at.desk.press("ctrl+c")
    await turns()
    assert at.desk.over.result() == 0


async def test_quitting_asks_where_something_is_unsaved(at: At) -> None:
    await pad(at, stays=True)
    assert "Leave it?" in await at.press("ctrl+c")
    await at.press("n")
    assert not at.desk.over.done()
    await at.press("ctrl+c", "y")
    assert at.desk.over.result() == 0


async def test_the_first_screen_is_left_only_after_a_question(at: At) -> None:
    await at.press("esc")
    assert not at.desk.over.done()
    assert "Leave the terminal admin?" in await at.press("q")
    await at.press("n")
    assert not at.desk.over.done()
    await at.press("q", "y")
    assert at.desk.over.result() == 0


async def test_function_keys_are_those_of_midnight_commander(at: At) -> None:
    box = await pad(at)
    await at.press("f8")
    assert box.got == ["d"]
    assert "Help" in await at.press("f1")


# -- the palette --------------------------------------------------------------------------------------------------


async def test_the_palette_finds_screens_actions_and_operations(at: At) -> None:
    text = await at.press(":")
    assert "notes/main" in text
    await at.type("ntscrt")
    assert at.lines[3].split()[1:3] == ["notes.create", "Write"] or "> notes.create" in at.text
    await at.press(*["backspace"] * 6)
    await at.type("keys")
    text = await at.press("enter")
    assert text.lstrip().startswith("Notes > Keys")


async def test_the_palette_offers_what_one_may(notes: Site) -> None:
    at = await notes.desk(actor("reader", "notes.read"))
    await at.press(":")
    await at.type("notes.")
    assert "notes.list" in at.text
    assert "notes.delete" not in at.text


async def test_what_was_chosen_last_stands_first(at: At) -> None:
    await at.press(":")
    await at.type("keys")
    await at.press("enter", ":")
    assert at.desk.history == ["notes/keys"]
    assert "> Keys" in at.text


def test_the_closest_comes_first() -> None:
    choices = [Choice("content.unpublish"), Choice("content.publish"), Choice("publish"), Choice("users.list")]
    assert [one.label for one in fitting("publish", choices)] == ["content.publish", "publish", "content.unpublish"]
    assert [one.label for one in fitting("uslist", choices)] == ["users.list"]
    assert fitting("zz", choices) == []


async def test_a_screen_that_is_open_is_gone_back_to(at: At) -> None:
    await at.press("M", "j", "j", "enter")
    assert [place.screen for place in at.desk.places] == ["main", "keys"]
    await at.press("f2", "g", "enter")  # letters are the screen's own
    assert [place.screen for place in at.desk.places] == ["main"]


@pytest.mark.parametrize(("chosen", "path"), [("keys", ["main", "keys"]), ("main", ["main"])])
async def test_the_palette_leads_away_from_a_view_above_a_view(at: At, chosen: str, path: list[str]) -> None:
    await at.desk.navigate(Navigate(plugin="notes", screen="deep"))
    await at.desk.settle()
    text = await at.press("s", "s")
    assert "View 3" in text
    await at.press(":")
    await at.type(f"notes/{chosen}")
    await at.press("enter")
    assert [place.screen for place in at.desk.places] == path


async def test_a_screen_with_one_more_view_for_ever_is_not_waited_for(at: At) -> None:
    await at.desk.navigate(Navigate(plugin="notes", screen="deep"))
    await at.desk.settle()
    await at.press(*["s"] * (DEEPEST + 5))
    await at.press("alt+home")
    assert at.text.lstrip().startswith("Notes > View 6 ")


# -- rights, faults, the end --------------------------------------------------------------------------------------


async def test_rights_that_changed_open_the_screen_anew(notes: Site) -> None:
    at = await notes.desk()
    before = at.desk.places[0]
    at.someone.who = actor("admin", "notes.read", "notes.write", everything=False)
    await at.desk.did("write", at.desk.gateway.run("notes.create", {"title": "new"}))
    await at.desk.settle()
    assert at.said == ["your rights have changed"]
    assert [place is before for place in at.desk.places] == [False]


async def test_who_is_nobody_any_more_is_sent_away(notes: Site) -> None:
    at = await notes.desk()
    at.someone.who = None
    await at.press("M")
    assert at.desk.over.result() == 1
    assert "ended" in at.desk.farewell


async def test_a_widget_that_fails_over_a_key_is_closed_and_the_desk_goes_on(at: At) -> None:
    box = await pad(at)
    await at.press("b")
    assert box.closed == 1
    assert at.desk.layers == []
    assert "notes" in at.said[0]
    assert "integer division" not in at.text
    assert "Help" in await at.press("?")


async def test_a_widget_that_cannot_be_drawn_is_closed_and_the_desk_goes_on(at: At) -> None:
    box = await pad(at)
    box.draws = False
    box._invalidate()
    assert "failed" in at.text
    await at.desk.settle()
    await turns()
    assert at.desk.layers == []
    assert "Help" in await at.press("?")


async def test_a_screen_that_does_not_open_leaves_the_one_before(at: At) -> None:
    from newel.contracts.tui import Navigate

    at.desk.start(at.desk.navigate(Navigate(plugin="notes", screen="broken")))
    await at.desk.settle()
    assert [place.screen for place in at.desk.places] == ["main"]
    assert "failed" in at.said[0]


async def test_where_the_first_screen_is_not_there_another_is(notes: Site) -> None:
    at = await notes.desk(home="nobody/home")
    assert [place.screen for place in at.desk.places] == ["main"]


async def test_every_box_can_keep_what_was_typed(at: At) -> None:
    box = await pad(at)
    await at.desk.parting()
    assert box.parted == 1


async def test_nothing_is_left_of_a_desk(notes: Site) -> None:
    at = await notes.desk(width=120, height=40)
    await at.press("M", "esc", ":", "k", "esc", "?", "esc")
    assert at.text
    box = await pad(at)
    await at.press("j")
    left = [weakref.ref(at.desk), weakref.ref(box), weakref.ref(at.desk.places[0])]
    await at.desk.close()
    notes._desks.clear()
    del at, box
    for _ in range(3):
        await asyncio.sleep(0)
        gc.collect()
    assert [one() for one in left] == [None, None, None]


# -- undo ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def undoing(tmp_path: Any) -> Any:
    from tests.builtin_plugins.tui.undoing import UNDOING

    async with site(NOTES, UNDOING, folder=tmp_path, clock=FakeClock()) as made:
        yield made


async def test_the_act_done_last_is_undone_and_done_again(undoing: Site) -> None:
    at = await undoing.desk()
    asked = undoing.app.plugins["undoing"].asked
    await at.desk.gateway.run("notes.create", {"title": "one"})
    first = at.desk.gateway.last_request
    await at.desk.gateway.run("notes.list", {})
    await at.press("u")
    undo = at.desk.gateway.last_request
    assert asked == [first]
    assert undo != first, "what the screen reads again is no act"
    assert at.said == ["undone: Write a note"]
    await at.press("u")
    assert asked == [first], "there is nothing else to undo"
    await at.press("ctrl+r")
    assert asked == [first, undo]
    await at.press("u")
    assert len(asked) == 3


async def test_an_act_that_cannot_be_undone_says_so(undoing: Site) -> None:
    at = await undoing.desk()
    undoing.app.plugins["undoing"].refuses = Conflict("it was changed since")
    await at.desk.gateway.run("notes.create", {"title": "one"})
    await at.press("u")
    assert at.said == ["it was changed since"]


async def test_undo_is_not_offered_where_there_is_none(at: At) -> None:
    await at.desk.gateway.run("notes.create", {"title": "one"})
    assert "app.undo" not in await at.press("?")
