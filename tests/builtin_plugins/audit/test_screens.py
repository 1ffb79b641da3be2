"""The screen of the trail: what was done, what it changed, and taking it back from there."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.accounts.site import ADMIN, opened
from tests.views import ViewDoor

from newel import Forbidden
from newel.contracts.views import Listing, Sheet
from newel.testing import FakeClock, actor
from newel_audit.differing import differences

pytestmark = pytest.mark.engines("sqlite")  # the screen speaks in operations, which are tested on each engine


async def test_a_change_is_seen_value_by_value_and_undone(clock: FakeClock) -> None:
    async with opened(clock=clock) as site:
        ann = await site.user()
        await site.run("users.update", id=ann.id, name="Ann B.")
        door = ViewDoor(site.app, ADMIN)
        await door.open("audit")
        [row] = await door.rows(operation="users.update")
        await door.act("show", row)
        assert isinstance(door.layout, Sheet)
        assert "~ | name | ann@example.org | Ann B." in door.text
        assert "operation: users.update" in door.text
        await door.act("undo", row)
        assert (await site.run("users.get", id=ann.id)).name == "ann@example.org"
        await door.back()
        assert isinstance(door.layout, Listing)
        await door.act("history", row)
        assert f"entity_id {ann.id}" in door.text
        assert [one["operation"] for one in await door.rows()] == ["users.update", "users.update", "users.create"]
        await door.act("request", row)
        assert [one["id"] for one in await door.rows()] == [row["id"]]
        with pytest.raises(Forbidden):
            await ViewDoor(site.app, actor("viewer")).open("audit")


def test_differences_come_first_and_long_values_are_cut() -> None:
    before = {"a": 1, "same": {"x": [1]}, "gone": None, "text": "x" * 5000}
    after = {"a": True, "same": {"x": [1]}, "new": {"deep": "y"}, "text": "x" * 5000}
    told = [(one.mark, one.path, one.before[:4], one.after[:4]) for one in differences(before, after)]
    assert told == [
        ("~", "a", "1", "true"), ("-", "gone", "null", ""), ("+", "new.deep", "", "y"),
        ("", "same.x", "[1]", "[1]"), ("", "text", "xxxx", "xxxx"),
    ]  # fmt: skip
    assert max(len(one.after) for one in differences(before, after)) == 501
    assert differences(None, None) == []
    assert [one.mark for one in differences(None, {"a": 1})] == ["+"]
