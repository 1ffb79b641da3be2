"""Sites whose feed of changes is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.builtin_plugins.delivery.mirrors import LOCALES, PLUGINS, Editor, Mirror

from newel.testing import Client, FakeAccounts, FakeClock, make_app


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def stranger(clock: FakeClock) -> AsyncIterator[Client]:
    """A client that is not signed in, of a site with pages and posts in two languages."""
    config = {"content": {"locales": list(LOCALES)}}
    async with (
        make_app([*PLUGINS, FakeAccounts.manifest], config, serving=True, clock=clock) as app,
        Client.of(app) as client,
    ):
        editor = Editor(client)
        await editor.type("post")
        await editor.type("page", "page")
        yield client


@pytest.fixture
def editor(stranger: Client) -> Editor:
    return Editor(stranger)


@pytest.fixture
def mirror(stranger: Client) -> Mirror:
    return Mirror(stranger)
