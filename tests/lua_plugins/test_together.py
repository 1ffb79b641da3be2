"""Forms and redirects, when several people use them at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from newel_lua.harness.site import Site, site

pytestmark = pytest.mark.may_block  # a site for tests is made in the loop that it runs in
PLUGINS = Path(__file__).parents[2] / "lua_plugins"


def test_of_several_edits_of_one_version_one_is_kept() -> None:
    asyncio.run(_edits("/api/v1/plugins/forms/forms"))


async def _edits(forms: str) -> None:
    async with site(PLUGINS / "forms", 10.0) as made:
        client = made.client.signed_in(made.tokens["admin"])
        form = (await client.post(forms, json={"name": "Contact", "rate_limit": 3})).json()
        path = f"{forms}/{form['id']}"
        edits = [client.put(path, json={"name": f"edit {number}", "version": 1}) for number in range(8)]
        answers = await asyncio.gather(*edits)
        assert Counter(one.status for one in answers) == {200: 1, 409: 7}
        assert {one.json()["current_version"] for one in answers if one.status == 409} == {2}
        kept = next(one.json() for one in answers if one.status == 200)
        assert (await client.get(path)).json()["name"] == kept["name"]
        assert await _entries(made, path) == 3, "what a form takes in an hour"


async def _entries(made: Site, path: str) -> int:
    client = made.client.signed_in(made.tokens["admin"])
    field = {"name": "word", "field_type": "text", "version": 2}
    assert (await client.post(f"{path}/fields", json=field)).status == 201
    for _ in range(5):
        await made.client.post(f"{path}/submit", json={"word": "hello"})
    return int((await client.get(f"{path}/entries")).json()["total"])


def test_hits_that_come_at_once_are_all_counted() -> None:
    asyncio.run(_hits())


async def _hits() -> None:
    async with site(PLUGINS / "redirects", 10.0) as made:
        client = made.client.signed_in(made.tokens["admin"])
        rules = "/api/v1/plugins/redirects/rules"
        rule = (await client.post(rules, json={"source": "/old", "target": "/new"})).json()
        path = "/api/v1/plugins/redirects/resolve?path=/old"
        answers = await asyncio.gather(*(made.client.get(path) for _ in range(12)))
        assert {one.json()["location"] for one in answers} == {"/new"}
        assert (await client.get(f"{rules}/{rule['id']}")).json()["hits"] == 12
