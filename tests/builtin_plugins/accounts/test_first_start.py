"""A site without users gets an admin, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.builtin_plugins.accounts.site import PASSWORD, PLUGINS, Site, opened

from newel.errors import BootError
from newel.testing.engines import LASTING

FILE = LASTING


async def test_the_first_start_makes_an_admin_and_tells_who_started_it(site: Site) -> None:
    who = await site.who(site.told("token"))
    assert who is not None
    assert (who.kind, who.everything, who.roles) == ("token", True, ("admin",))
    session = await site.login("admin@localhost", site.told("admin"))
    assert session.must_change is True
    assert (await site.run("auth.me", who)).must_change is True


async def test_what_it_tells_is_never_logged(site: Site) -> None:
    assert site.told("token") not in site.log.getvalue()
    assert site.told("admin") not in site.log.getvalue()


async def test_the_second_start_tells_nothing(tmp_path: Path) -> None:
    async with opened(folder=tmp_path, config=FILE) as site:
        token = site.told("token")
    async with opened(folder=tmp_path, config=FILE) as site:
        assert site.app.notices == []
        assert await site.who(token)


async def test_the_address_of_the_first_admin_is_a_setting() -> None:
    async with opened(config={"accounts": {"first_admin": "Root@Example.ORG"}}) as site:
        assert (await site.run("users.list")).data[0].email == "root@example.org"


async def test_a_password_that_was_given_is_the_first_admins_and_nothing_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    environment = {
        "NEWEL__ACCOUNTS__FIRST_PASSWORD_FILE": str(tmp_path / "password"),
        "NEWEL__ACCOUNTS__FIRST_ADMIN": "ops@example.org",
    }
    async with opened(environment=environment) as site:
        assert site.app.notices == [("admin", "ops@example.org, with the password of accounts.first_password")]
        session = await site.login("ops@example.org")
        assert session.must_change is False
        who = await site.who(session)
        assert who is not None
        assert who.everything
        assert [one.kind for one in (await site.run("tokens.list", who)).data] == ["session"]
        assert PASSWORD not in site.log.getvalue()


async def test_a_first_password_that_no_user_could_take_stops_the_start() -> None:
    with pytest.raises(BootError, match=r"accounts.first_password: needs at least 10 characters") as caught:
        async with opened(config={"accounts": {"first_password": "abcabcabc"}}):
            pass
    assert "abcabcabc" not in caught.value.detail


@pytest.mark.may_block
async def test_two_first_starts_at_once_make_one_admin(tmp_path: Path) -> None:
    told: list[list[tuple[str, str]]] = []
    started = asyncio.Barrier(2)

    async def start() -> None:
        async with opened(*PLUGINS, folder=tmp_path, config=FILE) as site:
            told.append(site.app.notices)
            await started.wait()
            assert len((await site.run("users.list")).data) == 1

    await asyncio.gather(start(), start())
    assert sorted(map(len, told)) == [0, 2]
