"""Who gets in, and who does not."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncssh
import pytest
from tests.builtin_plugins.ssh.conftest import MakeSite, Site, key_of, until

from newel.testing.actors import actor


async def refused(site: Site, key: asyncssh.SSHKey, user: str = "newel", **options: Any) -> str:
    """What somebody is told who does not get in."""
    with pytest.raises(asyncssh.Error) as caught:
        await site.connect(key, user, **options)
    return f"{caught.value.code} {caught.value.reason}".replace(f" {user} ", " somebody ")


@pytest.mark.parametrize("user", ["newel", "ann", "ann@example.org", "ANN"])
async def test_the_key_says_who_and_the_name_must_be_theirs(site: Site, user: str) -> None:
    connection = await site.connect(site.knows(actor("ann", "notes.read")), user)
    assert (await connection.run("notes list")).exit_status == 0


async def test_e3_20_unknown_names_keys_and_disabled_accounts_look_the_same(site: Site) -> None:
    known = site.knows(actor("ann"))
    disabled = site.knows(actor("bob"))
    site.accounts.gone.add("bob")
    told, took = set(), []
    for key, user in (
        (key_of("stranger"), "newel"), (key_of("stranger"), "ann"), (key_of("stranger"), "nobody"),
        (known, "root"), (disabled, "bob"),
    ):  # fmt: skip
        begun = time.perf_counter()
        told.add(await refused(site, key, user))
        took.append(time.perf_counter() - begun)
    assert len(told) == 1
    assert max(took) < 10 * min(took)
    await until(lambda: sum(row.operation == "ssh.login" for row in site.trail) == 5)
    denied = [row for row in site.trail if row.operation == "ssh.login"]
    assert {(row.actor, row.outcome, row.detail.split()[0]) for row in denied} == {("anonymous", "denied", "key")}


async def test_sessions_are_noted_when_they_begin_and_end(site: Site) -> None:
    connection = await site.connect(site.knows(actor("ann")))
    await until(lambda: any(row.operation == "ssh.session.start" for row in site.trail))
    connection.close()
    await until(lambda: any(row.operation == "ssh.session.end" for row in site.trail))
    assert {row.actor for row in site.trail} == {"ann"}


async def test_e3_20_after_some_keys_the_connection_is_cut(make_site: MakeSite) -> None:
    site = await make_site(tries=3)
    keys = [*(key_of(f"stranger {number}") for number in range(5)), site.knows(actor("admin"))]
    with pytest.raises(asyncssh.DisconnectError) as caught:
        await site.connect(keys)
    assert "too many keys or passwords were refused" in caught.value.reason
    await until(lambda: any("the last of 3" in row.detail for row in site.trail))


async def test_passwords_are_off_unless_switched_on(make_site: MakeSite) -> None:
    off = await make_site()
    assert "Permission denied" in await refused(
        off, key_of("stranger"), "ann", password="password", preferred_auth="password"
    )
    on = await make_site(passwords=True)
    connection = await on.connect([], "ann", password="password")
    assert (await connection.run("help")).exit_status == 0
    assert "Permission denied" in await refused(on, key_of("stranger"), "ann", password="wrong")


async def test_e3_20_who_does_not_sign_in_is_sent_away_in_time(make_site: MakeSite) -> None:
    site = await make_site(login_seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    assert (await reader.readline()).startswith(b"SSH-2.0-Newel")
    assert await asyncio.wait_for(reader.read(), 5) is not None  # the end of the line
    writer.close()


async def test_e3_20_a_flood_of_half_open_connections_shuts_nobody_out(make_site: MakeSite) -> None:
    site = await make_site(half_open=20, half_open_each=1000)
    inside = await site.admin()
    flood = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(300)]
    try:
        await until(lambda: len(site.door.gate) == 20 and site.door.gate.refused == 280)
        assert (await inside.run("notes list")).exit_status == 0
        another = await site.connect(key_of("admin"))
        assert (await another.run("notes list")).exit_status == 0
    finally:
        for _, writer in flood:
            writer.close()
    await until(lambda: len(site.door.gate) == 0)


async def test_one_address_has_a_share_and_a_pace(make_site: MakeSite) -> None:
    site = await make_site(half_open_each=2, connects_each=2)

    async def knock() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        try:
            return bool(await reader.readline())
        except ConnectionError:
            return False
        finally:
            writer.close()

    assert [await knock() for _ in range(6)] == [True] * 4 + [False] * 2
    await until(lambda: len(site.door.gate) == 0)
    await site.clock.advance(1)
    assert await knock()
    status = await site.app.operations.run("ssh.status", {}, site.app.call(actor("admin"), "test"))
    assert status.turned_away == 2


async def test_sessions_are_limited_with_a_sentence(make_site: MakeSite) -> None:
    site = await make_site(sessions=3, sessions_each=2)
    ann = site.knows(actor("ann"))
    await site.connect(ann)
    await site.connect(ann)
    third = await site.connect(ann)
    await third.wait_closed()
    with pytest.raises(asyncssh.Error):
        await third.run("help")
    await site.connect(site.knows(actor("bob")))
    fourth = await site.connect(site.knows(actor("cat")))
    await fourth.wait_closed()
    assert len(site.door.sessions) == 3
