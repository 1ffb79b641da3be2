"""Accounts: made once, never by somebody who may do less, and never without an admin."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.accounts.site import PASSWORD, Site

from newel import Conflict, Forbidden, Malformed, NotFound, PreconditionFailed, Reject, Unauthenticated
from newel.testing import actor

MANAGER = ("users.manage", "users.read")


async def test_an_account_and_what_is_shown_of_it(site: Site) -> None:
    made = await site.user(name="Ann")
    assert (made.email, made.name, made.role, made.disabled, made.must_change) == (
        "ann@example.org", "Ann", "editor", False, False,
    )  # fmt: skip
    assert made.password is None
    assert made.revision == 1
    shown = await site.run("users.get", id=made.id)
    assert shown.created_at == "2030-01-01T00:00:00.000Z"
    changed = await site.run("users.update", id=made.id, name="Anna", email="Anna@Example.org")
    assert (changed.email, changed.name, changed.role, changed.revision) == ("anna@example.org", "Anna", "editor", 2)
    assert await site.login("anna@example.org")
    await site.run("users.delete", id=made.id)
    for verb, order in (("users.get", {}), ("users.update", {"name": "x"}), ("users.delete", {})):
        with pytest.raises(NotFound):
            await site.run(verb, id=made.id, **order)


async def test_pages_and_filters(site: Site) -> None:
    for number in range(5):
        await site.user(f"u{number}@example.org", "viewer" if number % 2 else "editor")
    seen, cursor = [], ""
    while cursor is not None:
        page = await site.run("users.list", limit=2, cursor=cursor)
        seen += [one.email for one in page.data]
        cursor = page.next
    assert seen == ["admin@localhost", *(f"u{number}@example.org" for number in range(5))]
    assert [one.email for one in (await site.run("users.list", role="viewer")).data] == [
        "u1@example.org", "u3@example.org",
    ]  # fmt: skip
    assert [one.email for one in (await site.run("users.list", email="U1@Example.org", role="viewer")).data] == [
        "u1@example.org"
    ]
    assert (await site.run("users.list", disabled=True)).data == ()
    for cursor in ("x", "' OR 1=1", "\0"):
        with pytest.raises(Malformed):
            await site.run("users.list", cursor=cursor)


async def test_fifty_at_once_with_one_address_are_one(site: Site) -> None:
    results = await asyncio.gather(*(site.user("one@example.org") for _ in range(50)), return_exceptions=True)
    conflicts = [one for one in results if isinstance(one, Conflict)]
    assert len(conflicts) == 49
    assert {one.reason for one in conflicts} == {"not_unique"}
    assert {one.problems[0].pointer for one in conflicts} == {"/email"}
    assert len((await site.run("users.list", email="one@example.org")).data) == 1
    two = await site.user("two@example.org")
    with pytest.raises(Conflict, match="address"):
        await site.run("users.update", id=two.id, email="ONE@example.org")


@pytest.mark.parametrize(
    "email", ["", "x", "@", "a@", "@b", "a b@c", "a@b@c", "a@b\n", "a\0@b", "a@\u200b", "a@\ud800", "x" * 190 + "@b"]
)
async def test_what_is_no_address(site: Site, email: str) -> None:
    with pytest.raises(Reject) as caught:
        await site.user(email)
    assert [one.pointer for one in caught.value.problems] == ["/email"]


async def test_an_address_that_grows_when_its_case_is_folded(site: Site) -> None:
    with pytest.raises(Reject) as caught:
        await site.user("ß" * 150 + "@example.org")
    assert [one.pointer for one in caught.value.problems] == ["/email"]


@pytest.mark.parametrize("name", ["a\x1b]52;c;\x07", "a\r\nb", "\0", "\ud800"])
async def test_a_name_cannot_drive_a_terminal(site: Site, name: str) -> None:
    with pytest.raises(Reject):
        await site.user(name=name)


COLUMNS = ("id", "revision", "created_at", "updated_at", "must_change", "disabled", "hash", "password_hash", "builtin")


@pytest.mark.parametrize("column", [*COLUMNS, "__proto__", "__class__", "everything", "permissions", "roles"])
async def test_what_is_not_for_callers_to_set_is_refused(site: Site, column: str) -> None:
    with pytest.raises(Reject) as caught:
        await site.user(**{column: 1})
    assert [one.pointer for one in caught.value.problems] == [f"/{column}"]
    if column not in ("id", "revision", "disabled"):
        with pytest.raises(Reject) as caught:
            await site.run("users.update", id="x", **{column: 1})
        assert [one.pointer for one in caught.value.problems] == [f"/{column}"]
    with pytest.raises(Reject):
        await site.run("users.update", id="x", password=PASSWORD)


async def test_two_who_change_one_account(site: Site) -> None:
    made = await site.user()
    await site.run("users.update", id=made.id, name="First", revision=1)
    with pytest.raises(PreconditionFailed) as caught:
        await site.run("users.update", id=made.id, name="Second", revision=1)
    assert caught.value.extra == {"revision": 2, "base": 1}
    assert (await site.run("users.get", id=made.id)).name == "First"


async def test_a_role_must_exist(site: Site) -> None:
    with pytest.raises(Reject) as caught:
        await site.user(role="nonesuch")
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/role", "not_found")]


async def test_nobody_makes_somebody_who_may_do_more(site: Site) -> None:
    manager = actor("manager", *MANAGER)
    for role in ("admin", "editor", "viewer"):
        with pytest.raises(Forbidden):
            await site.run("users.create", manager, email="x@example.org", role=role, password=PASSWORD)
    await site.role("helper", *MANAGER)
    made = await site.run("users.create", manager, email="x@example.org", role="helper", password=PASSWORD)
    for role in ("admin", "editor"):
        with pytest.raises(Forbidden):
            await site.run("users.update", manager, id=made.id, role=role)


async def test_nobody_touches_somebody_who_may_do_more(site: Site) -> None:
    manager = actor("manager", *MANAGER)
    for email in ("admin@localhost", "ann@example.org"):
        if email != "admin@localhost":
            await site.user(email)
        them = (await site.run("users.list", email=email)).data[0]
        for verb, order in (
            ("users.update", {"disabled": True}),
            ("users.update", {"email": "mine@example.org"}),
            ("users.update", {}),
            ("users.delete", {}),
            ("users.reset_password", {}),
        ):
            with pytest.raises(Forbidden):
                await site.run(verb, manager, id=them.id, **order)


async def test_nobody_lifts_themselves(site: Site) -> None:
    await site.role("helper", *MANAGER, "content.read")
    await site.user("help@example.org", "helper")
    who = await site.who(await site.login("help@example.org"))
    assert who is not None
    for role in ("admin", "editor"):
        with pytest.raises(Forbidden):
            await site.run("users.update", who, id=who.id, role=role)


async def test_the_last_admin_stays(site: Site) -> None:
    admin = (await site.run("users.list")).data[0]
    for verb, order in (
        ("users.update", {"disabled": True}),
        ("users.update", {"role": "viewer"}),
        ("users.delete", {}),
    ):
        with pytest.raises(Conflict) as caught:
            await site.run(verb, id=admin.id, **order)
        assert caught.value.reason == "last_admin"
    other = await site.user("other@example.org", "admin")
    await site.run("users.update", id=other.id, disabled=True)
    with pytest.raises(Conflict):
        await site.run("users.delete", id=admin.id)
    await site.run("users.update", id=other.id, disabled=False)
    await site.run("users.update", id=admin.id, role="viewer")
    with pytest.raises(Conflict):
        await site.run("users.delete", id=other.id)


async def test_two_admins_who_remove_each_other_at_once(site: Site) -> None:
    first = (await site.run("users.list")).data[0]
    second = await site.user("other@example.org", "admin")
    ended = await asyncio.gather(
        site.run("users.delete", id=first.id), site.run("users.update", id=second.id, role="viewer"),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(one).__name__ for one in ended)[0] == "Conflict"
    assert len([one for one in (await site.run("users.list")).data if one.role == "admin"]) == 1


async def test_a_disabled_user_fails_at_the_next_request(site: Site) -> None:
    who = await site.signed_in()
    session, token = await site.login(), await site.run("tokens.create", who, label="ci")
    await site.run("users.update", id=who.id, disabled=True)
    assert await site.who(session) is None
    assert await site.who(token) is None
    with pytest.raises(Unauthenticated):
        await site.login()
    await site.run("users.update", id=who.id, disabled=False)
    assert await site.who(session) is None, "a session does not come back"
    assert await site.who(token)


async def test_a_change_of_role_ends_sessions_and_reaches_tokens(site: Site) -> None:
    who = await site.signed_in()
    session, token = await site.login(), await site.run("tokens.create", who)
    await site.run("users.update", id=who.id, role="viewer")
    assert await site.who(session) is None
    now = await site.who(token)
    assert now is not None
    assert now.roles == ("viewer",)
    assert "content.create" not in now.permissions


async def test_a_reset_password_is_shown_once_and_ends_sessions(site: Site) -> None:
    who = await site.signed_in()
    session, token = await site.login(), await site.run("tokens.create", who)
    made = await site.run("users.reset_password", id=who.id)
    assert await site.who(session) is None
    assert await site.who(token)
    with pytest.raises(Unauthenticated):
        await site.login()
    assert (await site.login(password=made.password.reveal())).must_change
    await site.run("users.reset_password", id=who.id, revoke_tokens=True)
    assert await site.who(token) is None


async def test_a_deleted_user_leaves_nothing_that_opens(site: Site) -> None:
    who = await site.signed_in()
    session, token = await site.login(), await site.run("tokens.create", who)
    await site.run("users.delete", id=who.id)
    assert await site.who(session) is None
    assert await site.who(token) is None
    again: Any = await site.user()
    assert again.id != who.id


@pytest.mark.parametrize(
    ("verb", "order"),
    [
        ("users.list", {}),
        ("users.get", {"id": "x"}),
        ("users.create", {"email": "x@example.org"}),
        ("users.update", {"id": "x"}),
        ("users.delete", {"id": "x"}),
        ("users.reset_password", {"id": "x"}),
        ("roles.list", {}),
        ("roles.create", {"name": "x"}),
        ("roles.update", {"name": "viewer"}),
        ("roles.delete", {"name": "x"}),
    ],
)
async def test_editors_and_viewers_manage_nobody(site: Site, verb: str, order: Any) -> None:
    for role in ("editor", "viewer"):
        who = await site.signed_in(f"{role}@example.org", role)
        with pytest.raises(Forbidden):
            await site.run(verb, who, **order)
