"""The rules of the house, read from the source."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import environment

from newel.spec import kind_of
from newel.testing.app import build_app, builtin

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "kernel" / "newel"
PLUGINS = sorted(path.parent for path in (ROOT / "builtin_plugins").glob("newel_*/__init__.py"))
SOURCES = sorted([*KERNEL.rglob("*.py"), *(file for plugin in PLUGINS for file in plugin.rglob("*.py"))])
NAMES = ["sqlite", "migrations", "audit", "accounts", "content", "delivery", "idempotency", "jobs", "ratelimit", "http"]
MAY_IMPORT = {"newel", "pluggy", "attrs", "cattrs", "click"} | sys.stdlib_module_names


def imports(file: Path, *, at_import_time: bool = False) -> Iterator[str]:
    """The top-level modules that a file imports; at import time: not in functions nor under TYPE_CHECKING."""
    tree = ast.parse(file.read_text("utf-8"))

    def visit(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if at_import_time and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if at_import_time and isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                yield (child.module or "").partition(".")[0]
            yield from visit(child)

    return visit(tree)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_imports_the_kernel_and_itself(plugin: Path) -> None:
    for file in plugin.rglob("*.py"):
        others = {name for name in imports(file) if name.startswith("newel_")} - {plugin.name}
        assert not others, f"{file} imports {others}"
    assert (plugin / "README.md").exists()
    assert len((plugin / "__init__.py").read_text("utf-8").splitlines()) < 30


def test_the_kernel_imports_no_plugin_and_few_libraries() -> None:
    for file in KERNEL.rglob("*.py"):
        assert not {name for name in imports(file) if name.startswith("newel_")}, file
        if not {"testing", "sql"} & set(file.parts):  # for tests, and for engines: nobody else imports them
            assert set(imports(file, at_import_time=True)) <= MAY_IMPORT, file


def test_manifests_are_cheap() -> None:
    code = "import sys, " + ", ".join(path.name for path in PLUGINS) + "; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment(), timeout=60
    )
    heavy = {"aiohttp", "sqlalchemy", "databases", "alembic", "argon2", "orjson", "uvloop", "cattrs", "asyncio"}
    assert not heavy & set(ended.stdout.split())


def test_file_sizes() -> None:
    sizes = sorted(len(file.read_text("utf-8").splitlines()) for file in SOURCES)
    assert statistics.median(sizes) < 100
    assert sizes[int(len(sizes) * 0.9)] < 300
    assert sizes[-1] <= 500


def test_every_hook_operation_and_setting_is_documented(tmp_path: Path) -> None:
    from newel.explain import explained

    app = build_app(NAMES, folder=tmp_path)
    for name, hook in app.hooks.declared().items():
        assert kind_of(hook), name
        assert len(hook.__doc__ or "") > 20, name
    for one in app.operations:
        assert one.summary, one.name
        assert one.needs, one.name
    assert [setting for setting in explained(app) if not setting.sentence] == []


def test_exemptions_name_their_rule() -> None:
    for file in SOURCES:
        for line in file.read_text("utf-8").splitlines():
            assert not re.search(r"# type: ignore(?!\[)|# noqa(?!: [A-Z]+\d+)", line), f"{file}: {line}"


@pytest.mark.parametrize("off", ["audit", "delivery", "idempotency", "jobs", "ratelimit"])
async def test_any_plugin_off_the_rest_works(off: str) -> None:
    from newel.testing import Client, actor, make_app

    async with make_app([name for name in NAMES if name != off], serving=True) as app, Client.of(app) as client:
        call = app.call(actor("admin"), "test")
        fields = [{"name": "title", "type": "text", "indexed": True}]
        await app.operations.run("types.create", {"name": "note", "fields": fields}, call)
        made = await app.operations.run("content.create", {"type": "note", "data": {"title": "x"}}, call)
        await app.operations.run("content.publish", {"type": "note", "id": made.id}, call)
        answer = await client.get(f"/api/v1/delivery/note/{made.id}")
        assert answer.status == (404 if off == "delivery" else 200)
        assert (await client.get("/readyz")).status == 200
    assert {manifest.name for manifest in builtin(*NAMES)} == set(NAMES)
