"""From a folder to what stands in it: files, manifest, request; and what is wrong with it, with file and line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from newel_lua.config import LuaConfig
from newel_lua.discovery import Candidate
from newel_lua.faults import Away, CallFailed, LuaError, TimedOut
from newel_lua.files import INIT, Files, FilesFault, read_files
from newel_lua.host.instance import Code
from newel_lua.model import Grants, Kind, Registration, Run, Self
from newel_lua.modules.i18n import Catalogue, TextsFault, catalogue_of
from newel_lua.plugin_info import Limits, ManifestFault, PluginManifest, merged
from newel_lua.ports import Runs
from newel_lua.reasons import Reason
from newel_lua.request import Request, requested
from newel_lua.routing.table import LuaRoute
from newel_lua.schedules import LuaSchedule
from newel_lua.toml import read_toml

if TYPE_CHECKING:
    from newel.structure import Structurer

KEPT = 256
"""Plugins whose examination is remembered, by name and hash."""
TRIES = 3
_MB = 1 << 20
_Seen: TypeAlias = tuple[PluginManifest, Request, Catalogue]


class NotLoaded(Exception):
    """Carries the reason. ``passing``: it lies with the machine rather than the code, so trying again may help."""

    def __init__(self, reason: Reason, *, passing: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.passing = passing


@frozen(kw_only=True)
class Examined:
    """A plugin's code, looked at and not run for real."""

    candidate: Candidate
    files: Files
    manifest: PluginManifest
    request: Request
    texts: Catalogue = field(repr=False, factory=dict)


class Examiner:
    """Looks at code; what it saw it remembers by the code's hash."""

    def __init__(
        self, host: Runs, config: LuaConfig, structurer: Structurer, make_run: Callable[[Self, Kind], Run]
    ) -> None:
        self._host = host
        self._config = config
        self.structurer = structurer
        self._make_run = make_run
        self._kept: dict[tuple[str, str], _Seen | Reason] = {}

    async def read(self, candidate: Candidate) -> Files:
        """The files as they lie there now. Raises ``NotLoaded``."""
        if candidate.fault is not None:
            raise NotLoaded(Reason(message=candidate.fault))
        try:
            return await asyncio.to_thread(read_files, candidate.folder)
        except FilesFault as error:
            raise NotLoaded(Reason(message=error.message, file=error.file)) from None

    async def examine(self, candidate: Candidate, files: Files | None = None) -> Examined:
        """What these files (else: those that lie there) ask for. Raises ``NotLoaded``."""
        if files is None:
            files = await self.read(candidate)
        key = (candidate.name, files.hash)
        found = self._kept.get(key)
        if found is None:
            found = await self._tried(candidate.name, files)
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found
        if isinstance(found, Reason):
            raise NotLoaded(found)
        return Examined(candidate=candidate, files=files, manifest=found[0], request=found[1], texts=found[2])

    async def _tried(self, name: str, files: Files) -> _Seen | Reason:
        """Raises ``NotLoaded`` only for what passes, and not at the first time: a machine may be busy for a moment."""
        for _ in range(TRIES - 1):
            try:
                return await self._look(name, files)
            except CallFailed as error:
                if not passing(error):
                    return reason_of(error)
        try:
            return await self._look(name, files)
        except CallFailed as error:
            if not passing(error):
                return reason_of(error)
            raise NotLoaded(reason_of(error), passing=True) from None

    async def _look(self, name: str, files: Files) -> _Seen | Reason:
        try:
            toml = None if files.toml is None else read_toml(name, files.toml, self.structurer)
            limits = Limits() if toml is None else toml.limits
            plugin = Self(name=name, version="" if toml is None else toml.version, grants=Grants())
            seen = await self._host.inspect(
                code(name, files, limits, self._config), lambda kind: self._make_run(plugin, kind)
            )
            manifest = merged(name, toml, seen.info, self.structurer)
            request, texts = requested(manifest, seen.registrations), await asyncio.to_thread(catalogue_of, files.texts)
        except (ManifestFault, TextsFault) as error:
            return Reason(message=error.message, file=error.file, line=error.line)
        fault = _fault(seen.registrations)
        return (manifest, request, texts) if fault is None else Reason(message=fault, file=INIT)


def _fault(registrations: Sequence[Registration]) -> str | None:
    """What only the server can tell of what was registered, such as a cron expression that is none."""
    try:
        for one in registrations:
            if one.what == "route":
                LuaRoute.of(one.id, one.details)
            elif one.what == "schedule":
                LuaSchedule.of(one.id, one.details)
    except ValueError as error:
        return str(error)
    return None


def code(name: str, files: Files, limits: Limits, config: LuaConfig) -> Code:
    """For the host."""
    return Code(
        name=name,
        files=files.lua,
        memory=int(limits.lowered("memory_mb", config.memory_mb)) * _MB,
        instructions=int(limits.lowered("instructions", config.instructions)),
    )


def passing(error: CallFailed) -> bool:
    """Whether the machine may be to blame: it is slow, or has no room for a process."""
    return isinstance(error, Away | TimedOut)


def reason_of(error: CallFailed) -> Reason:
    if isinstance(error, LuaError):
        return Reason(message=error.text, file=error.file, line=error.line)
    return Reason(message=str(error))
