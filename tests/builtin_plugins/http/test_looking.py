"""A port that is held by the site itself is told from one that another program holds."""

from __future__ import annotations

from tests.builtin_plugins.http.conftest import Served

from newel.testing import FakeAccounts, make_app
from newel_http.config import HttpConfig
from newel_http.looking import Looking


async def test_the_site_is_known_by_what_it_answers(served: Served) -> None:
    port = int(served.client.url.rpartition(":")[2])
    async with make_app(["http", FakeAccounts.manifest]) as beside:
        found = await Looking(beside, HttpConfig(port=port)).port()
    assert found.detail == f"Newel answers at 127.0.0.1:{port}"
    assert (await Looking(served.app, HttpConfig(port=port)).port()).detail == "this process listens"
