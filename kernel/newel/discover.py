"""Where plugins come from: entry points, the plugins folder, or an explicit list (in tests).

Discovery lists names without importing anything. A name that is switched off stays at that.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from attrs import frozen

from newel import versions
from newel.errors import BootError
from newel.failures import BROKEN
from newel.manifest import Manifest

GROUP = "newel.plugins"
DISTRIBUTION = "newel"


@frozen
class Found:
    """A plugin that is there. ``manifest()`` imports its package's top (and nothing else)."""

    name: str
    origin: str
    builtin: bool
    manifest: Callable[[], Manifest]


def manifest_of(one: Found, *, version: bool = True) -> Manifest:
    """The manifest, checked. Raises ``BootError``, ``ValueError`` for another Newel's, and what its import raises."""
    manifest = one.manifest()
    if not isinstance(manifest, Manifest):
        raise BootError("its entry point names no 'manifest = Manifest(...)'")
    if manifest.name != one.name:
        raise BootError(f"the manifest says '{manifest.name}', its entry point '{one.name}': make them equal")
    if version:
        versions.check(manifest)
    return manifest


def readable(found: Iterable[Found]) -> list[Manifest]:
    """The manifests that can be read here; what is wrong with the others is told elsewhere."""
    manifests = []
    for one in found:
        with suppress(*BROKEN):
            manifests.append(one.manifest())
    return manifests


def from_entry_points() -> list[Found]:
    """The installed plugins: ours and other people's packages."""
    found = []
    for point in entry_points(group=GROUP):
        distribution = point.dist.name if point.dist is not None else "?"
        builtin = distribution == DISTRIBUTION
        origin = "built in" if builtin else f"package {distribution}"
        found.append(Found(point.name, origin, builtin, point.load))
    return found


def from_folder(folder: Path) -> list[Found]:
    """Plugins dropped into a folder: ``name/__init__.py`` or ``name.py``, each with a ``manifest``."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        entry = path / "__init__.py" if path.is_dir() else path
        if entry.suffix == ".py" and entry.is_file() and path.stem.isidentifier():
            found.append(Found(path.stem, f"folder {path}", False, _loader(path.stem, entry)))
    return found


def explicit(manifests: Iterable[Manifest], *, builtin: bool = True) -> list[Found]:
    """A fixed list."""
    return [Found(one.name, "explicit", builtin, lambda one=one: one) for one in manifests]  # type: ignore[misc]  # bound


def _loader(name: str, entry: Path) -> Callable[[], Manifest]:
    def load() -> Manifest:
        module = _import_file(name, entry)
        manifest = getattr(module, "manifest", None)
        if not isinstance(manifest, Manifest):
            raise TypeError(f"{entry} has no 'manifest = Manifest(...)'")
        return manifest

    return load


def _import_file(name: str, entry: Path) -> ModuleType:
    known = sys.modules.get(name)
    if known is not None:
        if getattr(known, "__file__", None) == str(entry):
            return known
        raise ImportError(f"the name '{name}' is taken by the module {getattr(known, '__file__', name)}")
    places = [str(entry.parent)] if entry.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, entry, submodule_search_locations=places)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {entry}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def load_object(reference: str) -> object:
    """Imports ``"package.module:Name"``."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
