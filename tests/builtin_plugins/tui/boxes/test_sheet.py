"""Sheets are read by scrolling; answers of operations become sheets."""

from __future__ import annotations

from typing import Any

from tests.builtin_plugins.tui.boxes.rig import MadeUp, Rig, desk_with, known

from newel.contracts.layout import Cell, Column, Grid, Line, Primitive, Text
from newel.contracts.tui import Init
from newel.contracts.views import Act, Ask, Sheet, View
from newel.diffs import log_grid
from newel.pages import Pages
from newel_tui.boxes.making import shown_answer
from newel_tui.boxes.sheet import sheet_of


def lines(count: int, name: str = "line") -> Text:
    return Text(lines=tuple(Line(text=f"{name} {n}.") for n in range(count)))


def sheet(*contents: Primitive, **more: Any) -> Sheet:
    cells = tuple(Cell(title=f"cell {number}", content=one) for number, one in enumerate(contents))
    return Sheet(grid=Grid(columns=(Column(span=12, cells=cells),)), **more)


async def test_keys_scroll_to_the_end_and_back() -> None:
    async with desk_with(sheet(lines(200)), MadeUp()) as rig:
        assert "line 0." in rig.text
        await rig.press("j", "j")
        assert "line 0." not in rig.text
        await rig.press("G")
        assert "line 199." in rig.text
        assert "end" in rig.text
        await rig.press("pgup", "g")
        assert "line 0." in rig.text


async def test_tab_goes_to_the_next_cell_and_back() -> None:
    async with desk_with(sheet(lines(100, "first"), lines(100, "second")), MadeUp()) as rig:
        assert "second" not in rig.text
        await rig.press("tab")
        assert "second 0." in rig.text
        await rig.press("shift+tab")
        assert "first 0." in rig.text


async def test_text_is_found_from_match_to_match_round_the_end() -> None:
    async with desk_with(sheet(lines(200)), MadeUp()) as rig:
        await rig.press("/", *"LINE 19", "enter")
        assert "line 19." in rig.text
        await rig.press("n", "n", "n")
        assert "line 192." in rig.text
        for _ in range(8):
            await rig.press("n")
        assert "line 19." in rig.text
        await rig.press("N")
        assert "line 199." in rig.text
        await rig.press("/", "ctrl+u", *"nowhere", "enter")
        assert "no 'nowhere' here" in rig.text


async def test_long_lines_are_wrapped_or_moved_aside() -> None:
    long = "".join(f"{n:04}" for n in range(100))
    async with desk_with(sheet(Text(lines=(Line(text=long),))), MadeUp()) as rig:
        assert "0099" in rig.text
        await rig.press("l")
        assert "0099" not in rig.text
        assert "0000" in rig.text
        await rig.press("l")
        assert "0000" not in rig.text
        await rig.press("h", "h")
        assert "0099" in rig.text


async def test_acts_are_done_to_the_subject_where_they_may_and_fit() -> None:
    gateway = MadeUp()
    gateway.add(known("thing.end", "id", effect="write"), lambda params: {})
    end = Act(name="end", label="end it", key="e", ask=Ask(operation="thing.end", params={"id": "$id"}))
    other = Act(name="other", label="never", key="x", ask=Ask(operation="thing.other"))
    view = sheet(lines(3), acts=(end, other), subject={"id": "7"})
    async with desk_with(view, gateway) as rig:
        assert [one.name for one in rig.desk.actions() if one.name.startswith("t.main")] == ["t.main.end"]
        await rig.press("e", "x")
        assert gateway.calls == [("thing.end", {"id": "7"})]


class Log(Pages):
    """A log that grows by a line each time it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 100

    async def first(self, event: Init) -> View:
        return Sheet(grid=log_grid([f"entry {n}." for n in range(self.count)], "log", refresh=1))

    async def again(self) -> View:
        self.count += 1
        return await self.first(Init(width=80, height=24))


async def test_the_end_of_a_log_stays_in_sight_while_it_is() -> None:
    async with desk_with(None, MadeUp(Log)) as rig:
        await rig.press("G")
        await rig.wait(1.1)
        assert "entry 100." in rig.text
        await rig.press("g")
        await rig.wait(1.1)
        assert "entry 0." in rig.text


async def shown(rig: Rig, answer: Any) -> str:
    rig.desk.start(rig.desk.fill("answer", shown_answer(rig.desk, rig.desk.places[-1], answer)))
    for _ in range(3):
        await rig.clock.sleep(0)
    return rig.text


async def test_answers_are_labelled_lines_tables_and_texts() -> None:
    async with desk_with(sheet(lines(1)), MadeUp()) as rig:
        text = await shown(
            rig,
            {
                "sent": True, "took_ms": 1234, "tags": ["a", "b"], "note": "one\ntwo\x1b[2J",
                "rows": [{"id": 1, "title": "first"}, {"id": 2, "title": "second"}], "meta": {"deep": {"er": "x"}},
            },
        )  # fmt: skip
        for one in ("sent     yes", "took ms  1234", "tags     a, b", "id  title", "2   second", "one", "meta · deep"):
            assert one in text
        assert "\x1b" not in text


async def test_any_answer_makes_a_sheet() -> None:
    deep: Any = {"a": {"a": {"a": {"a": {"a": {"a": [{}]}}}}}}
    large: Any = ([{"x": n} for n in range(5000)], {"x": "y" * 50_000}, {"k" * 20_000: ["v" * 20_000] * 2})
    for answer in (None, "", "text", 7, [], {}, [1, "a"], [{}], deep, *large):
        assert sheet_of(answer).grid.columns


async def test_secrets_that_are_told_once_stand_apart_and_y_copies_them() -> None:
    async with desk_with(sheet(lines(1)), MadeUp()) as rig:
        text = await shown(rig, {"id": "1", "token": "nwl_abc", "recovery_codes": ["r-1", "r-2"]})
        assert "This is shown once" in text
        assert text.index("nwl_abc") < text.index("id")
        await rig.press("y")
        assert rig.copied == ["nwl_abc\nr-1\nr-2"]
