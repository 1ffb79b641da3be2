"""Reads from the source what plugins may rely on (``newel.surface``)."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import asdict

import newel
from newel.app import App
from newel.deprecation import Deprecated, DeprecatedNames
from newel.spec import kind_of
from newel.surface import Surface, minor

ROOT = Path(newel.__file__).parent
PUBLIC = (
    "", "app", "blobs", "bounds", "checks", "cli.operations", "cli.output", "cli.site", "clock", "commands", "config",
    "confine", "context", "contracts", "deprecation", "discover", "errors", "explain", "failures", "filed", "frames",
    "hooks", "ids", "jsonschema", "log", "manifest", "operations", "pages", "ports", "program", "ranges", "screens",
    "secrets", "sibling",
    "spans", "spec", "sql", "structure", "testing", "tomlfile", "transact", "versions", "visits", "zips",
)  # fmt: skip
"""Modules and packages that a plugin may import; what else there is may change in any version."""


def made(app: App) -> Surface:
    """Of this version. ``app`` has all that ships, as far as *checked*."""
    modules: dict[str, dict[str, str]] = {}
    classes: dict[str, dict[str, str]] = {}
    deprecated: dict[str, dict[str, str]] = {}
    for name, file in sorted(_files()):
        tree = ast.parse(file.read_text("utf-8"))
        modules[name] = dict(sorted(_names(tree)))
        for node in _statements(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[f"{name}.{node.name}"] = dict(sorted(_members(node)))
        moved = getattr(importlib.import_module(name), "__getattr__", None) if "__getattr__" in ast.dump(tree) else None
        for old, (_, why) in moved.names.items() if isinstance(moved, DeprecatedNames) else ():
            modules[name][old] = "value"
            deprecated[f"{name}.{old}"] = asdict(why)
    hooks = {}
    for name, hook in sorted(app.hooks.declared().items()):
        hooks[name] = {"arguments": inspect.getfullargspec(hook).args, "kind": kind_of(hook)}
        deprecated |= {f"hook {what}": asdict(why) for what, why in _deprecations(name, hook)}
    operations = {one.name: one.http or "" for one in sorted(app.operations, key=lambda one: one.name)}
    deprecated |= {f"operation {one.name}": asdict(one.deprecated) for one in app.operations if one.deprecated}
    return Surface(minor(), modules, classes, hooks, operations, deprecated)


def _deprecations(name: str, hook: Any) -> Iterator[tuple[str, Deprecated]]:
    if hook.newel_deprecated is not None:
        yield name, hook.newel_deprecated
    for argument, why in hook.newel_deprecated_arguments.items():
        yield f"{name}({argument})", why


def _files() -> Iterator[tuple[str, Path]]:
    for part in PUBLIC:
        if not part:
            yield "newel", ROOT / "__init__.py"
        elif (file := ROOT / f"{part.replace('.', '/')}.py").exists():
            yield f"newel.{part}", file
        else:
            for file in (ROOT / part).rglob("*.py"):
                names = file.relative_to(ROOT).with_suffix("").parts
                yield ".".join(("newel", *(one for one in names if one != "__init__"))), file


def _statements(tree: ast.Module | ast.If) -> Iterator[ast.stmt]:
    for node in tree.body:
        yield node
        if isinstance(node, ast.If):
            yield from _statements(node)


def _names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module defines, and what its ``__all__`` hands on."""
    for node in _statements(tree):
        for name, what in _defined(node):
            if name == "__all__" and isinstance(node, ast.Assign):
                yield from ((str(one), "value") for one in ast.literal_eval(node.value))
            elif not name.startswith("_"):
                yield name, what


def _defined(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ClassDef):
        yield node.name, "class"
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name, _signature(node)
    elif isinstance(node, ast.Assign):
        yield from ((one.id, "value") for one in node.targets if isinstance(one, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, "value"


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    answer = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{'async ' if isinstance(node, ast.AsyncFunctionDef) else ''}({ast.unparse(node.args)}){answer}"


def _members(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Methods with their signatures, attributes with their types."""
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            name, what = one.target.id, ast.unparse(one.annotation)
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            name, what = one.name, _signature(one)
        else:
            continue
        if not name.startswith("_") or name == "__init__":
            yield name, what
