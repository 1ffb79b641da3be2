"""``newel lua check``: all that is wrong with a plugin, without a site and without running it for real."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from newel_lua.discovery import NAME, RULE, Candidate
from newel_lua.examining import Examined, NotLoaded, code
from newel_lua.faults import CallFailed
from newel_lua.files import Files, FilesFault, read_files
from newel_lua.model import Grants, Self
from newel_lua.plugin_info import Limits
from newel_lua.reasons import Reason
from newel_lua.toml import parsed

if TYPE_CHECKING:
    from newel_lua.config import LuaConfig
    from newel_lua.registry import Registry

_PLACE = re.compile(r"([^:\n]+\.lua):(\d+): (.*)")


@frozen(kw_only=True)
class Checked:
    """What was found. ``examined`` is there where nothing was."""

    mistakes: tuple[Reason, ...]
    examined: Examined | None = None


class Check:
    """Looks at one folder after the other."""

    def __init__(self, registry: Registry, config: LuaConfig) -> None:
        self._registry = registry
        self._config = config

    async def check(self, folder: Path) -> Checked:
        """All mistakes that can be told without running the plugin, by file and line."""
        name = folder.name
        candidate = Candidate(name=name, folder=folder, origin="site", fault=None if NAME.fullmatch(name) else RULE)
        mistakes = [] if candidate.fault is None else [Reason(message=candidate.fault)]
        try:
            files = await asyncio.to_thread(read_files, folder)
        except FilesFault as error:
            return Checked(mistakes=(*mistakes, Reason(message=error.message, file=error.file)))
        if files.toml is not None:
            _, faults = parsed(name, files.toml, self._registry.examiner.structurer)
            mistakes += [Reason(message=one.message, file=one.file, line=one.line) for one in faults]
        mistakes += await self._syntax(name, files)
        if mistakes:
            return Checked(mistakes=tuple(mistakes))
        try:
            examined = await self._registry.examiner.examine(candidate, files)
        except NotLoaded as error:
            return Checked(mistakes=(error.reason,))
        mistakes += _missing(examined, files)
        return Checked(mistakes=tuple(mistakes), examined=None if mistakes else examined)

    async def _syntax(self, name: str, files: Files) -> list[Reason]:
        """Every file is compiled and none is run, in a process with limits like any code of the plugin's."""
        script = Files(lua={"init.lua": _compiles(files.lua)}, hash="")
        plugin = Self(name=name, version="", grants=Grants())
        try:
            await self._registry.inspect(code(name, script, Limits(), self._config), plugin)
        except CallFailed as error:
            found = [_PLACE.fullmatch(line) for line in str(error).splitlines()]
            told = [Reason(message=one[3], file=one[1], line=int(one[2])) for one in found if one is not None]
            return told or [Reason(message=str(error))]
        return []


def _compiles(files: Mapping[str, bytes]) -> bytes:
    """A program that compiles these texts, and raises what is wrong with them, a line each."""
    lines = [b"local wrong = {}", b"local function try(path, text)",
             b"  local _, fault = loadstring(text, '@' .. path)",
             b"  if fault then wrong[#wrong + 1] = (fault:gsub('%s+', ' ')) end", b"end"]  # fmt: skip
    lines += [b"try(" + _quoted(path.encode()) + b", " + _quoted(text) + b")" for path, text in files.items()]
    return b"\n".join([*lines, b"if #wrong > 0 then error(table.concat(wrong, '\\n'), 0) end", b""])


def _quoted(text: bytes) -> bytes:
    """As a literal of Lua."""
    return b'"' + b"".join(
        bytes([one]) if 32 <= one < 127 and one not in b'"\\' else b"\\%03d" % one for one in text
    ) + b'"'  # fmt: skip


def _missing(examined: Examined, files: Files) -> list[Reason]:
    """Files that the manifest promises."""
    manifest = examined.manifest
    wanted = [f"screens/{one.name}.lua" for one in manifest.screens]
    wanted += [f"interfaces/{one.name}.lua" for one in manifest.interfaces]
    text = "the manifest names it, and it is not there"
    return [Reason(message=text, file=one) for one in wanted if one not in files.lua]
