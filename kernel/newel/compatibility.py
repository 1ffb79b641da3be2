"""Holds a plugin's package against a version of Newel. It is read, never imported: what it needs may be missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

from attrs import frozen

from newel import versions
from newel.deprecation import Deprecated
from newel.errors import NotFound, Reject
from newel.surface import Surface

Nodes = list[ast.AST]
MARKS = {"collect", "first", "fold", "notify", "around"}


@frozen
class Finding:
    """``error``: it does not fit; ``deprecated``: it fits, and will not for ever; ``private``: nobody promises it."""

    kind: Literal["error", "deprecated", "private"]
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def package_of(name: str) -> Path:
    """The folder (or the one file) of a package: a path, or the name of what is installed. Raises ``NotFound``."""
    path = Path(name)
    if path.is_file() and path.suffix == ".py":
        return path
    if path.is_dir():
        found = [path] if (path / "__init__.py").is_file() else sorted(one.parent for one in path.glob("*/__init__.py"))
        found = [one for one in found if _manifest(one / "__init__.py") is not None]
        if len(found) == 1:
            return found[0]
        raise NotFound(f"there is no package with a manifest = Manifest(...) in {path}")
    try:
        spec = find_spec(name) or find_spec(f"newel_{name}") if name.isidentifier() else None
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise NotFound(f"'{name}' is neither a folder nor an installed package")
    return Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)


def check(package: Path, target: Surface, version: str) -> list[Finding]:
    """All that is in the way of this package in that version. Raises ``Reject`` for what is no Python."""
    root = package if package.is_dir() else package.parent
    files = sorted(root.rglob("*.py")) if package.is_dir() else [package]
    sources = {file: _parsed(file) for file in files}
    top = _manifest(root / "__init__.py" if package.is_dir() else package)
    found = [] if top is None else list(_range(top, package, version))
    own = {one.name for nodes in sources.values() for one in _functions(nodes) if MARKS & set(_marks(one))}
    for file, nodes in sources.items():
        place = _Place(root.parent if package.is_dir() else root, file)
        found += [
            *_imports(nodes, place, target),
            *_hooks(nodes, place, target, own),
            *_operations(nodes, place, target),
        ]
    return found


@frozen
class _Place:
    root: Path
    file: Path

    def of(self, node: Any) -> str:
        return f"{self.file.relative_to(self.root)}:{node.lineno}"


def _parsed(file: Path) -> Nodes:
    """Every node of a source, the module first. Walking is the slow part, so it is done once."""
    try:
        return list(ast.walk(ast.parse(file.read_text("utf-8"))))
    except (SyntaxError, ValueError, OSError) as error:
        raise Reject(f"{file} cannot be read as Python: {error}") from None


def _manifest(file: Path) -> ast.Call | None:
    """The call ``manifest = Manifest(...)`` of a module."""
    for node in cast("ast.Module", _parsed(file)[0]).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        call = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "manifest" and isinstance(call, ast.Call):
            return call
    return None


def _range(call: ast.Call, package: Path, version: str) -> Iterator[Finding]:
    for keyword in call.keywords:
        if keyword.arg == "newel" and isinstance(keyword.value, ast.Constant):
            try:
                versions.check_range(str(keyword.value.value), version)
            except ValueError as error:
                yield Finding("error", f"{package.name}:{call.lineno}", str(error))


def _imports(nodes: Nodes, place: _Place, target: Surface) -> Iterator[Finding]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "newel" and alias.name not in target.modules:
                    yield _no_module(alias.name, place.of(node), target)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "newel" and not node.level:
            yield from _from(str(node.module), node, place.of(node), target)


def _from(module: str, node: ast.ImportFrom, place: str, target: Surface) -> Iterator[Finding]:
    names = target.modules.get(module)
    if names is None:
        yield _no_module(module, place, target)
        return
    for alias in node.names:
        whole = f"{module}.{alias.name}"
        if (why := target.deprecated.get(whole)) is not None:
            yield Finding("deprecated", place, _told(whole, why))
        elif alias.name in names or whole in target.modules or alias.name == "*":
            continue
        elif _is_module(whole):
            yield Finding("private", place, f"{whole} is not public: it may change in any version")
        else:
            hint = _meant(alias.name, names)
            yield Finding("error", place, f"Newel {target.version} has no {alias.name} in {module}{hint}")


def _no_module(name: str, place: str, target: Surface) -> Finding:
    if _is_module(name):
        return Finding("private", place, f"{name} is not public: it may change in any version")
    return Finding("error", place, f"Newel {target.version} has no public module {name}{_meant(name, target.modules)}")


def _is_module(name: str) -> bool:
    """Whether this version has the module, public or not."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _hooks(nodes: Nodes, place: _Place, target: Surface, own: set[str]) -> Iterator[Finding]:
    for one in _functions(nodes):
        mark = _marks(one).get("hookimpl")
        if mark is None:
            continue
        options = {
            key.arg: key.value.value for key in getattr(mark, "keywords", ()) if isinstance(key.value, ast.Constant)
        }
        name = str(options.get("specname") or one.name)
        hook = target.hooks.get(name)
        if hook is None:
            if name not in own and not options.get("optionalhook"):
                hint = _meant(name, target.hooks)
                yield Finding("error", place.of(one), f"Newel {target.version} has no hook {name}{hint}")
            continue
        if (why := target.deprecated.get(f"hook {name}")) is not None:
            yield Finding("deprecated", place.of(one), _told(f"the hook {name}", why))
        for argument in [
            each.arg for each in (*one.args.posonlyargs, *one.args.args) if each.arg not in ("self", "cls")
        ]:
            if argument not in hook["arguments"]:
                has = ", ".join(hook["arguments"]) or "none"
                text = f"in Newel {target.version} the hook {name} has no argument '{argument}' (it has: {has})"
                yield Finding("error", place.of(one), text)
            elif (why := target.deprecated.get(f"hook {name}({argument})")) is not None:
                yield Finding("deprecated", place.of(one), _told(f"the argument '{argument}' of {name}", why))
        if hook["kind"] == "collect" and isinstance(one, ast.AsyncFunctionDef):
            yield Finding("error", place.of(one), f"the hook {name} is asked at boot: 'def', not 'async def'")


def _operations(nodes: Nodes, place: _Place, target: Surface) -> Iterator[Finding]:
    """Operations of Newel's own that it runs by name."""
    nouns = {name.partition(".")[0] for name in target.operations}
    for node in nodes:
        run = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run"
        if not run or not node.args or not isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]  # a call
            continue
        name = str(node.args[0].value)  # type: ignore[attr-defined]  # as above
        if name in target.operations:
            if (why := target.deprecated.get(f"operation {name}")) is not None:
                yield Finding("deprecated", place.of(node), _told(f"the operation {name}", why))
        elif "." in name and name.partition(".")[0] in nouns:
            hint = _meant(name, target.operations)
            yield Finding("error", place.of(node), f"Newel {target.version} has no operation {name}{hint}")


def _functions(nodes: Nodes) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, ast.expr]:
    marks = {}
    for mark in function.decorator_list:
        called = mark.func if isinstance(mark, ast.Call) else mark
        marks[ast.unparse(called).rpartition(".")[2]] = mark
    return marks


def _told(what: str, why: Mapping[str, str]) -> str:
    return Deprecated(**why).told(what)


def _meant(name: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.8)
    return f"; did you mean {close[0]}?" if close else ""
