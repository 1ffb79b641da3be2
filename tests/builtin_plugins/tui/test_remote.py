"""The way to a site elsewhere: the same operations, screens and errors, through HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.kernel.plugins import plugin

from newel import SIGNED_IN, Call, Forbidden, Malformed, NotFound, Reject, Secret, Transient, Unauthenticated, hookimpl
from newel.app import App
from newel.contracts.http import HttpServer
from newel.contracts.layout import Line, Text
from newel.contracts.tui import Action, FieldInterface, Init, Key, Quit, Screen
from newel.contracts.views import View
from newel.pages import Pages
from newel.testing import FakeClock, make_app
from newel_tui.afar import SILENT
from newel_tui.gateway.remote import RemoteGateway

pytestmark = pytest.mark.needs_plugin("http", "audit")


def text(said: str) -> Text:
    return Text(lines=(Line(text=said),))


class Echo(Pages):
    """Says what key was pressed last; ``q`` quits, ``!`` fails."""

    closed = 0

    async def first(self, event: Init) -> View:
        sharp = "" if event.cell == (1, 2) else f" of {event.cell}"
        return text(f"{event.width} by {event.height}{sharp}, {dict(event.params)}, {event.value!r}")

    async def key(self, key: str) -> View | Action:
        if key == "!":
            raise Reject("not that one")
        return Quit() if key == "q" else text(f"pressed {key}")

    async def close(self) -> None:
        Echo.closed += 1


class Screens:
    @hookimpl
    def register_screens(self) -> Sequence[Screen | FieldInterface]:
        async def open_one(call: Call, params: Mapping[str, Any]) -> Echo:
            return Echo()

        async def edit(call: Call, value: Any, config: Mapping[str, Any]) -> Echo:
            return Echo()

        return (
            Screen(name="echo", label="Echo", open=open_one, needs=SIGNED_IN),
            FieldInterface(name="pad", label="Pad", open=edit, types=("text",)),
        )


@asynccontextmanager
async def site(clock: FakeClock | None = None) -> AsyncIterator[tuple[App, RemoteGateway]]:
    plugins = ["database", "migrations", "audit", "content", "accounts", "http", "tui"]
    async with make_app(plugins, others=[plugin("screens", Screens)], serving=True, clock=clock) as app:
        token = next(text.split()[0] for label, text in app.notices if label == "token")
        gateway = RemoteGateway(app.need(HttpServer).url, Secret(token))
        try:
            await gateway.start()
            yield app, gateway
        finally:
            await gateway.close()


@pytest.fixture
async def gateway() -> AsyncIterator[RemoteGateway]:
    async with site() as (_, gateway):
        yield gateway


async def test_person_operations_and_screens_are_learnt(gateway: RemoteGateway) -> None:
    assert gateway.person.name == "Admin"
    assert gateway.person.everything
    assert "127.0.0.1" in gateway.title
    offer = await gateway.run("tui.offer", {})
    assert {one["name"] for one in offer["operations"]} == set(gateway.operations)
    assert gateway.may("users.create")
    assert not gateway.may("users.explode")
    assert gateway.operations["users.create"].inputs["email"]["maxLength"] == 191
    assert ("screens", "echo") in [(one.plugin, one.name) for one in await gateway.screens()]
    assert ("screens", "pad") in [(one.plugin, one.name) for one in await gateway.interfaces()]


async def test_operations_of_each_method_run(gateway: RemoteGateway) -> None:
    made = await gateway.run("users.create", {"email": "ann@example.org", "role": "editor"})
    assert made["password"], "what is shown once is shown"
    assert gateway.last_request
    page = await gateway.run("users.list", {"role": "editor", "limit": 5, "disabled": False, "cursor": ""})
    assert [one["id"] for one in page["data"]] == [made["id"]]
    changed = await gateway.run("users.update", {"id": made["id"], "name": "Ann", "revision": made["revision"]})
    assert changed["name"] == "Ann"
    assert await gateway.run("users.delete", {"id": made["id"]}) is None


async def test_nested_input_of_a_reading_operation(gateway: RemoteGateway) -> None:
    field = {"name": "title", "type": "text", "indexed": True}
    await gateway.run("types.create", {"name": "post", "fields": [field]})
    for title in ("one", "two, three", "[four]"):
        await gateway.run("content.create", {"type": "post", "data": {"title": title}})
    query = {
        "type": "post",
        "filter": {"title": {"_in": ["two, three", "[four]"]}},
        "sort": ["title"],
        "count": "exact",
    }
    found = await gateway.run("content.list", query | {"status": "draft"})
    assert [one["data"]["title"] for one in found["data"]] == ["[four]", "two, three"]


async def test_errors_come_back_as_they_were(gateway: RemoteGateway) -> None:
    with pytest.raises(Reject) as refused:
        await gateway.run("users.create", {"email": "nobody", "name": 3})
    assert sorted(problem.pointer for problem in refused.value.problems) == ["/email", "/name"]
    with pytest.raises(NotFound, match="no operation"):
        await gateway.run("users.explode", {})
    with pytest.raises(NotFound):
        await gateway.run("users.get", {"id": "01J0000000000000000000000/"})
    with pytest.raises(Reject, match="not valid"):
        await gateway.run("users.get", {})
    with pytest.raises(Malformed, match="no address"):
        RemoteGateway("ftp://example.org", Secret("x"))


async def test_a_viewer_is_told_what_a_viewer_is_told(gateway: RemoteGateway) -> None:
    made = await gateway.run("users.create", {"email": "vi@example.org", "role": "viewer"})
    login = await gateway.run("auth.login", {"email": "vi@example.org", "password": made["password"]})
    viewer = RemoteGateway(gateway._base.removesuffix("/api/v1"), Secret(login["token"]))
    try:
        await viewer.start()
        assert not viewer.may("users.list")
        with pytest.raises(Forbidden):
            await viewer.run("users.list", {})
        await gateway.run("users.update", {"id": made["id"], "disabled": True})
        with pytest.raises(Unauthenticated):
            await viewer.run("auth.me", {})
    finally:
        await viewer.close()


async def test_nobody_answers() -> None:
    gateway = RemoteGateway("http://127.0.0.1:1", Secret("newel_api_x"))
    with pytest.raises(Transient, match=r"127\.0\.0\.1:1 does not answer"):
        await gateway.start()
    await gateway.close()


async def test_a_screen_elsewhere_is_a_screen(gateway: RemoteGateway) -> None:
    before = Echo.closed
    session = await gateway.open("screens", "echo", {"a": 1})
    assert await session.start(Init(width=100, height=30, cell=(9, 18))) == text("100 by 30 of (9, 18), {'a': 1}, None")
    assert await session.send(Key("x")) == text("pressed x")
    assert await session.send(Key("q")) == Quit()
    await session.close()
    assert Echo.closed == before + 1


async def test_an_editor_elsewhere_gets_its_value(gateway: RemoteGateway) -> None:
    session = await gateway.edit("screens", "pad", {"is": "mine"}, {"most": 3})
    shown = await session.start(Init(width=80, height=24, value={"is": "mine"}, config={"most": 3}))
    assert shown == text("80 by 24, {}, {'is': 'mine'}")
    await session.close()


async def test_a_screen_that_fails_says_why_and_has_ended(gateway: RemoteGateway) -> None:
    session = await gateway.open("screens", "echo", {})
    await session.start(Init(width=80, height=24))
    with pytest.raises(Reject, match="not that one"):
        await session.send(Key("!"))
    with pytest.raises(NotFound, match="open it again"):
        await session.send(Key("x"))


async def test_a_conversation_is_its_own_persons(gateway: RemoteGateway) -> None:
    made = await gateway.run("users.create", {"email": "vi@example.org", "role": "admin"})
    login = await gateway.run("auth.login", {"email": "vi@example.org", "password": made["password"]})
    other = RemoteGateway(gateway._base.removesuffix("/api/v1"), Secret(login["token"]))
    mine = await gateway.open("screens", "echo", {})
    await mine.start(Init(width=80, height=24))
    try:
        await other.start()
        with pytest.raises(NotFound):
            await other.run("tui.tell", {"id": mine._id, "event": {"is": "Key", "key": "x"}})  # type: ignore[attr-defined]  # what a thief would know
        with pytest.raises(Malformed):
            await gateway.run("tui.tell", {"id": mine._id, "event": {"key": "x"}})  # type: ignore[attr-defined]  # as above
        await other.run("tui.close", {"id": mine._id})  # type: ignore[attr-defined]  # as above
        assert await mine.send(Key("x")) == text("pressed x")
    finally:
        await other.close()


async def test_a_screen_that_is_not_there_cannot_be_opened(gateway: RemoteGateway) -> None:
    with pytest.raises(NotFound, match="has no screen"):
        await gateway.run("tui.open", {"plugin": "screens", "name": "nowhere"})


async def test_silent_conversations_end() -> None:
    clock = FakeClock()
    async with site(clock) as (_, gateway):
        before = Echo.closed
        session = await gateway.open("screens", "echo", {})
        await session.start(Init(width=80, height=24))
        await clock.advance(SILENT + 60)
        assert Echo.closed == before + 1
        with pytest.raises(NotFound, match="open it again"):
            await session.send(Key("x"))


async def test_the_conversation_that_was_silent_longest_gives_way(gateway: RemoteGateway) -> None:
    sessions = [await gateway.open("screens", "echo", {"n": n}) for n in range(21)]
    for session in sessions:
        await session.start(Init(width=80, height=24))
    with pytest.raises(NotFound):
        await sessions[0].send(Key("x"))
    assert await sessions[-1].send(Key("x")) == text("pressed x")
