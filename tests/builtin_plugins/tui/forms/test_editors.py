"""Fields with more than text: Markdown with a preview, dates, editors of plugins, the person's own editor."""

from __future__ import annotations

import asyncio
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.tui.forms.sitting import Sat, Sit, Site

from newel.contracts.layout import Cell, Column, Grid, Input, Line, Text
from newel.contracts.tui import Action, Cancel, Commit, Init
from newel.contracts.views import Control, View
from newel.errors import NotFound, Reject
from newel.pages import Pages
from newel_tui.boxes.form import external
from newel_tui.boxes.form.preview import previewed
from newel_tui.gateway import Offered

MARKDOWN = """# Title

Some *text* with `code`, **bold** and a [link](https://example.org).

- one
  - below
- two

1. first

> quoted

```python
x = 1
```

| a | b |
|---|---|
| 1 | 22 |

---
"""


def shown(text: str, width: int = 60) -> str:
    return "\n".join("".join(piece for _, piece in line).rstrip() for _, line in previewed(text, width))


def test_markdown_is_drawn_plainly() -> None:
    assert shown(MARKDOWN) == (
        "# Title\n\n"
        "Some text with code, bold and a link (https://example.org).\n\n"
        "• one\n  • below\n\n• two\n\n"
        "1. first\n\n"
        "│ quoted\n\n"
        "  x = 1\n\n"
        "a │ b\n──┼───\n1 │ 22\n\n" + "─" * 60
    )


def test_looks_of_markdown_survive_wrapping() -> None:
    rows = previewed("plain **" + "strong " * 10 + "end**", 20)
    assert all(look == "bold" for _, line in rows[1:] for look, text in line if text.strip())
    assert len(rows) > 3


@pytest.mark.parametrize(
    "text", ["> " * 5_000 + "x", "*" * 5_000, "[" * 5_000, "`" * 5_000, "- " * 2_000, "<a " * 3_000]
)
def test_markdown_that_is_made_to_be_slow_is_not(text: str) -> None:
    began = time.process_time()
    previewed(text, 60)
    assert time.process_time() - began < 1


def test_escape_sequences_in_markdown_are_inert() -> None:
    assert "\x1b" not in shown("a \x1b[2J `\x1b]0;x\x07`\n\n    \x1b[1m\n\n<b>\x1b[2J</b>\n\n[x](\x1b)")


async def test_the_preview_takes_the_place_of_the_text_and_stands_beside_it_where_there_is_room(sit: Sit) -> None:
    field = Control(name="body", kind="markdown")
    sat = await sit(field, values={"body": "# Title\n\n**bold**"})
    assert "**bold**" in sat.text
    seen = await sat.does("ctrl+p")
    assert "**bold**" not in seen
    assert "bold" in seen
    wide = await sit(field, values={"body": "# Title\n\n**bold**"}, size=(130, 30))
    seen = await wide.does("ctrl+p")
    assert "**bold**" in seen
    assert "│ bold" in seen


async def test_a_long_text_is_previewed_where_the_cursor_is(sit: Sit) -> None:
    text = "\n\n".join(f"Paragraph *{number}*" for number in range(5_000))
    sat = await sit(Control(name="body", kind="markdown"), values={"body": text}, size=(130, 30))
    await sat.does("ctrl+end", "ctrl+p")
    assert "Paragraph 4999" in sat.text


async def test_a_day_is_typed_or_found_in_a_calendar(sit: Sit) -> None:
    names: dict[str, Any] = {"day": "date", "at": "datetime", "t": "time"}
    sat = await sit(*(Control(name=name, kind=kind) for name, kind in names.items()))
    sat.type("2026-02-28")
    assert "February 2026" in await sat.does("enter")
    await sat.does("right", "pgdn", "enter", "+")
    assert "2026-03-30" in sat.text
    assert "! write it as" in sat.press("tab").type("2026-13-01").text
    sat.press("ctrl+u").type("2026-11-30 18:30+02:00").press("tab").type("7:5")
    assert "! write it as 18:30" in sat.text
    sat.press("ctrl+u").type("07:05")
    await sat.does("ctrl+s")
    assert sat.site.sent() == [{"day": "2026-03-30", "at": "2026-11-30T16:30:00.000Z", "t": "07:05:00"}]


async def test_a_moment_that_nobody_touches_is_sent_as_it_was(sit: Sit) -> None:
    sat = await sit(Control(name="at", kind="datetime"), values={"at": "2026-11-30T18:30:00.000Z"})
    assert "2026-11-30 18:30" in sat.text
    await sat.does("ctrl+s")
    assert sat.site.sent() == [{"at": "2026-11-30T18:30:00.000Z"}]


class Shade(Pages):
    """An editor: letters are the value, ``enter`` takes it."""

    closed = 0

    def __init__(self, *, grid: bool) -> None:
        super().__init__()
        self.grid = grid

    async def first(self, event: Init) -> View:
        self.value = str(event.value or "")
        return self._view()

    def _view(self) -> View:
        if not self.grid:
            return Input(id="shade", value=self.value)
        text = Text(lines=(Line(text=f"shade: {self.value}"),))
        return Grid(columns=(Column(span=12, cells=(Cell(title="Shade", content=text),)),))

    async def key(self, key: str) -> View | Action:
        if key == "enter":
            return Commit(self.value)
        if key == "esc":
            return Cancel()
        self.value += key
        return self._view()

    async def close(self) -> None:
        self.closed += 1


async def edited(sit: Sit, mode: Any, *, grid: bool) -> tuple[Sat, Shade]:
    editor = Shade(grid=grid)
    site = Site(offered=[Offered(plugin="p", name="shade", label="Shade", mode=mode)])
    site.sessions["p", "shade"] = editor
    sat = await sit(Control(name="colour", interface=("p", "shade")), values={"colour": "r"}, site=site)
    return sat, editor


@pytest.mark.parametrize(("mode", "grid"), [("inline", False), ("overlay", True)])
async def test_a_plugins_editor_gives_the_field_its_value(sit: Sit, mode: Any, grid: bool) -> None:
    sat, editor = await edited(sit, mode, grid=grid)
    await sat.does("enter", "e", "d")
    assert "red" in sat.text
    await sat.does("enter", "ctrl+s")
    assert sat.site.sent() == [{"colour": "red"}]
    assert editor.closed == 1


async def test_a_plugins_editor_that_is_left_changes_nothing(sit: Sit) -> None:
    sat, editor = await edited(sit, "overlay", grid=True)
    await sat.does("enter", "x", "esc", "ctrl+s")
    assert sat.site.sent() == [{"colour": "r"}]
    assert editor.closed == 1


async def test_a_form_that_is_left_ends_its_editors(sit: Sit) -> None:
    sat, editor = await edited(sit, "inline", grid=False)
    await sat.does("enter")
    sat.box.close()
    await sat.rests()
    assert editor.closed == 1


async def test_without_the_plugin_the_value_is_edited_as_it_is(sit: Sit) -> None:
    sat, _ = await edited(sit, "inline", grid=False)
    sat.site.sessions = Gone()
    await sat.does("enter", "x", "ctrl+s")
    assert sat.site.sent() == [{"colour": "rx"}]


class Gone(dict[tuple[str, str], Any]):
    def __missing__(self, key: Any) -> Any:
        raise NotFound("the plugin is gone")


async def test_the_own_editor_is_only_offered_on_the_own_machine(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\nstat -c %a "$1" > {tmp_path}/mode\necho "from outside" >> "$1"\n')
    script.chmod(stat.S_IRWXU)
    monkeypatch.setenv("VISUAL", str(script))
    sat = await sit(Control(name="body", kind="lines"), values={"body": "mine\n"}, site=Site(local_files=True))
    sat.desk.lend = asyncio.to_thread
    await sat.does("ctrl+e")
    await sat.desk.settle()
    assert "from outside" in sat.text
    assert (tmp_path / "mode").read_text() == "600\n"
    await sat.does("ctrl+s", "ctrl+z", "ctrl+s")
    assert [one["body"] for one in sat.site.sent()] == ["mine\nfrom outside\n", "mine\n"]
    far = await sit(Control(name="body", kind="lines"), site=Site(local_files=False))
    assert "form.editor" not in [one.name for one in far.desk.actions()]


async def test_an_editor_that_fails_leaves_the_text_alone(sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "false")
    sat = await sit(Control(name="body", kind="lines"), values={"body": "mine"}, site=Site(local_files=True))
    sat.desk.lend = asyncio.to_thread
    await sat.does("ctrl+e")
    await sat.desk.settle()
    assert "the text is as it was" in sat.text
    assert sat.box.fields.values() == {"body": "mine"}


@pytest.mark.parametrize(("given", "told"), [("vi 'x", "cannot be read"), ("/nowhere/ed", "does not start")])
def test_an_editor_that_cannot_be_started_is_told_of(monkeypatch: pytest.MonkeyPatch, given: str, told: str) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", given)
    with pytest.raises(Reject, match=told):
        external.edited("text", ".txt")


def test_a_blank_editor_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file with the text is not run in its place."""
    monkeypatch.setenv("VISUAL", "  ")
    monkeypatch.setenv("EDITOR", "  ")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Reject, match="'vi' does not start"):
        external.edited("text", ".txt")
