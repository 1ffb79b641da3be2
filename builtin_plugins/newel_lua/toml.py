"""``plugin.toml``: strict, and every mistake with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attrs import fields

from newel import versions
from newel.bounds import Faults
from newel.config import did_you_mean
from newel.errors import Problem
from newel.manifest import Manifest
from newel.structure import Structurer
from newel_lua import settings
from newel_lua.files import TOML
from newel_lua.plugin_info import ManifestFault, PluginManifest, problems

WRITTEN = tuple(one.name for one in fields(PluginManifest) if one.name not in ("core_access", "capabilities", "ui"))
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_HEAD = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?")


def read_toml(folder: str, text: str, structurer: Structurer) -> PluginManifest:
    """Raises the first of ``mistakes`` as ``ManifestFault``."""
    made, found = parsed(folder, text, structurer)
    if made is None or found:
        raise found[0]
    return made


def parsed(folder: str, text: str, structurer: Structurer) -> tuple[PluginManifest | None, list[ManifestFault]]:
    """The manifest as far as it can be read, and all mistakes in it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _LINE.search(str(error))
        message = _LINE.sub("", str(error)).strip()
        return None, [ManifestFault(message, TOML, int(place[1]) if place else text.count("\n") + 1)]
    except RecursionError:
        return None, [ManifestFault("is nested too deeply", TOML, 1)]
    found = [
        Problem(f"/{key}", "unknown", f"there is no '{key}' here{did_you_mean(key, WRITTEN)}")
        for key in raw
        if key not in WRITTEN
    ]
    data = {key: value for key, value in raw.items() if key in WRITTEN}
    if isinstance(data.get("settings"), Mapping):
        data["settings"], wrong = settings.declared(data["settings"])
        found += wrong
    made, wrong = _structured(data, structurer)
    found += wrong
    if made is not None:
        found += [*problems(folder, made), *settings.faults_of(made.settings), *_range(made)]
    return made, sorted((_fault(text, one) for one in found), key=lambda one: one.line or 0)


def _structured(data: Mapping[str, Any], structurer: Structurer) -> tuple[PluginManifest | None, list[Problem]]:
    """The manifest without what is wrong, so that the rest can be looked at too."""
    try:
        return structurer.structure(data, PluginManifest), []
    except Faults as error:
        found = error.problems
    wrong = {one.pointer.split("/")[1] for one in found if one.pointer}
    with suppress(Faults):
        return structurer.structure(
            {key: value for key, value in data.items() if key not in wrong}, PluginManifest
        ), found
    return None, found


def _range(made: PluginManifest) -> list[Problem]:
    try:
        versions.check(Manifest(name=made.name, summary=made.summary, load="", newel=made.newel))
    except ValueError as error:
        return [Problem("/newel", "invalid", str(error))]
    return []


def _fault(text: str, problem: Problem) -> ManifestFault:
    path = problem.pointer.strip("/").replace("/", ".")
    return ManifestFault(f"{path}: {problem.detail}" if path else problem.detail, TOML, line_of(text, problem.pointer))


def line_of(text: str, pointer: str) -> int:
    """The line where the value of a pointer (``/settings/token/default``) begins, as near as it can be told: the last
    of its parts that stands in the text. 1 where none does."""
    parts = [part for part in pointer.split("/") if part and not part.isdigit()]
    table: list[str] = []
    best, line = 0, 1
    for number, written in enumerate(text.splitlines(), 1):
        head = _HEAD.fullmatch(written)
        if head is not None:
            table = [part.strip().strip("\"'") for part in head[1].split(".")]
            path = table
        else:
            key, equals, _ = written.partition("=")
            if not equals:
                continue
            path = [*table, *(part.strip().strip("\"'") for part in key.split("."))]
        depth = len(path) if parts[: len(path)] == path else 0
        if depth > best:
            best, line = depth, number
    return line


def told(fault: Any) -> str:
    """``file:line: message`` of anything with those three."""
    place = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
    return f"{place}: {fault.message}"
