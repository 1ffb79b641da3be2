"""The site folder that a command works on, and the application made from it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from attrs import Factory, define

from newel.config import FILE, Layers, PluginsConfig, read_layers
from newel.discover import Found, from_entry_points, from_folder
from newel.errors import BootError
from newel.failures import BROKEN
from newel.manifest import Manifest

if TYPE_CHECKING:
    from newel.app import App
    from newel.commands.planned import Planned

T = TypeVar("T")


@define
class Site:
    """A folder, the global options, and what can be known of its plugins without loading them."""

    folder: Path
    sets: tuple[str, ...] = ()
    safe: bool = False
    strict: bool = False
    trace_hooks: bool = False
    enable: list[str] = Factory(list)
    log_stream: TextIO | None = None
    """Where its log goes; ``None``: to standard error."""
    _app: Any = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Site:
        """From the global options; those that were not parsed yet (``--help`` comes early) have their defaults."""
        return cls(
            Path(options.get("site") or os.environ.get("NEWEL_SITE", ".")).absolute(),
            tuple(options.get("sets") or ()),
            bool(options.get("safe")),
            bool(options.get("strict")),
            bool(options.get("trace_hooks")),
        )

    @property
    def file(self) -> Path:
        return self.folder / FILE

    def expected(self) -> None:
        """Raises ``BootError`` where no site is: a command in the wrong folder must not make a second, empty one."""
        if not self.file.exists():
            raise BootError(
                f"there is no site in {self.folder} (no {FILE}): go to its folder, name it with --site or NEWEL_SITE, "
                "or make one: newel init"
            )

    def layers(self, file: Path | None = None) -> Layers:
        """The configuration as written (or as it would be with another file), merged; ``enable`` of the command line is
        added to the file's."""
        layers = read_layers(file or self.file, os.environ, self.sets)
        layers.faults += layers.fill("plugins", PluginsConfig, self.folder)
        if self.enable:
            listed = layers.values.get("plugins", {}).get("enable", [])
            layers.put(("plugins", "enable"), [*_listed(listed), *self.enable], "command line")
        return layers

    def found(self, layers: Layers) -> list[Found]:
        """All plugins that are there, ours first."""
        folder = self.folder / layers.text("plugins.dir", "plugins")
        return sorted([*from_entry_points(), *from_folder(folder)], key=lambda one: (not one.builtin, one.name))

    def command_help(self) -> dict[str, str]:
        """The top-level commands of enabled plugins, from manifests alone. A broken plugin brings none."""
        return {name: text for one in self.manifests() for name, text in one.commands.items()}

    def manifests(self) -> Iterator[Manifest]:
        """Those of enabled plugins that can be read, one after the other."""
        try:
            layers = self.layers()
        except BootError:
            return
        off = set(_listed(layers.values.get("plugins", {}).get("disable", [])))
        for one in self.found(layers):
            if one.name in off or (self.safe and not one.builtin):
                continue
            try:
                manifest = one.manifest()
                if isinstance(manifest, Manifest):
                    yield manifest
            except BROKEN:  # `newel check` reports it; help must come all the same
                continue

    def app(self) -> App:
        """The application, booted as far as *checked*. Raises ``BootError``."""
        if self._app is None:
            from newel.app import App

            layers = self.layers()
            self._app = App.build(
                self.folder, self.found(layers), layers, strict=self.strict, safe=self.safe, log_stream=self.log_stream
            )
            self._app.reread = self.layers
            if not gc.isenabled():
                gc.freeze()  # what was imported stays for good: no later collection has to look at it
                gc.enable()
            if self.trace_hooks:
                self._app.hooks.observers.append(_trace)
        return self._app  # type: ignore[no-any-return]  # kept as Any so that this module imports no application

    def carry_out(self, planned: Planned) -> int:
        """Runs a command that was parsed, and answers its exit code."""
        from newel.cli.local import carry_out, given

        if planned.operation is not None or planned.running:
            self.expected()
        return self.run(carry_out(self.app(), planned, given(planned)))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on uvloop where it is installed."""
        import asyncio

        os.umask(0o077)  # what a site writes (its database, its files) is nobody else's to read
        try:
            import uvloop

            factory = uvloop.new_event_loop
        except ImportError:
            factory = None
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)


def _listed(value: Any) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else list(value)


def _trace(hook: str, plugin: str, seconds: float, subject: Any) -> None:
    sys.stderr.write(f"hook {hook} {plugin} {seconds * 1000:.2f} ms\n")
