"""The screens of accounts: what is seen and done there is what the operations do."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.accounts.pairs import ed
from tests.builtin_plugins.accounts.site import ADMIN, PASSWORD, Site
from tests.views import ViewDoor

from newel import Forbidden, PreconditionFailed
from newel.contracts.views import Form, Listing
from newel.testing import actor

pytestmark = pytest.mark.engines("sqlite")  # they speak in operations, which are tested on each engine


async def test_people_are_made_changed_shut_and_deleted(site: Site) -> None:
    door = ViewDoor(site.app, ADMIN)
    await door.open("accounts", "users")
    assert [one["email"] for one in await door.rows()] == ["admin@localhost"]
    await door.act("new")
    assert "role: viewer" in door.text
    made = await door.submit(email="ann@example.org", role="editor")
    assert made["password"] in door.text
    await door.back()
    assert isinstance(door.layout, Listing)
    assert await site.login("ann@example.org", made["password"])

    [ann] = await door.rows(email="ann@example.org")
    await door.act("edit", ann)
    await door.submit(name="Ann B.")
    assert isinstance(door.layout, Listing)
    await door.act("edit", ann)
    with pytest.raises(PreconditionFailed):
        await door.submit(name="Ann C.")
    await door.back()
    [ann] = await door.rows(email="ann@example.org")
    await door.act("shut", ann)
    [ann] = await door.rows(disabled=True)
    assert ann["name"] == "Ann B."
    with pytest.raises(AssertionError, match="not offered"):
        door.offered("shut", ann)
    await door.act("open", ann)
    told = await door.act("reset", ann, revoke_tokens=True)
    assert await site.login("ann@example.org", told["password"])
    await door.act("delete", ann)
    assert await door.rows(email="ann@example.org") == []


async def test_the_lists_of_a_person_are_reached_from_theirs(site: Site) -> None:
    ann = await site.signed_in()
    door = ViewDoor(site.app, ADMIN)
    await door.open("accounts", "users")
    [row] = await door.rows(email="ann@example.org")
    await door.act("keys", row)
    assert "SSH keys of ann@example.org" in door.text
    await door.act("new")
    await door.submit(key=f"{ed()} laptop", sources=["10.0.0.0/8"])
    [key] = await door.rows()
    assert (key["label"], key["user"]) == ("laptop", ann.id)
    await door.act("edit", key)
    assert isinstance(door.layout, Form)
    assert door.layout.values["sources"] == ["10.0.0.0/8"]
    await door.submit(label="desk", sources=[])
    [key] = await door.rows()
    assert (key["label"], key["sources"]) == ("desk", None)
    await door.act("remove", key)
    assert await door.rows() == []
    await door.open("accounts", "sessions", user=ann.id)
    [session] = await door.rows()
    assert session["kind"] == "session"
    await door.act("end", session)
    assert await door.rows() == []


async def test_ones_own_tokens_are_shown_once_and_revoked(site: Site) -> None:
    door = ViewDoor(site.app, await site.signed_in())
    await door.open("accounts", "tokens")
    await door.act("new")
    made = await door.submit(label="ci")
    assert made["token"] in door.text
    assert await site.who(made["token"])
    await door.back()
    [token] = await door.rows()
    assert (token["label"], token["scopes"]) == ("ci", None)
    await door.act("revoke", token)
    assert await site.who(made["token"]) is None


async def test_roles_are_made_of_permissions(site: Site) -> None:
    door = ViewDoor(site.app, ADMIN)
    await door.open("accounts", "roles")
    await door.act("new")
    assert isinstance(door.layout, Form)
    pick = door.layout.controls[2].pick
    assert pick is not None
    assert pick.listing.ask is not None
    known = (await door.asked(pick.listing.ask))["data"]
    assert "content.read" in [one[pick.label] for one in known]
    await door.submit(name="helper", permissions=["content.read"])
    row = next(one for one in await door.rows() if one["name"] == "helper")
    await door.act("edit", row)
    await door.submit(permissions=["content.read", "users.read"])
    row = next(one for one in await door.rows() if one["name"] == "helper")
    assert row["permissions"] == ["content.read", "users.read"]
    await door.act("delete", row)
    assert "helper" not in [one["name"] for one in await door.rows()]
    for name, act in (("admin", "edit"), ("editor", "delete")):
        with pytest.raises(AssertionError, match="not offered"):
            door.offered(act, next(one for one in await door.rows() if one["name"] == name))


async def test_my_account_says_who_i_am_and_changes_my_password(site: Site) -> None:
    ann = await site.signed_in()
    door = ViewDoor(site.app, ann)
    await door.open("accounts", "account")
    for told in ("E-mail: ann@example.org", "Role: editor", "content.read"):
        assert told in door.text
    await door.act("password", current=PASSWORD, new="another good one")
    assert await site.login("ann@example.org", "another good one")
    await door.act("keys")
    assert "SSH keys" in door.text
    assert await door.rows() == []


async def test_a_viewer_sees_no_list_of_people(site: Site) -> None:
    door = ViewDoor(site.app, actor("viewer", "content.read"))
    for name in ("users", "roles"):
        with pytest.raises(Forbidden):
            await door.open("accounts", name)
