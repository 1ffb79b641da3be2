"""Each kind of field: what is typed, what is seen, what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.tui.forms.sitting import Sit

from newel.contracts.layout import Option
from newel.contracts.views import Control

TITLE = Control(name="title")


async def test_a_line_of_text_is_typed_corrected_and_sent(sit: Sit) -> None:
    sat = await sit(Control(name="title", label="Title", required=True, help="What it is called."))
    sat.type("Hello wrold").press("ctrl+w").type("world")
    assert "Title*" in sat.text
    assert "Hello world" in sat.text
    assert "What it is called." in sat.text
    sat.press("home", "ctrl+k", "ctrl+z", "end").type("!")
    await sat.does("ctrl+s")
    assert sat.site.sent() == [{"title": "Hello world!"}]
    assert [one.values for one in sat.screen.taken] == [{"title": "Hello world!"}]


@pytest.mark.parametrize(
    ("kind", "keys", "sent"),
    [
        ("integer", "42", 42),
        ("number", "-1.5", -1.5),
        ("tags", 'red, "a, b", red', ["red", "a, b"]),
        ("secret", "hush", "hush"),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("lines", "one", "one"),
        ("flag", "y", True),
    ],
)
async def test_what_is_typed_has_the_type_of_its_kind(sit: Sit, kind: Any, keys: str, sent: Any) -> None:
    sat = await sit(Control(name="value", kind=kind))
    await sat.type(keys).does("ctrl+s")
    assert [{"value": sent}] == sat.site.sent()


async def test_a_secret_is_not_seen(sit: Sit) -> None:
    sat = await sit(Control(name="password", kind="secret"))
    assert "hush" not in sat.type("hush").text
    assert "••••" in sat.text


async def test_a_choice_is_found_by_its_letter(sit: Sit) -> None:
    options = tuple(Option(label=name.title(), value=name) for name in ("red", "green", "blue"))
    sat = await sit(
        Control(name="one", kind="choice", options=options), Control(name="some", kind="choices", options=options)
    )
    await sat.does("enter", "b", "enter", "tab", " ", "down", "down", " ", "ctrl+s")
    assert sat.site.sent() == [{"one": "blue", "some": ["red", "blue"]}]


async def test_what_is_no_number_is_told_and_not_sent(sit: Sit) -> None:
    sat = await sit(Control(name="count", kind="integer", schema={"type": "integer", "maximum": 10}))
    assert "! expected a whole number" in sat.type("x").text
    assert "1 fault" in await sat.does("ctrl+s")
    assert sat.site.sent() == []
    assert "! must be at most 10" in sat.press("backspace").type("11").text


async def test_a_megabyte_is_pasted_in_one_piece_and_edited_without_a_pause(sit: Sit) -> None:
    sat = await sit(Control(name="body", kind="lines"))
    text = "word " * 100_000 + "\n" + "line\n" * 100_000
    sat.box.pasted(text)
    sat.type("!")
    assert "!" in sat.text
    await sat.does("ctrl+home", "down", "pgdn", "a", "ctrl+s")
    sent = sat.site.sent()[0]["body"]
    assert len(text) + 2 == len(sent)
    assert sent.endswith("line\n!")


async def test_what_is_too_much_is_refused_and_undoing_has_an_end(sit: Sit) -> None:
    sat = await sit(Control(name="body", kind="lines"))
    large = "x" * 3_000_000
    for _ in range(3):
        sat.box.pasted(large)
    assert len(sat.box.fields.values()["body"]) == 6_000_000
    assert "at most 8,000,000 characters" in sat.text
    sat.press("ctrl+z", "ctrl+z", "ctrl+z")
    assert sat.box.fields.values() == {}
    sat.press("ctrl+y")
    assert len(sat.box.fields.values()["body"]) == 3_000_000


async def test_a_word_is_undone_in_one_piece(sit: Sit) -> None:
    sat = await sit(TITLE)
    sat.type("one two").press("alt+u")
    assert sat.box.fields.values() == {"title": "one"}
    sat.press("alt+u", "alt+u", "ctrl+y")
    assert sat.box.fields.values() == {"title": "one"}


async def test_the_cursor_moves_by_characters_words_and_rows(sit: Sit) -> None:
    sat = await sit(Control(name="body", kind="lines"))
    sat.box.pasted("first line\nsecond line\nthird")
    sat.press("up", "ctrl+left", ">", "up", "end", "<", "down", "down", "down", "end", "alt+backspace")
    assert sat.box.fields.values() == {"body": "first line<\n>second line\n"}


async def test_the_length_is_counted_against_what_is_allowed(sit: Sit) -> None:
    sat = await sit(Control(name="title", schema={"type": "string", "maxLength": 5}))
    assert "3/5" in sat.type("abc").text
    assert "! takes at most 5 characters, these are 6" in sat.type("def").text


async def test_wide_characters_are_wrapped_and_the_cursor_stands_behind_them(sit: Sit) -> None:
    sat = await sit(Control(name="body", kind="lines"))
    sat.box.pasted("漢" * 60)
    canvas = sat.desk.canvas()
    assert canvas.cursor is not None
    assert canvas.cursor[0] < 80
    sat.press("backspace")
    assert len(sat.box.fields.values()["body"]) == 59
