"""How hooks fail: what the one who acts is told, what is counted, and when a hook is not asked any more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.lua.hooks.fakes import DRAFT, ERROR, EVENT, Fake, raising

from newel import SYSTEM, Reject, Transient
from newel.contracts.delivery import DeliveryRead, DeliverySent
from newel.contracts.media import Upload
from newel.errors import NewelError, PluginError
from newel.testing import make_app
from newel_lua.faults import Away, Busy, CallFailed, Exceeded, LuaError, Resting, TimedOut
from newel_lua.hooks import calling
from newel_lua.hooks.doors import Doors


@pytest.mark.parametrize(
    ("failure", "raised", "code", "counted"),
    [
        (ERROR, Reject, "plugin_refused", True),
        (LuaError("", value={"message": 5}), Reject, "plugin_refused", True),
        (LuaError("an error that is a table", value={"rejected": True, "message": "no"}), Reject, "invalid", False),
        (Exceeded("instructions", "too much"), PluginError, "plugin_error", True),
        (TimedOut("late"), PluginError, "plugin_error", True),
        (Busy("all in use"), Transient, "plugin_unavailable", False),
        (Away("gone"), Transient, "plugin_unavailable", False),
        (Resting("resting", 7.0), Transient, "plugin_unavailable", False),
    ],
)
async def test_a_failing_before_hook_stops_the_act(
    house: Any, failure: CallFailed, raised: type[NewelError], code: str, counted: bool
) -> None:
    fake = Fake.of(("before_create", "*", raising(failure)))
    with pytest.raises(raised) as caught:
        await house(fake).save()
    assert caught.value.reason == code
    assert "lua:7" not in caught.value.detail
    assert fake.hooks[0].aborts == int(counted)
    assert fake.failures == ([] if code == "invalid" else [(type(failure).__name__, False)])
    if isinstance(failure, Resting):
        assert isinstance(caught.value, Transient)
        assert caught.value.retry_after == 7.0


async def test_ten_failures_in_a_row_switch_a_hook_off_and_refusals_do_not_count(house: Any) -> None:
    answers: list[Any] = []
    fake = Fake.of(("before_create", "post", lambda _: answers.pop()() if answers else raising(ERROR)()))
    here = house(fake)
    polite = raising(LuaError("x", value={"rejected": True, "message": "no"}))
    for _ in range(9):
        with pytest.raises(Reject):
            await here.save()
    answers.append(polite)
    with pytest.raises(Reject):
        await here.save()
    assert (fake.hooks[0].aborts, fake.hooks[0].off) == (9, False)
    answers.append(lambda: None)
    assert await here.save() is None
    assert fake.hooks[0].aborts == 0
    for _ in range(10):
        with pytest.raises(Reject, match="no such colour"):
            await here.save()
    assert await here.save() is None
    assert fake.failures[-2:] == [("LuaError", False), ("LuaError", True)]


async def test_a_before_hook_stands_in_line_again(house: Any) -> None:
    ways: list[Any] = [raising(Busy("all in use"))] * 3
    fake = Fake.of(("before_create", "post", lambda _: ways.pop()() if ways else {"title": "B"}))
    assert await house(fake).save() == evolve(DRAFT, data={"title": "B", "tags": None})
    assert (len(fake.seconds), fake.failures) == (4, [])


async def test_each_hook_has_two_seconds_and_a_chain_a_little_less_than_five(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(calling, "monotonic", lambda: now[0])

    def slow(_: Any) -> None:
        now[0] += 1.9

    fake = Fake.of(*[("before_create", "post", slow)] * 4)
    with pytest.raises(PluginError, match="took too long"):
        await house(fake).save()
    assert [round(one, 3) for one in fake.seconds] == [2.0, 2.0, 1.0]


async def test_order_is_priority_then_table_before_all_then_registration(house: Any) -> None:
    asked: list[str] = []
    names = [("*", 1), ("*", 100), ("post", 100), ("content_data", 100), ("post", 1), ("page", 1), ("media", 1),
             ("content_fields", 50)]  # fmt: skip
    fake = Fake.of(*[("before_create", table, lambda _: None) for table, _ in names])
    for at, (hook, (table, priority)) in enumerate(zip(fake.hooks, names, strict=True)):
        hook.priority = priority
        hook.handle = lambda _, mark=f"{at}:{table}": asked.append(mark)
    await house(fake).save(evolve(DRAFT, data={"title": None}))
    assert asked == ["4:post", "0:*", "2:post", "3:content_data", "1:*"]


async def test_media_is_changed_or_refused_before_it_is_stored(house: Any, tmp_path: Any) -> None:
    def change(row: dict[str, Any]) -> Any:
        assert (row["_table"], row["mimetype"], row["name"], row["alt"]) == ("media", "image/png", "a.png", "old")
        return {"name": "b.png", "alt": "new", "display_name": "B", "private": True, "tags": ["x"], "mimetype": "no"}

    fake = Fake.of(
        ("before_create", "media", change), ("before_create", "*", lambda row: row | {"caption": "C"}),
        ("before_create", "content_data", raising(ERROR)),
    )  # fmt: skip
    here = house(fake)
    upload = Upload(
        name="a.png", mime="image/png", bytes=3, sha256="0" * 64, path=tmp_path, source="api",
        texts={"alt": {"en": "old"}, "title": "", "caption": "", "credit": "", "copyright": ""},
    )  # fmt: skip
    stored = await here.doors.media_before_store(upload, here.call)
    assert stored == evolve(
        upload, name="b.png", private=True, tags=("x",),
        texts={"alt": {"en": "new"}, "title": "B", "caption": "C", "credit": "", "copyright": ""},
    )  # fmt: skip
    fake.hooks[0].handle = lambda row: {"error": {"field": "name", "code": "bad", "message": "no"}}
    with pytest.raises(Reject) as caught:
        await here.doors.media_before_store(upload, here.call)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/name", "bad")]


async def test_an_after_hook_that_could_not_be_called_is_told_again_and_the_others_are_not(house: Any) -> None:
    told: list[str] = []
    ways: list[Any] = [raising(Busy("all in use")), raising(ERROR), lambda _: told.append("third")]
    fake = Fake.of(*[("after_publish", "*", way) for way in ways])
    here = house(fake)

    async def entry(*_: Any) -> dict[str, Any]:
        return {"id": "e1", "type": "post", "data": {}}

    here.doors._after._entry = entry
    with pytest.raises(Transient):
        await here.doors.content_after_publish(EVENT, here.call)
    fake.hooks[0].handle = lambda _: told.append("first")
    await here.doors.content_after_publish(EVENT, here.call)
    await here.doors.content_after_publish(EVENT, here.call)
    assert told == ["third", "first"]
    assert fake.kinds == ["after"] * 4
    assert fake.failures == [("Busy", False), ("LuaError", False)]
    await here.doors.content_after_publish(EVENT, evolve(here.call, event="e-2"))
    assert told == ["third", "first", "first", "third"]


async def test_ten_after_hooks_at_once(house: Any) -> None:
    running, most, gate = [0], [0], asyncio.Event()

    async def slow(_: Any) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        if running[0] == 10:
            gate.set()
        await gate.wait()
        running[0] -= 1

    here = house(Fake.of(*[("after_publish", "post", slow)] * 14))
    here.doors._after._entry = lambda *_: asyncio.sleep(0, {"id": "e1", "type": "post", "data": {}})
    await here.doors.content_after_publish(EVENT, here.call)
    assert most == [10]


async def test_until_plugins_run_nothing_is_asked_and_events_wait() -> None:
    async with make_app() as app:
        doors, call = Doors(), app.call(SYSTEM, "test")
        assert await doors.content_before_save(DRAFT, call) is None
        await doors.content_before_publish(EVENT, call)
        read = DeliveryRead(kind="one", path="/")
        assert await doors.delivery_before_read(read, call) is None
        assert await doors.delivery_after_read(DeliverySent(read=read, headers={}), call) is None
        with pytest.raises(Transient):
            await doors.content_after_save(EVENT, call)
