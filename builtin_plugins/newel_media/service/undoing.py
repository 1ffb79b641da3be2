"""What takes back a change of files and folders; their bytes are gone for good when a file is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newel import Call
from newel.contracts.audit import Change, Reverse
from newel_media.view import SCALE


async def asset_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [_asset(one) for one in changes if one.entity == "media" and one.before is not None]


async def folder_back(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="media.update_folder", params={"id": one.id, **(one.before or {})}) for one in changes]


async def folder_gone(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="media.delete_folder", params={"id": one.id}) for one in changes]


async def folder_again(_: object, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
    return [Reverse(operation="media.create_folder", params=dict(one.before or {})) for one in changes]


def _asset(one: Change) -> Reverse:
    before, after = one.before or {}, one.after or {}
    params: dict[str, Any] = {"id": one.id, "revision": after["revision"]}
    params |= {name: before[name] for name in ("name", "folder", "tags") if before[name] != after[name]}
    if before["private"] != after["private"]:
        params["private"] = bool(before["private"])
    was, now = before["texts"], after["texts"]
    params |= {name: was.get(name, "") for name in {**was, **now} if name != "alt" and was.get(name) != now.get(name)}
    codes = {**was["alt"], **now["alt"]}
    params["alt"] = {code: was["alt"].get(code) for code in codes if was["alt"].get(code) != now["alt"].get(code)}
    place = ("focal_x", "focal_y")
    if any(before[name] != after[name] for name in place):
        x, y = (before[name] for name in place)
        params |= {"focal_by_hand": False} if x is None else {"focal": {"x": x / SCALE, "y": y / SCALE}}
    return Reverse(operation="media.update", params=params)
