"""The configuration told, and changed in newel.toml: what is wrong in any part of it is never written."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from newel import Call, Conflict, NotFound, Reject, Secret, tomlfile
from newel.bounds import Faults
from newel.config import FILE, VARIABLE, did_you_mean
from newel.contracts.audit import Audit
from newel.errors import BootError
from newel.explain import explained, shown
from newel.log import SECTION as LOG
from newel_site.model import Changed, Setting

if TYPE_CHECKING:
    from newel.app import App

NEXT = "needs restart: it is read when the site starts"
DETAIL = 128
"""Characters that a row of the trail takes."""


class Configuring:
    """Reads and changes the settings of an application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    # -- looking --------------------------------------------------------------------------------------------------

    def all(self, section: str | None = None) -> list[Setting]:
        """Raises ``NotFound``."""
        app = self._app
        values = {path: (value, origin) for path, value, origin in shown(app)}
        found = []
        for one in explained(app, section):
            path = f"{one.section}.{one.key}"
            value, origin = values[path]
            elsewhere, later = self._elsewhere(path), self._later(one.section)
            found.append(Setting(
                path=path, section=one.section, key=one.key, value=value, default=one.default, type=one.type,
                sentence=one.sentence, origin=origin, environment=one.environment, settable=not elsewhere,
                live=not elsewhere and not later, why=elsewhere or later,
                secret=_secret(app.configuration.sections[one.section], one.key),
            ))  # fmt: skip
        return found

    def _elsewhere(self, path: str) -> str:
        """Why the file would not decide; empty: it does."""
        origins = [
            origin
            for known, origin in self._app.configuration.layers.origins.items()
            if (known == path or known.startswith(f"{path}.")) and origin != FILE
        ]
        return f"it comes from elsewhere, which goes before {FILE}: {origins[0]}" if origins else ""

    def _later(self, section: str) -> str:
        """Why a change takes the next start; empty where it does not."""
        app = self._app
        if section == LOG:
            return ""
        manifest = app.manifests.get(section)
        if manifest is None or manifest.config is None or section not in app.plugins:
            return NEXT
        return app.switching.obstacle(section)

    # -- changing -------------------------------------------------------------------------------------------------

    async def set(self, call: Call, path: str, value: Any) -> Changed:
        """``None``: the default again. Raises ``NotFound``, ``Conflict``, ``Reject``, ``BootError``."""
        app, (section, key) = self._app, self._known(path)
        if elsewhere := self._elsewhere(path):
            raise Conflict(f"{path} cannot be changed here: {elsewhere}", code="set_elsewhere")
        kind = app.configuration.sections[section]
        plain = None if value is None else self._typed(kind, section, key, value)
        async with self._turn:
            file = app.folder / FILE
            before, after = await asyncio.to_thread(tomlfile.changed, file, section, key, plain)
            if before is not None and before == after:
                return self._changed(path, live=True, restart="")
            await asyncio.to_thread(self._proved, after)
            await asyncio.to_thread(tomlfile.write, file, after)
            restart = await self._applied(section, file, before)
        if (audit := app.find(Audit)) is not None:
            verb = "unset" if value is None else "set"
            told = "***" if _secret(kind, key) else json.dumps(plain, ensure_ascii=False)
            await audit.note(call, f"site.config.{verb}", "done", f"{path} = {told}"[:DETAIL])
        return self._changed(path, live=not restart, restart=restart, value=plain)

    def _known(self, path: str) -> tuple[str, str]:
        section, _, key = path.partition(".")
        known = [f"{one.section}.{one.key}" for one in explained(self._app)]
        if path not in known:
            raise NotFound(f"there is no setting '{path}'{did_you_mean(path, known)}")
        return section, key

    def _typed(self, kind: type[Any], section: str, key: str, value: Any) -> Any:
        """The value as the file has it: of the setting's own type, where it came as text."""
        app = self._app
        if any(VARIABLE.search(text) for text in _texts(value)):
            raise Reject.field("/value", "variable", "${...} is read from the file only: write it there")
        raw = dict(app.configuration.layers.values.get(section, {}))
        if _secret(kind, key) and not isinstance(value, str):
            raise Reject.field("/value", "type", "a secret is a text here; { file = ... } is written into the file")
        # Others of the section may be secrets of a form that only the configuration reads.
        others = {name: one for name, one in raw.items() if name != key and not isinstance(one, Mapping)}
        try:
            made = getattr(app.structurer.structure({**others, key: value}, kind), key)
        except Faults as faults:
            mine = [one.detail for one in faults.problems if one.pointer.split("/")[1:2] == [key]]
            if not mine:
                return value
            raise Reject.field("/value", "invalid", f"{section}.{key}: {'; '.join(mine)}") from None
        return str(value) if isinstance(made, Secret) else app.structurer.unstructure(made)

    def _proved(self, text: str) -> None:
        """Raises ``Reject`` with all that would be wrong at the next start."""
        app = self._app
        if app.reread is None:
            raise Conflict("this site has no file to write its configuration into", code="no_file")
        with tempfile.TemporaryDirectory(prefix="newel-config-") as folder:
            candidate = Path(folder) / FILE
            candidate.write_text(text, "utf-8")
            try:
                app.switching.proved(app.reread(candidate))
            except BootError as error:
                raise Reject(f"the site would not start like this, and nothing was written: {error}") from None

    async def _applied(self, section: str, file: Path, before: str | None) -> str:
        """Has the section's plugin go by it where that is safe; answers why it takes a start."""
        app = self._app
        if not app.serving:
            return "needs restart: a site that runs takes it at its next start"
        if later := self._later(section):
            return later
        try:
            await app.switching.reconfigure(section)
        except BaseException as error:
            if section in app.plugins and isinstance(error, Conflict):
                return error.detail  # it runs on, as it was
            await asyncio.to_thread(tomlfile.write, file, before)
            if section != LOG:
                await app.enable(section)
            raise
        return ""

    def _changed(self, path: str, *, live: bool, restart: str, value: Any = None) -> Changed:
        one = next(one for one in self.all(path.partition(".")[0]) if one.path == path)
        told = one.value
        if not live and not one.secret:
            told = one.default if value is None else json.dumps(value, ensure_ascii=False)
        return Changed(path=path, value=told, live=live, restart=restart)


def _secret(kind: type[Any], key: str) -> bool:
    hint = get_type_hints(kind, include_extras=True)[key]
    return "Secret" in str(hint) and Secret in (get_origin(one) or one for one in _flat(hint))


def _flat(hint: Any) -> list[Any]:
    return [hint, *(inner for one in get_args(hint) for inner in _flat(one))]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for one in pair for text in _texts(one)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list | tuple) else []
