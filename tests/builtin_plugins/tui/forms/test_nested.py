"""Fields inside fields: objects, lists, blocks, locales, references."""

from __future__ import annotations

from typing import Any

from tests.builtin_plugins.tui.forms.sitting import Sit, Site

from newel.contracts.views import Ask, Col, Control, Listing, Pick
from newel.errors import Problem, Reject

TEXT = Control(name="text")
BLOCKS = Control(
    name="body",
    kind="blocks",
    within="data",
    variants={"quote": (TEXT, Control(name="by")), "heading": (TEXT, Control(name="level", kind="integer"))},
)


def block(kind: str, text: str, id: str) -> dict[str, Any]:
    return {"id": id, "type": kind, "data": {"text": text}}


async def test_an_object_keeps_what_no_field_is_for(sit: Sit) -> None:
    place = Control(name="place", kind="object", parts=(Control(name="city"), Control(name="zip", kind="integer")))
    sat = await sit(place, values={"place": {"city": "Ulm", "old": 1}})
    assert "Ulm" in sat.press("tab").type("89073").text
    await sat.does("ctrl+s")
    assert sat.site.sent() == [{"place": {"city": "Ulm", "zip": 89073, "old": 1}}]


async def test_an_object_that_is_not_there_stays_away_until_something_is_typed(sit: Sit) -> None:
    place = Control(name="place", kind="object", parts=(Control(name="city", required=True),))
    sat = await sit(Control(name="name"), place)
    await sat.type("x").does("ctrl+s", "tab", "U", "ctrl+s")
    assert sat.site.sent() == [{"name": "x"}, {"name": "x", "place": {"city": "U"}}]


async def test_items_are_added_moved_and_removed(sit: Sit) -> None:
    steps = Control(name="steps", kind="list", parts=(Control(name="step"),))
    sat = await sit(steps, values={"steps": ["one", "two"]})
    assert "▸ 1. one" in sat.text
    await sat.does("n", "t", "r", "e", "esc", "J", "J", "up", "d", "ctrl+s")
    assert sat.site.sent() == [{"steps": ["one", "tre"]}]


async def test_blocks_are_an_outline_and_keep_their_ids(sit: Sit) -> None:
    sat = await sit(BLOCKS, values={"body": [block("quote", "To be", "a"), block("heading", "Act 1", "b")]})
    assert "1. quote: To be" in sat.text
    assert "2. heading: Act 1" in sat.text
    await sat.does("enter", "tab", *" or", "esc", "J", "c", "ctrl+s")
    assert [
        {
            "body": [
                block("heading", "Act 1", "b"),
                block("quote", "To be or", "a"),
                {"type": "quote", "data": {"text": "To be or"}},
            ]
        }
    ] == sat.site.sent()


async def test_a_kind_of_block_is_chosen_from_a_list(sit: Sit, monkeypatch: Any) -> None:
    asked: list[Listing] = []

    async def pick(listing: Listing, *, many: bool = False) -> Any:
        asked.append(listing)
        return [listing.rows[1]]

    sat = await sit(BLOCKS)
    monkeypatch.setattr(sat.desk, "pick", pick)
    await sat.does("n", *"New", "tab", "2", "ctrl+s")
    assert [row["id"] for row in asked[0].rows] == ["quote", "heading"]
    assert sat.site.sent() == [{"body": [{"type": "heading", "data": {"text": "New", "level": 2}}]}]


async def test_a_fault_inside_a_folded_block_is_found(sit: Sit) -> None:
    def refuse(params: Any) -> Any:
        raise Reject("wrong", problems=[Problem("/data/body/1/data/level", "max", "must be at most 6")])

    sat = await sit(
        BLOCKS,
        at="data",
        values={"body": [block("quote", "To be", "a"), block("heading", "Act 1", "b")]},
        site=Site(answers={"save": refuse}),
    )
    seen = await sat.does("ctrl+s")
    assert "! must be at most 6" in seen
    assert "▸     level" in seen


async def test_a_block_of_an_unknown_kind_is_kept(sit: Sit) -> None:
    odd = {"id": "x", "type": "gone", "data": {"a": [1]}}
    sat = await sit(BLOCKS, values={"body": [odd]})
    await sat.does("ctrl+s")
    assert [{"body": [odd]}] == sat.site.sent()


async def test_only_the_locales_that_changed_are_sent(sit: Sit) -> None:
    title = Control(name="title", localized=True)
    values = {"title": {"en": "Hello", "de": "Hallo"}}
    sat = await sit(title, Control(name="n"), locales=("en", "de", "fr"), values=values, changed_only=True)
    assert "[en] missing: fr" in sat.text
    await sat.does("alt+l", "!")
    assert "Hallo!" in sat.text
    await sat.does("ctrl+s")
    assert sat.site.sent() == [{"title": {"de": "Hallo!"}}]


async def test_an_emptied_locale_is_null(sit: Sit) -> None:
    title = Control(name="title", localized=True)
    sat = await sit(title, locales=("en", "de"), values={"title": {"en": "a", "de": "b"}}, changed_only=True)
    await sat.does("backspace", "ctrl+s")
    assert sat.site.sent() == [{"title": {"en": None}}]


async def test_two_locales_stand_beside_each_other(sit: Sit) -> None:
    title = Control(name="title", localized=True)
    sat = await sit(title, locales=("en", "de"), values={"title": {"en": "Hello"}}, size=(120, 24))
    assert "│ de missing" in sat.text
    assert "│ de missing" not in sat.press("alt+s").text
    sat.press("alt+s", "alt+l").type("Hallo")
    assert "│ en Hello" in sat.text


async def test_a_fault_of_another_locale_is_told_with_its_name(sit: Sit) -> None:
    def refuse(params: Any) -> Any:
        raise Reject("wrong", problems=[Problem("/title/de", "max_length", "is too long")])

    title = Control(name="title", localized=True)
    sat = await sit(title, locales=("en", "de"), values={"title": {"en": "a"}}, site=Site(answers={"save": refuse}))
    assert "! de: is too long" in await sat.does("ctrl+s")


async def test_references_show_names_and_are_chosen_from_a_list(sit: Sit, monkeypatch: Any) -> None:
    async def pick(listing: Listing, *, many: bool = False) -> Any:
        return [{"id": "c", "name": "Cy"}, {"id": "d", "name": "Di"}][: 2 if many else 1]

    site = Site(answers={"people.get": lambda params: {"id": params["id"], "name": "Name " + params["id"]}})
    listing = Listing(title="people", ask=Ask(operation="people.list"), columns=(Col(label="name", value="name"),))
    chosen = Pick(listing=listing, label="name", shown=Ask(operation="people.get", params={"id": "$"}))
    sat = await sit(
        Control(name="author", kind="reference", pick=chosen),
        Control(name="guests", kind="references", pick=chosen),
        values={"author": "a", "guests": ["b"]},
        site=site,
    )
    monkeypatch.setattr(sat.desk, "pick", pick)
    sat.desk.text()
    await sat.rests()
    assert "Name a" in sat.text
    assert "1. Name b" in sat.text
    await sat.does("enter", "tab", "enter")
    assert "3. Di" in sat.text
    await sat.does("K", "ctrl+s")
    assert sat.site.sent() == [{"author": "c", "guests": ["b", "d", "c"]}]


async def test_a_value_that_its_kind_cannot_show_is_json(sit: Sit) -> None:
    sat = await sit(Control(name="title"), values={"title": {"odd": True}})
    assert '"odd": true' in sat.text
    await sat.does("ctrl+s")
    assert sat.site.sent() == [{"title": {"odd": True}}]
