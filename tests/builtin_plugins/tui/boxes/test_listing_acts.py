"""What can be done to the rows of a listing, and to whom it is offered."""

from __future__ import annotations

from typing import Any

from tests.builtin_plugins.tui.boxes.rig import MadeUp, Rig, desk_with, known, pages

from newel.contracts.views import Act, Ask, Col, Listing
from newel.errors import Conflict
from newel_tui.gateway import Person

COLUMNS = (Col(label="Title", value="title"), Col(label="State", value="state", cell="state"))


def rows() -> MadeUp:
    gateway = MadeUp()
    gateway.add(known("rows.list", "cursor", "limit"), pages(6, state=lambda n: "published" if n % 2 else "draft"))
    gateway.add(known("rows.publish", "id", effect="write"), lambda params: {})
    gateway.add(known("rows.delete", "ids", effect="write"), lambda params: {})
    return gateway


def listing(*acts: Act, **more: Any) -> Listing:
    return Listing(title="Rows", ask=Ask(operation="rows.list"), columns=COLUMNS, acts=acts, **more)


PUBLISH = Act(
    name="publish", label="publish", key="p", ask=Ask(operation="rows.publish", params={"id": "$id"}),
    many=True, when={"state": "draft"},
)  # fmt: skip
DELETE = Act(name="delete", label="delete", key="d", ask=Ask(operation="rows.delete"), bulk="ids", confirm="Delete?")


def done(rig: Rig) -> list[tuple[str, Any]]:
    return [one for one in rig.gateway.calls if one[0] != "rows.list"]  # type: ignore[misc]  # mappings


def offered(rig: Rig) -> set[str]:
    return {one.name for one in rig.desk.actions() if one.name.startswith("t.main.")}


async def test_enter_does_the_first_act_to_the_row_under_the_cursor() -> None:
    async with desk_with(listing(PUBLISH), rows()) as rig:
        await rig.press("enter", "j", "j", "p")
        assert done(rig) == [("rows.publish", {"id": "r0"}), ("rows.publish", {"id": "r2"})]


async def test_an_act_is_offered_to_rows_that_it_fits_and_people_who_may() -> None:
    gateway = rows()
    async with desk_with(listing(PUBLISH, DELETE), gateway) as rig:
        assert offered(rig) == {"t.main.publish", "t.main.delete"}
        await rig.press("j")
        assert offered(rig) == {"t.main.delete"}
        await rig.press("p")
        assert done(rig) == []
    gateway = rows()
    gateway.person = Person(id="2", name="Eve", permissions=frozenset({"rows.list", "rows.publish"}))
    async with desk_with(listing(PUBLISH, DELETE), gateway) as rig:
        assert offered(rig) == {"t.main.publish"}
        await rig.press("d")
        assert done(rig) == []


async def test_an_act_is_done_to_each_marked_row_that_it_fits() -> None:
    async with desk_with(listing(PUBLISH), rows()) as rig:
        await rig.press(" ", " ", " ")
        assert "3 marked" in rig.text
        assert sum(line.lstrip()[:1] == "*" for line in rig.text.splitlines()) == 3
        await rig.press("p")
        assert done(rig) == [("rows.publish", {"id": "r0"}), ("rows.publish", {"id": "r2"})]
        assert "1 of the marked rows are not for this" in rig.text
        assert "3 marked" not in rig.text


async def test_an_act_in_bulk_is_done_once_with_all_keys_after_its_question() -> None:
    async with desk_with(listing(DELETE), rows()) as rig:
        await rig.press("v", "j", "j", "v")
        assert "3 marked" in rig.text
        rig.desk.press("d")
        while "Delete?" not in rig.text:
            await rig.clock.sleep(0)
        assert "3" in rig.text
        await rig.press("y")
        assert done(rig) == [("rows.delete", {"ids": ["r0", "r1", "r2"]})]


async def test_all_that_are_loaded_are_marked_or_none() -> None:
    async with desk_with(listing(PUBLISH), rows()) as rig:
        await rig.press("*")
        assert "6 marked" in rig.text
        await rig.press("*")
        assert "marked" not in rig.text
        await rig.press(" ", "esc")
        assert "marked" not in rig.text
        assert len(rig.desk.places) == 1


async def test_a_failure_leaves_marks_and_says_why() -> None:
    gateway = rows()

    def refused(params: Any) -> Any:
        raise Conflict("somebody else was quicker")

    gateway.add(known("rows.publish", "id", effect="write"), refused)
    async with desk_with(listing(PUBLISH), gateway) as rig:
        await rig.press("p")
        assert "somebody else was quicker" in rig.text
        await rig.press("*", "p")
        assert "somebody else was quicker" in rig.text
        assert "6 marked" in rig.text


async def test_y_copies_the_id() -> None:
    async with desk_with(listing(), rows()) as rig:
        await rig.press("j", "y")
        assert rig.copied == ["r1"]


async def test_picking_finishes_with_the_row_or_with_all_that_are_marked() -> None:
    async with desk_with(listing(PUBLISH), rows()) as rig:
        for many, keys, expected in (
            (False, ("j", "p", "enter"), ["r1"]),
            (True, (" ", "j", " ", "enter"), ["r0", "r2"]),
        ):
            picked: list[Any] = []

            async def pick(many: bool = many, picked: list[Any] = picked) -> None:
                picked.append(await rig.desk.pick(listing(PUBLISH), many=many))

            rig.desk.start(pick())
            await rig.desk.settle()
            await rig.press(*keys)
            assert [row["id"] for row in picked[0]] == expected
        assert done(rig) == []
