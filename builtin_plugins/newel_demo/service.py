"""Writes the magazine of ``magazine.py`` in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from newel import Call, Conflict, Permission, operation
from newel.app import App
from newel.contracts.content import Content
from newel_demo import magazine

DEMO_FILL = Permission("demo.fill", "Fill an empty site with the demonstration content")


@frozen
class Filled:
    """What was written."""

    types: int
    entries: int


class Demo:
    """The one operation of this plugin."""

    def __init__(self, app: App) -> None:
        self._app = app

    @operation("demo.fill", needs=DEMO_FILL, http="POST /demo/fill", effect="write", status=201)
    async def fill(self, call: Call) -> Filled:
        """Fills an empty site with a small magazine in English and German.

        All in one transaction. Raises ``conflict`` when the site has content types already.
        """
        if await self._app.need(Content).types():
            raise Conflict("the site has content already; the demonstration wants an empty one")
        known = {locale.code for locale in await self._app.need(Content).locales()}
        for locale in magazine.LOCALES:
            if locale["code"] not in known:
                await self._run("locales.create", locale, call)
        for definition in magazine.TYPES:
            await self._run("types.create", definition, call)
        ids: dict[str, str] = {}
        for item in magazine.ENTRIES:
            ids[item.key] = await self._write(item, ids, call)
        return Filled(types=len(magazine.TYPES), entries=len(ids))

    async def _write(self, item: magazine.Item, ids: Mapping[str, str], call: Call) -> str:
        """Creates one entry in English, adds the German, publishes both; ``@key`` stands for another entry's id."""
        first, *others = item.data
        order: dict[str, Any] = {"type": item.type, "locale": first, "data": _linked(item.data[first], ids)}
        if item.parent:
            order["parent"] = ids[item.parent]
        entry = await self._run("content.create", order, call)
        for locale in others:
            change = {"type": item.type, "id": entry.id, "locale": locale, "data": _linked(item.data[locale], ids)}
            await self._run("content.update", change, call)
        for locale in item.data:
            await self._run("content.publish", {"type": item.type, "id": entry.id, "locale": locale}, call)
        return str(entry.id)

    async def _run(self, name: str, order: Mapping[str, Any], call: Call) -> Any:
        return await self._app.operations.run(name, order, call)


def _linked(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return ids[value[1:]]
    if isinstance(value, Mapping):
        return {key: _linked(inner, ids) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_linked(inner, ids) for inner in value]
    return value
