"""What a plugin asks for, item by item, and which of it an admin approved.

An *item* is the smallest thing that can be approved: one route, one hook, one domain, one right on one table. Its
``terms`` are what makes it more or less dangerous (whether a route is public). An approval is of an item with these
terms; another item, or the same with other terms, is another request. An approval of a route is of one version, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from newel_lua.files import INIT
from newel_lua.model import Grants, Registration
from newel_lua.plugin_info import ManifestFault, PluginManifest

Kind = Literal["route", "hook", "domain", "core", "need", "screen", "interface"]
KINDS: tuple[Kind, ...] = ("route", "hook", "domain", "core", "need", "screen", "interface")
WRITABLE = frozenset({"content_data", "content_fields", "media"})
READABLE = WRITABLE | {
    "datatypes", "fields", "tables", "routes", "users", "roles", "permissions", "role_permissions", "change_events",
}  # fmt: skip
"""The tables that ``core`` knows. Access to others is never given, so it is not asked for either."""
MOST = {"route": 50, "hook": 50, "domain": 50}
LONGEST = 300
UNASKED = frozenset({"http.route"})
"""Needs that stand for items of their own."""


@frozen(order=True)
class Item:
    """One thing that a plugin asks for."""

    kind: Kind
    name: str
    terms: str = ""

    @property
    def label(self) -> str:
        """As the CLI takes it: ``route:POST /submit``."""
        return f"{self.kind}:{self.name}"


@frozen(kw_only=True)
class Approval:
    """One item that somebody approved."""

    item: Item
    version: str
    """Of the plugin, then."""
    by: str
    at: str


@frozen(kw_only=True)
class Request:
    """All that a plugin asks for, in order; ``version`` is the plugin's."""

    version: str
    items: tuple[Item, ...]

    def granted(self, approvals: Iterable[Approval]) -> frozenset[Item]:
        """The items that may be used."""
        given = {one.item for one in approvals if one.item.kind != "route" or one.version == self.version}
        return frozenset(given.intersection(self.items))

    def drift(self, approvals: Sequence[Approval]) -> list[dict[str, str]]:
        """How the request differs from what was approved once: ``added``, ``removed`` or ``changed`` (terms, or the
        version of a route)."""
        if not approvals:
            return []
        asked = {(one.kind, one.name): one for one in self.items}
        given = {(one.item.kind, one.item.name): one for one in sorted(approvals, key=lambda one: one.at)}
        granted, found = self.granted(approvals), []
        for key in sorted({*asked, *given}):
            item, approval = asked.get(key), given.get(key)
            if approval is None:
                found.append({"kind": key[0], "name": key[1], "change": "added", "previous": ""})
            elif item is None:
                found.append({"kind": key[0], "name": key[1], "change": "removed", "previous": approval.item.terms})
            elif item not in granted:
                previous = approval.item.terms if item != approval.item else f"version {approval.version}"
                found.append({"kind": key[0], "name": key[1], "change": "changed", "previous": previous})
        return found


def requested(manifest: PluginManifest, registrations: Iterable[Registration]) -> Request:
    """From the manifest, and from what the plugin registered when it was looked at. Raises ``ManifestFault`` where that
    is more than a plugin may ask for."""
    items: dict[Item, None] = {}
    for one in registrations:
        if (item := item_of(one)) is not None:
            items[item] = None
    for need in manifest.needs:
        if need.startswith("net:"):
            items[Item("domain", need[4:].lower())] = None
        elif need not in UNASKED:
            items[Item("need", need)] = None
    for table, access in manifest.core_access.items():
        for right in access:
            if table in (WRITABLE if right == "write" else READABLE):
                items[Item("core", f"{table}:{right}")] = None
    for kind, most in MOST.items():
        if sum(item.kind == kind for item in items) > most:
            raise ManifestFault(f"a plugin has {most} {kind}s at most", INIT)
    if (long := next((item for item in items if len(item.name) > LONGEST or len(item.terms) > 100), None)) is not None:
        raise ManifestFault(f"this {long.kind} is too long: {long.name[:60]}…", INIT)
    items |= {Item("screen", one.name): None for one in manifest.screens}
    for each in manifest.interfaces:
        items.pop(Item("interface", each.name), None)  # what is said of it in the manifest counts
        items[Item("interface", each.name, each.terms)] = None
    return Request(version=manifest.version, items=tuple(sorted(items, key=lambda one: (KINDS.index(one.kind), one))))


def item_of(one: Registration) -> Item | None:
    """What a registration asks for; ``None``: nothing by itself. The machine that it comes from is not trusted: what
    makes no sense asks for something that nobody would approve."""
    told: Mapping[str, Any] = one.details
    match one.what:
        case "route":
            permission = f"permission {told['permission']}" if told.get("permission") else ""
            public = "public" if told.get("public") is True else ""
            return Item("route", f"{told.get('method')} {told.get('path')}", permission or public)
        case "hook":
            return Item("hook", f"{told.get('event')} {told.get('table')}")
        case "domain":
            return Item("domain", str(told.get("domain")).lower())
        case "schedule":
            return Item("need", "schedule")
        case "screen" | "interface":
            return Item("screen" if one.what == "screen" else "interface", str(told.get("name")))
    return None


def grants(granted: Iterable[Item]) -> Grants:
    """As the modules look it up."""
    needs: set[str] = set()
    core: dict[str, set[str]] = {}
    for item in granted:
        if item.kind == "domain":
            needs.add(f"net:{item.name}")
        elif item.kind == "need":
            needs.add(item.name)
        elif item.kind == "core":
            table, _, right = item.name.partition(":")
            core.setdefault(table, set()).add(right)
    return Grants(needs=frozenset(needs), core={table: frozenset(rights) for table, rights in core.items()})
