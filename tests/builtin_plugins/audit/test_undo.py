"""Undo: what a request did is taken back by the reverse operations, and never what somebody did since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.accounts.pairs import ed
from tests.builtin_plugins.accounts.site import ADMIN, Site, opened

from newel import Actor, Conflict, Forbidden, NotFound, PreconditionFailed, Reject
from newel.testing import FakeClock, actor

TITLE = {"name": "title", "type": "text", "localized": True}
NOTE = {"name": "note", "type": "text"}


@pytest.fixture
async def site(clock: FakeClock) -> AsyncIterator[Site]:
    async with opened(clock=clock) as one:
        yield one


async def newest(site: Site) -> str:
    """The request that was done last."""
    return str((await site.run("audit.list", limit=1)).data[0].request_id)


async def undo(site: Site, who: Actor = ADMIN, /, request: str = "") -> Any:
    return await site.run("audit.undo", who, request_id=request or await newest(site))


async def page(site: Site, **data: Any) -> Any:
    if not [one for one in (await site.run("types.list")).data if one.name == "page"]:
        await site.run("types.create", name="page", kind="page", fields=[TITLE, NOTE])
    return await site.run("content.create", type="page", data=data, locale="*")


async def on(site: Site, verb: str, entry: Any, who: Actor = ADMIN, /, **more: Any) -> Any:
    return await site.run(f"content.{verb}", who, type=entry.type, id=entry.id, **more)


async def data(site: Site, entry: Any) -> dict[str, Any]:
    return dict((await on(site, "get", entry, locale="*")).data)


async def test_a_change_of_content_is_undone_and_done_again(site: Site) -> None:
    await site.run("locales.create", code="de", label="Deutsch")
    entry = await page(site, title={"en": "One"}, note="n")
    await on(site, "update", entry, data={"title": {"en": "Two", "de": "Zwei"}, "note": None}, locale="*")
    changed = await newest(site)
    undone = await undo(site)
    assert (undone.request_id, undone.operations) == (changed, ("content.update",))
    assert await data(site, entry) == {"title": {"en": "One"}, "note": "n"} | {"title": {"en": "One"}}
    await undo(site)
    assert (await data(site, entry))["title"] == {"en": "Two", "de": "Zwei"}
    rows = (await site.run("audit.list", entity="undo")).data
    assert [one.operation for one in rows] == ["audit.undo", "audit.undo"]
    assert rows[1].entity_id == changed


async def test_several_acts_are_undone_one_after_the_other(site: Site) -> None:
    entry = await page(site, title={"en": "One"}, note="1")
    requests = []
    for note in ("2", "3", "4"):
        await on(site, "update", entry, data={"note": note})
        requests.append(await newest(site))
    with pytest.raises(PreconditionFailed, match="changed again"):
        await undo(site, ADMIN, requests[0])
    for request, note in zip(reversed(requests), ("3", "2", "1"), strict=True):
        await undo(site, ADMIN, request)
        assert (await data(site, entry))["note"] == note
    with pytest.raises(Conflict, match="undone already"):
        await undo(site, ADMIN, requests[2])


async def test_what_somebody_else_changed_since_is_kept(site: Site) -> None:
    ann, bob = await site.signed_in(), await site.signed_in("bob@example.org")
    entry = await page(site, title={"en": "One"}, note="1")
    await on(site, "update", entry, ann, data={"note": "ann's"})
    mine = await newest(site)
    await on(site, "update", entry, bob, data={"note": "bob's"})
    with pytest.raises(PreconditionFailed) as caught:
        await undo(site, ann, mine)
    assert caught.value.extra == {"entity": "entry", "id": entry.id}
    assert (await data(site, entry))["note"] == "bob's"
    with pytest.raises(NotFound):
        await undo(site, ann, await newest(site))


async def test_what_somebody_changes_at_the_same_moment_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trail is looked at again after the reverse has waited for whoever was at it."""
    user = await site.user()
    await site.run("users.update", id=user.id, name="Ann B.")
    request = await newest(site)
    service = site.app.operations.get("audit.undo").handler.__self__  # type: ignore[attr-defined]  # a bound method
    real, seen = service._latest, []

    async def latest(call: Any, request: str, row: Any) -> Any:
        seen.append(row["entity_id"])
        if len(seen) == 2:
            raise PreconditionFailed("it was changed again")
        return await real(call, request, row)

    monkeypatch.setattr(service, "_latest", latest)
    with pytest.raises(PreconditionFailed):
        await undo(site, ADMIN, request)
    assert seen == [user.id, user.id]
    assert (await site.run("users.get", id=user.id)).name == "Ann B.", "all or nothing"


async def test_accounts_are_changed_back_within_the_rights_of_who_asks(site: Site) -> None:
    user = await site.user()
    manager = actor("manager", "users.manage")
    await site.run("users.update", id=user.id, name="Ann B.", disabled=True)
    request = await newest(site)
    for who, error in ((manager, NotFound), (actor("reader", "audit.read"), Forbidden)):
        with pytest.raises(error):
            await undo(site, who, request)
    await undo(site, ADMIN, request)
    now = await site.run("users.get", id=user.id)
    assert (now.name, now.disabled, now.revision) == (user.name, False, 3)


async def test_secrets_and_what_is_gone_for_good_cannot_be_undone(site: Site) -> None:
    user = await site.user()
    await site.run("users.reset_password", id=user.id)
    with pytest.raises(Conflict, match="cannot be undone"):
        await undo(site)
    await site.run("users.delete", id=user.id)
    with pytest.raises(Conflict, match=r"'users.delete' cannot be undone"):
        await undo(site)
    row = (await site.run("audit.list", limit=1)).data[0]
    with pytest.raises(Conflict, match="cannot be undone"):
        await site.run("audit.undo", id=row.id)
    for order in ({}, {"id": row.id, "request_id": row.request_id}):
        with pytest.raises(Reject):
            await site.run("audit.undo", **order)
    for order in ({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, {"request_id": "none"}):
        with pytest.raises(NotFound):
            await site.run("audit.undo", **order)


async def test_making_deleting_and_moving_content_is_undone(site: Site) -> None:
    first, second, third = [await page(site, note=str(number)) for number in range(3)]
    below = await site.run("content.create", type="page", data={"note": "below"}, parent=first.id)

    async def places() -> list[tuple[str, str | None]]:
        found = (await site.run("content.list", type="page", sort=["position"])).data
        return [(one.data["note"], one.parent) for one in found if one.parent is None]

    await on(site, "move", third, before=first.id)
    assert [note for note, _ in await places()] == ["2", "0", "1"]
    await undo(site)
    assert [note for note, _ in await places()] == ["0", "1", "2"]
    await on(site, "move", second, parent=first.id)
    assert [note for note, _ in await places()] == ["0", "2"]
    await undo(site)
    assert [note for note, _ in await places()] == ["0", "1", "2"]
    await on(site, "delete", first, descendants=True)
    await undo(site)
    assert (await on(site, "get", below)).parent == first.id
    await undo(site)
    with pytest.raises(NotFound):
        await on(site, "get", below)
    await undo(site)
    made = await page(site, note="new")
    await undo(site)
    with pytest.raises(NotFound):
        await on(site, "get", made)


async def test_publishing_is_undone_where_readers_see_what_they_saw(site: Site) -> None:
    entry = await page(site, title={"en": "One"}, note="1")

    async def seen() -> str | None:
        try:
            return str((await on(site, "get", entry, status="published")).data["note"])
        except NotFound:
            return None

    await on(site, "publish", entry)
    await undo(site)
    assert await seen() is None
    await undo(site)
    assert await seen() == "1"
    await on(site, "unpublish", entry)
    await undo(site)
    assert await seen() == "1"
    await on(site, "update", entry, data={"note": "2"})
    await on(site, "unpublish", entry)
    with pytest.raises(Conflict, match="another one than readers saw"):
        await undo(site)
    await on(site, "publish", entry)
    await on(site, "update", entry, data={"note": "3"})
    await on(site, "publish", entry)
    with pytest.raises(Conflict, match="published before"):
        await undo(site)
    assert await seen() == "3"


async def test_roles_keys_and_locales_are_undone(site: Site) -> None:
    await site.run("roles.create", name="helper", summary="Helps", permissions=["content.read"])
    await site.run("roles.update", name="helper", summary="Hinders", permissions=[])
    await undo(site)
    role = await site.run("roles.get", name="helper")
    assert (role.summary, role.permissions) == ("Helps", ("content.read",))
    await site.run("roles.delete", name="helper")
    await undo(site)
    assert (await site.run("roles.get", name="helper")).permissions == ("content.read",)
    await undo(site)
    with pytest.raises(NotFound):
        await site.run("roles.get", name="helper")

    user = await site.user()
    key = await site.run("ssh.keys.add", key=ed(), user=user.id, label="one", sources=["10.0.0.0/8"])
    await site.run("ssh.keys.update", id=key.id, label="two", sources=[], operation="content.list")
    await undo(site)
    assert await site.run("ssh.keys.get", id=key.id) == key
    await site.run("ssh.keys.remove", id=key.id)
    await undo(site)
    [back] = (await site.run("ssh.keys.list", user=user.id)).data
    assert (back.fingerprint, back.label, back.sources) == (key.fingerprint, "one", ("10.0.0.0/8",))
    await undo(site)
    assert (await site.run("ssh.keys.list", user=user.id)).data == ()

    await site.run("locales.create", code="de", label="Deutsch", fallback="en")
    await site.run("locales.update", code="de", label="German", enabled=False, fallback="")
    await undo(site)
    locale = next(one for one in (await site.run("locales.list")).data if one.code == "de")
    assert (locale.label, locale.enabled, locale.fallback) == ("Deutsch", True, "en")
    await site.run("locales.delete", code="de")
    await undo(site)
    await undo(site)
    assert [one.code for one in (await site.run("locales.list")).data] == ["en"]


async def test_several_operations_of_one_request_are_undone_together(site: Site) -> None:
    entry = await page(site, title={"en": "One"}, note="1")
    where = {"type": "page", "id": entry.id}
    await site.run("content.batch", operations=[
        {"op": "update", **where, "data": {"note": "2"}},
        {"op": "update", **where, "data": {"note": "3"}},
        {"op": "publish", **where},
    ])  # fmt: skip
    undone = await undo(site)
    assert undone.operations == ("content.unpublish", "content.update", "content.update")
    assert (await data(site, entry))["note"] == "1"


async def test_pages_below_are_taken_from_readers_and_given_back_together(site: Site) -> None:
    top = await page(site, title={"en": "Top"}, note="top")
    words = {"title": "Below", "note": "below"}
    below = await site.run("content.create", type="page", data=words, parent=top.id)
    await on(site, "publish", top, descendants=True)
    for seen in (False, True):
        await undo(site)
        for one in (top, below):
            if seen:
                assert await on(site, "get", one, status="published")
            else:
                with pytest.raises(NotFound):
                    await on(site, "get", one, status="published")
    made = await site.run("content.batch", operations=[
        {"op": "create", "type": "page", "data": {"note": note}} for note in ("a", "b")
    ])  # fmt: skip
    await undo(site)
    for one in made.data:
        with pytest.raises(NotFound):
            await site.run("content.get", type="page", id=one.id)
