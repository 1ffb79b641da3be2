"""From a folder to what stands in it: files, manifest, request; and what went wrong, with file and line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from attrs import frozen

from newel_lua import settings
from newel_lua.discovery import Candidate
from newel_lua.files import INIT, TOML, Files, FilesFault, read_files
from newel_lua.manifest import ManifestFault, PluginManifest, merged
from newel_lua.model import Grants, Self
from newel_lua.ports import Code, Host, Instance, LoadFailed
from newel_lua.request import Request, requested
from newel_lua.toml import read_toml

if TYPE_CHECKING:
    from newel.structure import Structurer

KEPT = 256
"""Plugins whose examination is remembered, by their hash."""


@frozen(kw_only=True)
class Reason:
    """Why a plugin does not run, or not its newest code."""

    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.file is None:
            return self.message
        return f"{self.file}: {self.message}" if self.line is None else f"{self.file}:{self.line}: {self.message}"


class NotLoaded(Exception):
    """Carries the reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


@frozen(kw_only=True)
class Examined:
    """A plugin's code, looked at and not run."""

    candidate: Candidate
    files: Files
    manifest: PluginManifest
    request: Request


class Examiner:
    """Looks at code; what it saw it remembers by the code's hash."""

    def __init__(self, host: Host, structurer: Structurer) -> None:
        self._host = host
        self._structurer = structurer
        self._kept: dict[tuple[str, str], tuple[PluginManifest, Request] | Reason] = {}

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
            try:
                found = await self._look(candidate.name, files)
            except NotLoaded as error:
                found = error.reason
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found
        if isinstance(found, Reason):
            raise NotLoaded(found)
        return Examined(candidate=candidate, files=files, manifest=found[0], request=found[1])

    async def _look(self, name: str, files: Files) -> tuple[PluginManifest, Request]:
        try:
            toml = None if files.toml is None else read_toml(name, files.toml, self._structurer)
            instance = await self._host.inspect(code(name, toml, files, {}))
            manifest = self.manifest_of(name, toml, instance)
            return manifest, requested(manifest, instance.registrations)
        except (ManifestFault, LoadFailed) as error:
            raise NotLoaded(reason_of(error)) from None

    def manifest_of(self, name: str, toml: PluginManifest | None, instance: Instance) -> PluginManifest:
        """Raises ``ManifestFault``."""
        return merged(name, toml, instance.info, self._structurer)


def code(name: str, manifest: PluginManifest | None, files: Files, values: dict[str, Any]) -> Code:
    """For the host. ``values``: the settings."""
    version = manifest.version if manifest is not None else ""
    limits = {} if manifest is None else {"limits": manifest.limits}
    plugin = Self(name=name, version=version, grants=Grants(), settings=values)
    return Code(plugin=plugin, files=files.lua, **limits)


def reason_of(error: ManifestFault | LoadFailed | FilesFault) -> Reason:
    return Reason(message=error.message, file=error.file, line=error.line)


