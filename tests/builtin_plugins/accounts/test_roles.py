"""Roles: what plugins mean them to have, what the site makes of that, and that nobody grants more than they have."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.accounts.site import Site, opened

from newel import Conflict, Forbidden, Manifest, NotFound, Permission, PreconditionFailed, Reject, hookimpl
from newel.testing import actor

MANAGE = ("roles.manage", "roles.read")


async def test_the_built_in_roles_have_what_permissions_name(site: Site) -> None:
    roles = {one.name: one for one in (await site.run("roles.list")).data}
    assert list(roles) == ["admin", "editor", "viewer"]
    assert roles["admin"].everything
    assert {"content.create", "content.read"} <= set(roles["editor"].permissions)
    assert "content.read" in roles["viewer"].permissions
    assert "content.create" not in roles["viewer"].permissions
    assert not {name for role in ("editor", "viewer") for name in roles[role].permissions if "users" in name}


async def test_every_permission_is_listed_with_its_plugin(site: Site) -> None:
    who = await site.signed_in(role="viewer")
    known = {one.name: one for one in (await site.run("permissions.list", who)).data}
    assert (known["content.create"].plugin, known["content.create"].roles) == ("content", ("editor",))
    assert known["tokens.manage"].plugin == "accounts"
    assert not {"public", "signed_in"} & set(known)


class Bells:
    """Brings a right that no operation names."""

    manifest = Manifest(name="bells", summary="A plugin of these tests.", load=f"{__name__}:Bells")

    def __init__(self, app: object) -> None: ...

    @hookimpl
    def register_permissions(self) -> list[Permission]:
        return [Permission("bells.ring", "Ring.", roles=("viewer",))]


async def test_a_permission_that_no_operation_needs_can_be_granted_all_the_same() -> None:
    async with opened(others=[Bells.manifest]) as site:
        known = {one.name: one for one in (await site.run("permissions.list")).data}
        assert (known["bells.ring"].plugin, known["bells.ring"].roles) == ("bells", ("viewer",))
        assert "bells.ring" in (await site.signed_in(role="viewer")).permissions
        await site.role("ringer", "bells.ring")
        assert (await site.signed_in("bob@example.org", "ringer")).permissions == {"bells.ring"}


async def test_a_role_of_the_sites_own(site: Site) -> None:
    await site.role("author", "content.read", "content.create")
    who = await site.signed_in(role="author")
    assert who.permissions == {"content.read", "content.create"}
    changed = await site.run("roles.update", name="author", permissions=["content.read"], summary="Reads")
    assert (changed.summary, changed.permissions, changed.revision) == ("Reads", ("content.read",), 2)
    now = await site.who(await site.login())
    assert now is not None
    assert now.permissions == {"content.read"}
    with pytest.raises(Conflict) as caught:
        await site.run("roles.delete", name="author")
    assert caught.value.reason == "in_use"
    await site.run("users.update", id=who.id, role="viewer")
    await site.run("roles.delete", name="author")
    with pytest.raises(NotFound):
        await site.run("roles.get", name="author")


async def test_a_built_in_role_keeps_its_differences(site: Site) -> None:
    """Only what differs is stored, so what a plugin means a role to have arrives by itself."""
    before = set((await site.run("roles.get", name="editor")).permissions)
    wanted = (before - {"content.delete"}) | {"users.read"}
    changed = await site.run("roles.update", name="editor", permissions=sorted(wanted))
    assert set(changed.permissions) == wanted
    row = await site.plugin._store.db.fetch_one("SELECT added, removed FROM accounts_roles WHERE name = 'editor'")
    assert (row["added"], row["removed"]) == ('["users.read"]', '["content.delete"]')


async def test_the_built_in_roles_stay(site: Site) -> None:
    for name in ("admin", "editor", "viewer"):
        with pytest.raises(Conflict):
            await site.run("roles.delete", name=name)
        with pytest.raises(Conflict):
            await site.role(name)
    with pytest.raises(Conflict):
        await site.run("roles.update", name="admin", permissions=[])


async def test_nobody_grants_more_than_they_have(site: Site) -> None:
    manager = actor("manager", *MANAGE, "content.read")
    with pytest.raises(Forbidden) as caught:
        await site.run("roles.create", manager, name="author", permissions=["content.read", "content.create"])
    assert caught.value.extra == {"permissions": ["content.create"]}
    await site.run("roles.create", manager, name="author", permissions=["content.read"])
    with pytest.raises(Forbidden):
        await site.run("roles.update", manager, name="author", permissions=["content.create"])


async def test_nobody_touches_a_role_that_may_do_more(site: Site) -> None:
    manager = actor("manager", *MANAGE)
    for name in ("admin", "editor"):
        with pytest.raises(Forbidden):
            await site.run("roles.update", manager, name=name, permissions=[])
    await site.role("author", "content.create")
    with pytest.raises(Forbidden):
        await site.run("roles.delete", manager, name="author")


async def test_nobody_lifts_their_own_role(site: Site) -> None:
    await site.role("keeper", *MANAGE)
    who = await site.signed_in(role="keeper")
    with pytest.raises(Forbidden):
        await site.run("roles.update", who, name="keeper", permissions=[*MANAGE, "users.manage"])
    await site.run("roles.update", who, name="keeper", permissions=[*MANAGE[:1]])


async def test_permissions_must_exist(site: Site) -> None:
    with pytest.raises(Reject) as caught:
        await site.role("author", "content.read", "content.raed", "signed_in")
    assert [one.pointer for one in caught.value.problems] == ["/permissions/1", "/permissions/2"]


async def test_a_permission_of_a_plugin_that_is_off_may_stay(site: Site) -> None:
    await site.role("author", "content.read")
    db = site.plugin._store.db
    await db.execute("""UPDATE accounts_roles SET added = '["content.read", "shop.sell"]' WHERE name = 'author'""")
    changed = await site.run("roles.update", name="author", permissions=["shop.sell"])
    assert changed.permissions == ("shop.sell",)


async def test_two_who_change_one_role(site: Site) -> None:
    await site.role("author")
    await site.run("roles.update", name="author", summary="First", revision=1)
    with pytest.raises(PreconditionFailed):
        await site.run("roles.update", name="author", summary="Second", revision=1)


@pytest.mark.parametrize("name", ["", "Author", "1a", "a-b", "a" * 64, "a\n"])
async def test_names(site: Site, name: str) -> None:
    with pytest.raises(Reject):
        await site.role(name)
