"""What a plugin says of itself: ``plugin_info`` in Lua, ``plugin.toml``, or both, brought to one form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from attrs import Factory, evolve, field, fields, frozen

from newel import Max, MaxLength, Min, Pattern
from newel.bounds import Faults
from newel.errors import Problem
from newel.structure import Structurer
from newel_lua.discovery import NAME, RULE
from newel_lua.settings import Setting

VERSION = r"[^\x00-\x1f\x7f]{1,64}"
PART = r"[A-Za-z0-9_-]{1,64}"
"""The name of a screen or an interface, and of its file."""
TYPE = r"[a-z][a-z0-9_]{0,19}"
TAG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
RESERVED_TAGS = frozenset({
    "annotation-xml", "color-profile", "font-face", "font-face-src", "font-face-uri", "font-face-format",
    "font-face-name", "missing-glyph",
})  # fmt: skip


class ManifestFault(Exception):
    """Something in it is wrong; ``line`` is 1 for the first, or ``None`` where it cannot be told."""

    def __init__(self, message: str, file: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line


@frozen(kw_only=True)
class Limits:
    """What a plugin lowers of the host's limits, as ``[lua]`` names them."""

    seconds: Annotated[float | None, Min(0.1), Max(300)] = None
    before_seconds: Annotated[float | None, Min(0.1), Max(60)] = None
    instructions: Annotated[int | None, Min(100_000)] = None
    memory_mb: Annotated[int | None, Min(2)] = None
    operations: Annotated[int | None, Min(1)] = None
    after_operations: Annotated[int | None, Min(1)] = None

    def lowered(self, name: str, most: float) -> float:
        """A limit of the host's, or the plugin's where that is lower."""
        own = getattr(self, name)
        return most if own is None else min(most, own)


@frozen(kw_only=True)
class Screen:
    """A screen of the terminal admin."""

    name: Annotated[str, Pattern(PART)]
    label: Annotated[str, MaxLength(200)] = ""
    icon: Annotated[str, MaxLength(64)] = ""
    hidden: bool = False


@frozen(kw_only=True)
class Interface:
    """An editor of a field in the terminal admin."""

    name: Annotated[str, Pattern(PART)]
    label: Annotated[str, MaxLength(200)] = ""
    mode: Literal["inline", "overlay"] = "inline"
    types: Annotated[tuple[Annotated[str, Pattern(TYPE)], ...], MaxLength(4)] = ()
    """The field types whose values it edits in entries; none: it is opened by name only."""

    @property
    def terms(self) -> str:
        """What it asks for beside its name: approved for some fields, it is not for others."""
        return f"for {', '.join(self.types)}" if self.types else ""


@frozen(kw_only=True)
class Component:
    """A web component that it brings (``ui``)."""

    tag: Annotated[str, MaxLength(64)]
    bundle: Annotated[str, MaxLength(255)] = ""
    has_admin: bool = False


@frozen(kw_only=True)
class PluginManifest:
    """Both sources in one form."""

    name: str
    version: Annotated[str, Pattern(VERSION)]
    summary: Annotated[str, MaxLength(2000)]
    api: Annotated[int, Min(1), Max(1)] = 1
    newel: Annotated[str, MaxLength(64)] = ""
    author: Annotated[str, MaxLength(200)] = ""
    license: Annotated[str, MaxLength(64)] = ""
    needs: Annotated[tuple[Annotated[str, MaxLength(255)], ...], MaxLength(100)] = ()
    dependencies: Annotated[tuple[Annotated[str, Pattern(NAME.pattern)], ...], MaxLength(50)] = ()
    settings: Mapping[str, Setting] = Factory(dict)
    limits: Limits = Limits()
    core_access: Mapping[str, tuple[str, ...]] = Factory(dict)
    screens: Annotated[tuple[Screen, ...], MaxLength(50)] = ()
    interfaces: Annotated[tuple[Interface, ...], MaxLength(50)] = ()
    ui: Component | None = None
    capabilities: Sequence[Mapping[str, Any]] = field(factory=tuple)
    """As the plugin lists them. The Go system stores and shows these, and so do we; hooks do the work."""


KNOWN_INFO = frozenset({
    "name", "version", "description", "author", "license", "min_cms_version", "dependencies", "capabilities",
    "core_access", "screens", "interfaces", "ui",
})  # fmt: skip
PLAIN_NEEDS = frozenset({"http.route", "kv", "schedule", "mail"})
NEED = re.compile(r"(content|media|types)\.[a-z_]+(:(\*|[a-z0-9_-]{1,64}))?|net:[^\s/:]{1,253}")


def merged(
    folder: str, toml: PluginManifest | None, info: Mapping[str, Any] | None, structurer: Structurer
) -> PluginManifest:
    """One manifest from ``plugin.toml`` (read already) and the ``plugin_info`` table. Raises ``ManifestFault``."""
    if toml is not None and not info:
        return toml
    if not info:
        raise ManifestFault("there is no plugin_info table, and no plugin.toml", "init.lua")
    told = _from_info(folder, info, structurer)
    if toml is None:
        return told
    for key in ("name", "version"):
        if getattr(toml, key) != getattr(told, key):
            raise ManifestFault(
                f"plugin_info.{key} is '{getattr(told, key)}', plugin.toml says '{getattr(toml, key)}'", "init.lua"
            )
    return evolve(
        toml, core_access=told.core_access, capabilities=told.capabilities, ui=told.ui,
        screens=toml.screens or told.screens, interfaces=toml.interfaces or told.interfaces,
        dependencies=toml.dependencies or told.dependencies,
    )  # fmt: skip


def _from_info(folder: str, info: Mapping[str, Any], structurer: Structurer) -> PluginManifest:
    data = {key: value for key, value in info.items() if key in KNOWN_INFO and value not in ({}, [])}
    data.pop("min_cms_version", None)  # versions of another system
    # What the Go system does not know it ignores, here too.
    for key, kind in (("screens", Screen), ("interfaces", Interface)):
        if isinstance(data.get(key), list):
            data[key] = [_known(one, kind) for one in data[key]]
    data = {key: _known(value, Component) if key == "ui" else value for key, value in data.items()}
    faults = [
        f"plugin_info.{key} must be a text that is not empty"
        for key in ("name", "version", "description")
        if not isinstance(data.get(key), str) or not data[key].strip()
    ]
    if not faults:
        data["summary"] = data.pop("description")
        try:
            made = structurer.structure(data, PluginManifest)
        except Faults as error:
            faults += [f"plugin_info{one.pointer.replace('/', '.')} {one.detail}" for one in error.problems]
        else:
            faults += checked(folder, made)
    if faults:
        raise ManifestFault("; ".join(faults), "init.lua")
    return made


def _known(value: Any, kind: type[Any]) -> Any:
    names = {one.name for one in fields(kind)}
    return {key: one for key, one in value.items() if key in names} if isinstance(value, Mapping) else value


def checked(folder: str, made: PluginManifest) -> list[str]:
    """What is wrong beyond the types, a sentence each."""
    return [one.detail for one in problems(folder, made)]


def problems(folder: str, made: PluginManifest) -> list[Problem]:
    """The same, with pointers."""
    found = []

    def wrong(pointer: str, detail: str) -> None:
        found.append(Problem(pointer, "invalid", detail))

    if not NAME.fullmatch(made.name):
        wrong("/name", RULE)
    elif made.name != folder:
        wrong("/name", f"the plugin says it is '{made.name}', but its folder is '{folder}': make them equal")
    if made.name in made.dependencies:
        wrong("/dependencies", "a plugin cannot depend on itself")
    for need in made.needs:
        if need not in PLAIN_NEEDS and not NEED.fullmatch(need):
            wrong("/needs", f"there is no need '{need}'")
    for table, access in made.core_access.items():
        if not access or set(access) - {"read", "write"}:
            wrong(f"/core_access/{table}", f'core_access.{table} is a list of "read" and "write"')
    for kind in ("screens", "interfaces"):
        names = [one.name for one in getattr(made, kind)]
        if len(names) != len(set(names)):
            wrong(f"/{kind}", f"two {kind} have one name")
    if made.ui is not None:
        tag = f"mcms-{made.name.replace('_', '-')}"
        if made.ui.tag != tag or not TAG.fullmatch(tag) or tag in RESERVED_TAGS:
            wrong("/ui/tag", f"ui.tag must be '{tag}'")
    return found
