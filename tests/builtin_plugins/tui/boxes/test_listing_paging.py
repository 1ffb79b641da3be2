"""Long lists: what is seen and a page around it is read, and nothing else."""

from __future__ import annotations

from tests.builtin_plugins.tui.boxes.rig import MadeUp, desk_with, known, pages

from newel.contracts.views import Ask, Col, Listing
from newel_tui.boxes.listing.feed import AHEAD, HELD

ROWS = Listing(title="Rows", ask=Ask(operation="rows.list"), columns=(Col(label="Title", value="title"),))


def million() -> MadeUp:
    gateway = MadeUp()
    gateway.add(known("rows.list", "cursor", "limit"), pages(1_000_000))
    return gateway


async def test_of_a_million_rows_the_first_page_and_those_ahead_are_read() -> None:
    async with desk_with(ROWS, million()) as rig:
        assert "row 0" in rig.here
        assert "1/200+" in rig.text
        assert len(rig.gateway.calls) == 1 + AHEAD


async def test_going_on_reads_each_page_once_and_going_back_reads_what_was_dropped_from_its_own_cursor() -> None:
    async with desk_with(ROWS, million()) as rig:
        for _ in range(5000):
            rig.desk.press("j")
            if not rig.desk.text().count("row"):
                await rig.desk.settle()
            await rig.desk.settle()
        assert "row 5000" in rig.here
        cursors = [params.get("cursor") for _, params in rig.gateway.calls]
        assert len(cursors) == len(set(cursors))
        assert len(cursors) <= 5000 // 50 + 2 + AHEAD
        source = rig.desk.places[0].box.source  # type: ignore[union-attr]  # a listing
        assert len(source.held()) <= HELD * 50
        rig.gateway.calls.clear()
        await rig.press("g")
        assert "row 0" in rig.here
        assert len(rig.gateway.calls) <= 2 + AHEAD
        assert rig.gateway.calls[0][1].get("cursor") is None


async def test_pages_and_half_pages_move_by_what_is_seen() -> None:
    async with desk_with(ROWS, million()) as rig:
        seen = sum("row " in line for line in rig.text.splitlines())
        await rig.press("pgdown")
        assert f"row {seen}" in rig.here
        await rig.press("ctrl+u", "ctrl+u", "k")
        assert int(rig.here.split()[-1]) < 3


async def test_to_the_end_reads_on_and_can_be_stopped() -> None:
    gateway = MadeUp()
    gateway.add(known("rows.list", "cursor", "limit"), pages(10_000))
    async with desk_with(ROWS, gateway) as rig:
        await rig.press("G")
        assert "row 9999" in rig.here
        assert "10,000/10,000" in rig.text
    async with desk_with(ROWS, million()) as rig:
        rig.desk.press("G")
        while "rows so far" not in rig.desk.text():
            await rig.clock.sleep(0)
        rig.desk.press("esc")
        await rig.desk.settle()
        assert len(rig.gateway.calls) < 1000
        assert "+" in rig.text


async def test_a_failure_says_what_is_wrong_and_r_tries_again() -> None:
    gateway = MadeUp()
    gateway.operations["rows.list"] = known("rows.list")
    async with desk_with(ROWS, gateway) as rig:
        assert "there is no operation 'rows.list' (r tries again)" in rig.text
        gateway.add(known("rows.list", "cursor", "limit"), pages(3))
        await rig.press("r")
        assert "row 2" in rig.text


async def test_an_empty_list_says_so() -> None:
    gateway = MadeUp()
    gateway.add(known("rows.list"), pages(0))
    async with desk_with(Listing(ask=Ask(operation="rows.list"), empty="no rows yet"), gateway) as rig:
        assert "no rows yet" in rig.text


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go() -> None:
    rows = [{"id": str(n), "title": f"row {n}"} for n in range(10)]
    gateway = MadeUp()
    gateway.add(known("rows.list"), lambda params: {"data": list(rows)})
    view = Listing(ask=Ask(operation="rows.list"), columns=ROWS.columns, refresh=5)
    async with desk_with(view, gateway) as rig:
        await rig.press(*"jjj")
        rows.insert(0, {"id": "new", "title": "a new one"})
        await rig.wait(5.1)
        assert "row 3" in rig.here
        assert "a new one" in rig.text
        rows.remove({"id": "3", "title": "row 3"})
        await rig.press("r")
        assert "'row 3' is not here any more" in rig.text
        assert "row 4" in rig.here


async def test_the_first_cursor_is_where_the_listing_says() -> None:
    async with desk_with(Listing(ask=ROWS.ask, columns=ROWS.columns, start="r70"), million()) as rig:
        assert "row 70" in rig.here
