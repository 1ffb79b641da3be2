"""The plugin that is looked at: its sources, its tests, and applications with it."""

from __future__ import annotations

import ast
import importlib.util
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newel.discover import from_entry_points, readable
from newel.manifest import Manifest, Offer
from newel.testing.app import build_app, make_app

if TYPE_CHECKING:
    from newel.app import App

DEFAULTS = ("sqlite", "blobs_local")
"""Engines that are taken without a word in the configuration."""


class Subject:
    """One plugin. What is costly is made once, when a rule first asks for it."""

    def __init__(
        self, manifest: Manifest, tests: Path | None, config: Mapping[str, Any], plugins: tuple[Manifest, ...]
    ) -> None:
        self.manifest = manifest
        self.tests = tests
        self.config = config
        self._given = plugins
        self._shipped = readable(one for one in from_entry_points() if one.builtin)

    # -- sources --------------------------------------------------------------------------------------------------

    @cached_property
    def package(self) -> str:
        """The top-level package that it is in."""
        return self.manifest.load.partition(":")[0].partition(".")[0]

    @cached_property
    def folder(self) -> Path:
        """The package's folder; of a plugin in one file, where that stands."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise LookupError(f"the package '{self.package}' cannot be found")
        return Path(spec.origin).parent

    @cached_property
    def sources(self) -> dict[Path, ast.Module]:
        """Every module of the package, parsed."""
        spec = importlib.util.find_spec(self.package)
        alone = spec is not None and not spec.submodule_search_locations
        files = [Path(str(spec.origin))] if alone and spec else sorted(self.folder.rglob("*.py"))
        return {file: ast.parse(file.read_text("utf-8")) for file in files}

    @cached_property
    def functions(self) -> list[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """Every function, with its file."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [
            (file, node) for file, tree in self.sources.items() for node in ast.walk(tree) if isinstance(node, kinds)
        ]

    def module(self, name: str) -> Path | None:
        """The file of one of the package's own modules."""
        parts = name.split(".")[1:]
        places = [self.folder.joinpath(*parts).with_suffix(".py") if parts else self.folder / "__init__.py"]
        places.append(self.folder.joinpath(*parts, "__init__.py"))
        return next((one for one in places if one in self.sources), None)

    def place(self, file: Path, node: ast.AST) -> str:
        return f"{file.relative_to(self.folder.parent)}:{getattr(node, 'lineno', 1)}"

    @cached_property
    def tested(self) -> str:
        """The text of all its tests, without the quality test itself, which names nothing by hand."""
        files = [] if self.tests is None else sorted(self.tests.rglob("*.py"))
        return "\n".join(file.read_text("utf-8") for file in files)

    # -- applications ---------------------------------------------------------------------------------------------

    def provider(self, contract: type[Any]) -> Manifest | None:
        """Who provides a contract: a given plugin, else one of ours."""
        offering = [one for one in (*self._given, *self._shipped) if contract in one.offered()]
        plain = [one for one in offering if not any(isinstance(offer, Offer) for offer in one.provides)]
        return next((one for one in [*plain, *offering] if one in plain or one.name in DEFAULTS), None)

    def standing_on(self, manifest: Manifest, *more: type[Any]) -> list[Manifest]:
        """The plugins that provide what it needs, and what those need; and ``more``, where somebody provides it."""
        found: dict[str, Manifest] = {}
        waiting = [*manifest.needs, *more]
        while waiting:
            one = self.provider(waiting.pop())
            if one is not None and one.name not in found and one.name != manifest.name:
                found[one.name] = one
                waiting += one.needs
        return list(found.values())

    def plugins(self, *more: type[Any], itself: bool = True) -> list[Manifest | str]:
        return [*self.standing_on(self.manifest, *more), *([self.manifest] if itself else [])]

    @cached_property
    def app(self) -> App:
        """With what it needs, booted as far as *checked*: nothing outside is touched."""
        with tempfile.TemporaryDirectory() as folder:
            return build_app(self.plugins(), self.config, folder=Path(folder))

    @asynccontextmanager
    async def running(self, *more: type[Any], **options: Any) -> AsyncIterator[App]:
        """Started, with what it needs and ``more``."""
        async with make_app(self.plugins(*more), options.pop("config", self.config), **options) as app:
            yield app

    @property
    def stores(self) -> bool:
        """Whether a database is there when it runs."""
        return any("database" in one.sections for one in self.plugins() if isinstance(one, Manifest))

    def collected(self, hook: str) -> list[Any]:
        """What it answers to a ``collect`` hook."""
        return [value for owner, value in self.app.answers.get(hook, ()) if owner == self.manifest.name]

    def operations(self) -> list[Any]:
        return [one for one in self.app.operations if one.owner == self.manifest.name]


def imports(tree: ast.AST, *, at_import_time: bool = False) -> Iterator[tuple[str, ast.AST]]:
    """The modules that a source imports, with where; at import time: not in functions nor under TYPE_CHECKING.

    ``from a import b`` is ``a.b``, since ``b`` may be a module.
    """
    for node in ast.iter_child_nodes(tree):
        if at_import_time and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if at_import_time and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)
        yield from imports(node, at_import_time=at_import_time)
