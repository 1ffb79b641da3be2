"""What takes back an act on content, from what the audit trail has of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newel import Call, Conflict
from newel.contracts.audit import Change, Reverse


async def values_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    """The values before, in all locales; a version that was kept on the way stays."""
    return [_values(one) for one in changes if one.before is not None and "data" in one.before]


async def entry_gone(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [
        Reverse(operation="content.delete", params={"type": one.after["type"], "id": one.id})
        for one in changes
        if one.after is not None and one.entity == "entry"
    ]


async def out_of_the_trash(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    """Each with what went with it, then the references that were emptied."""
    binned = {one.id: one.before for one in changes if one.before is not None and "deleted_at" in one.before}
    tops = [id for id, before in binned.items() if before["parent"] not in binned]
    restored = [
        Reverse(operation="content.restore_trashed", params={"type": binned[id]["type"], "id": id}) for id in tops
    ]
    return [*restored, *(_values(one) for one in changes if one.before is not None and "data" in one.before)]


async def into_the_trash(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    back = {one.id: one.before for one in changes if one.before is not None}
    return [
        Reverse(operation="content.delete", params={"type": before["type"], "id": id, "descendants": True})
        for id, before in back.items()
        if before["parent"] not in back
    ]


async def unpublished(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    """Only of what readers saw nothing of before: what they saw then is no draft any more."""
    if any(one.before is not None for one in changes):
        raise Conflict("it was published before: restore that version, and publish it", code="no_undo")
    return [Reverse(operation="content.unpublish", params=_where(one.id, one.after)) for one in changes]


def published(changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="content.publish", params=_where(one.id, one.before)) for one in changes]


async def locale_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    def params(one: Change) -> dict[str, Any]:
        before, after = one.before or {}, one.after or {}
        return {name: before[name] or "" if name == "fallback" else before[name]
                for name in ("label", "enabled", "default", "fallback") if before[name] != after[name]}  # fmt: skip

    return [Reverse(operation="locales.update", params={"code": one.id} | params(one)) for one in changes]


async def locale_gone(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="locales.delete", params={"code": one.id}) for one in changes]


async def locale_again(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="locales.create", params={"code": one.id, **(one.before or {})}) for one in changes]


def _values(one: Change) -> Reverse:
    before, after = one.before or {}, one.after or {}
    data = {name: value for name, value in before["data"].items() if not name.startswith("#")}  # of removed fields
    params = {"type": before["type"], "id": one.id, "locale": "*", "data": data, "revision": after.get("revision")}
    return Reverse(operation="content.update", params=params)


def _where(id: str, side: Any) -> dict[str, Any]:
    return {"type": side["type"], "id": id, "locale": side["locale"]}
