"""Every hook is documented and implemented by some test, and every operation is called by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from newel.app import App
from newel.spec import kind_of
from newel.testing.reference import shipped_app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "extend" / "reference" / "hooks.md"
FOLDERS = ("builtin_plugins", "kernel", "e2e")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return shipped_app(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def nodes() -> list[ast.AST]:
    """Every node of every test."""
    files = [file for folder in FOLDERS for file in (ROOT / "tests" / folder).rglob("*.py")]
    return [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]


def implemented(nodes: list[ast.AST]) -> Iterator[str]:
    """The names of methods marked ``@hookimpl``."""
    for node in nodes:
        marks = node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
        if any("hookimpl" in ast.unparse(mark) for mark in marks):
            yield node.name  # type: ignore[attr-defined]  # what has marks has a name


def called(nodes: list[ast.AST]) -> Iterator[str]:
    """The texts among the arguments of calls; ``site.on("publish", ...)`` is ``content.publish``."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        on = isinstance(node.func, ast.Attribute) and node.func.attr == "on"
        for argument in (*node.args, *(one.value for one in node.keywords)):
            for part in ast.walk(argument):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield f"content.{part.value}" if on else part.value


def test_every_hook_is_documented_and_implemented_by_a_test(app: App, nodes: list[ast.AST]) -> None:
    page, tried = PAGE.read_text("utf-8"), set(implemented(nodes))
    for name, hook in app.hooks.declared().items():
        assert kind_of(hook), name
        assert len(hook.__doc__ or "") > 20, f"{name} has no docstring to speak of"
        assert f"\n## {name}\n" in page, f"{name} is not in {PAGE.name}: ./just docs"
        assert name in tried, f"no test implements the hook {name}"


def test_every_operation_has_a_permission_a_text_and_a_test(app: App, nodes: list[ast.AST]) -> None:
    tried = set(called(nodes))
    for one in app.operations:
        assert one.summary, f"{one.name} has no docstring"
        assert one.needs.name, f"{one.name} needs no permission"
        assert one.needs.summary, f"the permission {one.needs.name} says nothing"
        assert one.name in tried, f"no test runs the operation {one.name}"
