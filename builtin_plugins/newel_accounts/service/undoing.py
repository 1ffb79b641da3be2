"""What takes back an act on users, roles and keys. Tokens and passwords are not kept, so theirs cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel import Call, Conflict
from newel.contracts.audit import Change, Reverse


async def user_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="users.update", params=_differing(one, "email", "name", "role", "disabled")
                    | {"id": one.id}) for one in changes]  # fmt: skip


async def role_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="roles.update", params=_differing(one, "summary", "permissions") | {"name": one.id})
            for one in changes]  # fmt: skip


async def role_gone(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="roles.delete", params={"name": one.id}) for one in changes]


async def role_again(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    names = ("name", "summary", "permissions")
    return [Reverse(operation="roles.create", params={name: before[name] for name in names})
            for before in _befores(changes)]  # fmt: skip


async def key_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    def params(one: Change) -> dict[str, Any]:
        before = one.before or {}
        ends = before["expires_at"]
        until = {"forever": True} if ends is None else {"expires_at": ends}
        limits = {"operation": before["operation"] or "", "sources": before["sources"] or []}
        return {"id": one.id, "label": before["label"], **limits, **until}

    return [Reverse(operation="ssh.keys.update", params=params(one)) for one in changes]


async def key_gone(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="ssh.keys.remove", params={"id": one.id}) for one in changes]


async def key_again(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    names = ("label", "operation", "sources", "expires_at", "user")
    return [Reverse(operation="ssh.keys.add", params={"key": before["public_key"]}
                    | {name: before[name] for name in names}) for before in _befores(changes)]  # fmt: skip


def _befores(changes: Sequence[Change]) -> list[Mapping[str, Any]]:
    return [one.before for one in changes if one.before is not None]


def _differing(one: Change, *names: str) -> dict[str, Any]:
    """The former values of what is another one now, with the revision that this is based on."""
    before, after = one.before or {}, one.after or {}
    found = {name: before[name] for name in names if before[name] != after[name]}
    if not found:
        raise Conflict("it changed nothing that could be undone", code="nothing_to_undo")
    return {**found, "revision": after["revision"]}
