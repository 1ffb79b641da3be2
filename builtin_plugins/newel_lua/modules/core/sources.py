"""Where the rows of each table come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

from newel.contracts.content import Content
from newel.ids import is_id
from newel_lua.compat import others
from newel_lua.compat.entries import content_data, content_fields, split_content_field_id, split_field_id
from newel_lua.modules.core.asking import Asking, Plain

PAGE, FEW = 100, 200
Narrowed = Mapping[str, Sequence[Any]]
Rows = AsyncIterator[list[Plain]]


async def rows(table: str, asking: Asking, narrowed: Narrowed) -> Rows:
    """The rows of a table, in parts. ``narrowed``: columns that can have one of these values only; others may come
    all the same. Raises ``NewelError``."""
    async for part in SOURCES[table](asking, narrowed):
        yield part


async def default_locale(asking: Asking) -> str:
    content = asking.app.find(Content)
    return (await content.locales())[0].code if content is not None else ""


async def entries(
    asking: Asking, narrowed: Narrowed, *, locale: str | None = None
) -> AsyncIterator[tuple[Plain, Plain]]:
    """Drafts, each with its type. Those of one id are looked for among all types."""
    types = await _types(asking, narrowed)
    ids = _both(narrowed.get("id"), narrowed.get("content_data_id"))
    parents = narrowed.get("parent_id")
    for type in types:
        filters: list[Plain] = [{}]
        if ids is not None:
            known = [one for one in ids if isinstance(one, str) and is_id(one)]
            filters = [{"id": {"_in": known[at : at + PAGE]}} for at in range(0, len(known), PAGE)]
        elif parents is not None:
            filters = [{"parent": {"_eq": one}} for one in parents if isinstance(one, str) and is_id(one)]
        for wanted in filters:
            order = {"type": type["name"], "limit": PAGE, "filter": wanted, "locale": locale}
            async for page in asking.pages("content.list", **order):
                for entry in page:
                    yield entry, type


async def count_entries(asking: Asking, narrowed: Narrowed) -> int:
    """How many entries of some types there are: one operation for each."""
    total = 0
    for type in await _types(asking, narrowed):
        page = await asking.ask("content.list", type=type["name"], limit=1, count="exact")
        total += page["meta"]["total"]
    return total


async def _types(asking: Asking, narrowed: Narrowed) -> list[Plain]:
    types = [one for one in (await asking.ask("types.list"))["data"] if one["kind"] != "block"]
    for column in ("type", "datatype_id"):
        types = [one for one in types if one["name"] in narrowed.get(column, [one["name"]])]
    return types


async def _content_data(asking: Asking, narrowed: Narrowed) -> Rows:
    async for entry, _ in entries(asking, narrowed):
        yield [content_data(entry)]


async def _content_fields(asking: Asking, narrowed: Narrowed) -> Rows:
    wanted = dict(narrowed)
    wanted.pop("id", None)
    if (whole := wanted.get("content_field_id")) is not None:
        ids = [split_content_field_id(str(one))[0] for one in whole]
        wanted["id"] = ids
    if (fields := wanted.get("field_id")) is not None:
        wanted["datatype_id"] = [split_field_id(str(one))[0] for one in fields]
    async for entry, type in entries(asking, wanted, locale="*"):
        localized = frozenset(one["name"] for one in type["fields"] if one["localized"])
        yield list(content_fields(entry, localized))


async def _media(asking: Asking, narrowed: Narrowed) -> Rows:
    locale = await default_locale(asking)
    ids = _both(narrowed.get("id"), narrowed.get("media_id"))
    if ids is not None:
        for id in ids:
            found = await asking.found("media.get", id=id) if isinstance(id, str) and is_id(id) else None
            yield [] if found is None else [others.media(found, locale)]
        return
    folders = narrowed.get("folder_id")
    folder = folders[0] if folders is not None and len(folders) == 1 and isinstance(folders[0], str) else None
    async for page in asking.pages("media.list", limit=PAGE, folder=folder):
        yield [others.media(one, locale) for one in page]


async def _datatypes(asking: Asking, narrowed: Narrowed) -> Rows:
    yield [others.datatype(one, at) for at, one in enumerate((await asking.ask("types.list"))["data"])]


async def _fields(asking: Asking, narrowed: Narrowed) -> Rows:
    for one in (await asking.ask("types.list"))["data"]:
        yield list(others.fields(one))


async def _tables(asking: Asking, narrowed: Narrowed) -> Rows:
    asking.spend()
    yield list(others.tables())


async def _routes(asking: Asking, narrowed: Narrowed) -> Rows:
    content = asking.app.find(Content)
    for locale in await content.locales() if content is not None else ():
        after: str | None = None
        while content is not None:
            asking.spend()
            part = await content.routes(locale.code, after=after, limit=1000, private=True)
            yield [others.route(asking.app.structurer.unstructure(one)) for one in part]
            if len(part) < 1000:
                break
            after = part[-1].path


async def _users(asking: Asking, narrowed: Narrowed) -> Rows:
    ids = narrowed.get("user_id")
    if ids is not None:
        for id in ids:
            found = await asking.found("users.get", id=id) if isinstance(id, str) else None
            yield [] if found is None else [others.user(found)]
        return
    emails = narrowed.get("email") or narrowed.get("username")
    email = emails[0] if emails and len(emails) == 1 and isinstance(emails[0], str) else None
    async for page in asking.pages("users.list", limit=FEW, email=email):
        yield [others.user(one) for one in page]


async def _roles(asking: Asking, narrowed: Narrowed) -> Rows:
    yield [others.role(one) for one in (await asking.ask("roles.list"))["data"]]


async def _permissions(asking: Asking, narrowed: Narrowed) -> Rows:
    yield [others.permission(one) for one in (await asking.ask("permissions.list"))["data"]]


async def _role_permissions(asking: Asking, narrowed: Narrowed) -> Rows:
    for one in (await asking.ask("roles.list"))["data"]:
        yield list(others.role_permissions(one))


async def _change_events(asking: Asking, narrowed: Narrowed) -> Rows:
    ids = narrowed.get("record_id")
    one = ids[0] if ids is not None and len(ids) == 1 and isinstance(ids[0], str) else None
    async for page in asking.pages("audit.list", limit=FEW, outcome="done", entity_id=one):
        yield [others.change_event(row) for row in page if row["entity"] is not None]


SOURCES: Mapping[str, Callable[[Asking, Narrowed], Rows]] = {
    "content_data": _content_data, "content_fields": _content_fields, "media": _media, "datatypes": _datatypes,
    "fields": _fields, "tables": _tables, "routes": _routes, "users": _users, "roles": _roles,
    "permissions": _permissions, "role_permissions": _role_permissions, "change_events": _change_events,
}  # fmt: skip


def _both(one: Iterable[Any] | None, other: Iterable[Any] | None) -> list[Any] | None:
    """Values that are in both, where both are given."""
    if one is None or other is None:
        found = one if other is None else other
        return None if found is None else list(found)
    wanted = list(other)
    return [value for value in one if value in wanted]
