"""Every plugin that no other needs can be switched off, and the rest of the suite passes without importing it.

What is run: tests that are not slow, on SQLite, in a process that cannot import the plugin (``newel.testing.without``).
An application in these tests has the plugins that it names, so a file that never names the plugin would only be run
again as it was. Hence

- per plugin the first of ``test_together.py``, which runs all that ships from the entry points with it in ``[plugins]
  disable``;
- per group of plugins the files of ``tests/builtin_plugins`` and ``tests/kernel`` that name one of them; of the files
  of a folder that only share a helper which names it, and of each folder of ``FEW``, the smallest;
- without all of them, every file that names none is imported, and those of ``SHOWN`` are run.

Left out: the plugins' own folders, what is marked ``needs_plugin``, and the engines' folders, which are about them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from tests.meta.warmed import Warmed, started
from tests.support import environment

from newel.app import App
from newel.config import read_layers
from newel.discover import from_entry_points
from newel.errors import BootError
from newel.manifest import Manifest, Offer

ROOT = Path(__file__).parents[2]
TOGETHER = ROOT / "tests" / "builtin_plugins" / "test_together.py"
SHOWN = (
    "builtin_plugins/content/test_entries.py", "builtin_plugins/content/test_publishing.py",
    "builtin_plugins/content/test_routes.py", "builtin_plugins/content/test_types.py",
    "builtin_plugins/migrations/test_migrations.py", "kernel/test_lifecycle.py", "kernel/test_operations.py",
)  # fmt: skip
"""What stores and what runs: as much as an application without any of the plugins has."""
FEW = {"lua", "media"}
"""Plugins with a hundred files of tests that start processes."""
SECONDS = 300


def free(manifests: list[Manifest]) -> list[str]:
    """The plugins that provide nothing another one needs."""
    needed = {contract for one in manifests for contract in one.needs}
    return sorted(one.name for one in manifests if not needed & set(one.offered()))


MANIFESTS = [one.manifest() for one in from_entry_points() if one.builtin]
FREE = free(MANIFESTS)
ENGINES = {one.name for one in MANIFESTS if any(isinstance(offer, Offer) for offer in one.provides)}
DEFAULTS = {"sqlite", "blobs_local"}
"""The engines that are asked for without a word in the configuration."""
GROUPS = (
    ("audit", "jobs"), ("delivery", "http"),
    ("backup", "db", "demo", "egress", "idempotency", "images", "lua", "media", "metrics", "plugins_admin", "ratelimit",
     "site", "ssh", "storage", "tracing", "tui"),
)  # fmt: skip
FILES = sorted(
    file for folder in ("builtin_plugins", "kernel") for file in (ROOT / "tests" / folder).rglob("test_*.py")
    if file != TOGETHER and file.parent.name not in ENGINES
)  # fmt: skip


def files_about(names: Sequence[str]) -> list[Path]:
    """What is run without these plugins."""
    chosen = [file for file in FILES if not FEW & {*file.parts} and {*names} & named(file, helpers=False)]
    others: dict[Path, list[Path]] = {}
    for file in FILES:
        if file not in chosen and {*names} & named(file):
            others.setdefault(file.parent, []).append(file)
    return chosen + [min(group, key=lambda file: file.stat().st_size) for group in others.values()]


@cache
def named(file: Path, *, helpers: bool = True) -> frozenset[str]:
    """The plugins of ``FREE`` that a test file names, with the helpers and the conftest that it uses."""
    found: set[str] = set()
    seen = {ROOT / "tests" / "conftest.py", ROOT / "tests" / "engines.py"}  # they know all plugins and try none
    waiting = [file, *(parent / "conftest.py" for parent in file.parents if helpers)]
    while waiting:
        one = waiting.pop()
        if one in seen or not one.is_file():
            continue
        seen.add(one)
        for node in ast.walk(ast.parse(one.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in FREE:
                found.add(str(node.value))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names]
                if isinstance(node, ast.ImportFrom):
                    modules = [node.module or "", *(f"{node.module}.{name}" for name in modules)]
                if helpers:
                    places = [name.replace(".", "/") + ".py" for name in modules if name.startswith("tests.")]
                    waiting += [ROOT / place for place in places]
                found |= {name for name in FREE if f"newel_{name}" in {module.partition(".")[0] for module in modules}}
    return frozenset(found)


@pytest.fixture(scope="module")
def warmed() -> Iterator[Warmed]:
    with started(environment()) as one:
        yield one


def passes_without(warmed: Warmed, names: Sequence[str], files: list[Path], *options: str) -> int:
    """Runs the files without those plugins and answers how many tests passed."""
    outside = [file for file in files if not {*names} & {*file.relative_to(ROOT).parts}]
    assert outside, "pytest would run all there is"
    arguments = ["-x", "-m", "not slow and not bench", "-p", "no:cacheprovider", *options, *map(str, outside)]
    variables = environment(NEWEL_TEST_WITHOUT=",".join(names), NEWEL_TEST_ENGINES="sqlite")
    code, output = warmed.run(arguments, variables)
    assert code == 0, output[-8000:]
    assert f"without the plugins: {', '.join(sorted(names))}" in output, output
    return int(re.findall(r"(\d+) passed", output)[-1])


@pytest.mark.slow
@pytest.mark.parametrize("name", FREE)
def test_the_site_stands_without(name: str, warmed: Warmed) -> None:
    assert passes_without(warmed, [name], [TOGETHER], "-k", "what_is_written") == 1


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("names", GROUPS, ids=" ".join)
def test_the_rest_passes_without(names: tuple[str, ...], warmed: Warmed) -> None:
    assert passes_without(warmed, names, files_about(names)) >= 3


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
def test_the_rest_passes_without_all_of_them(warmed: Warmed) -> None:
    rest = [file for file in FILES if not named(file)]
    shown = [ROOT / "tests" / path for path in SHOWN]
    assert {*shown} <= {*rest}
    left_out = [f"--deselect={file.relative_to(ROOT)}" for file in rest if file not in shown]
    assert passes_without(warmed, FREE, [TOGETHER, *rest], *left_out) > 100


def test_every_plugin_is_in_a_group() -> None:
    assert sorted(name for names in GROUPS for name in names) == FREE


def boot(folder: Path, *off: str) -> App:
    """All that ships but those, as far as *checked*."""
    found = [one for one in from_entry_points() if one.builtin]
    enable = [one.name for one in MANIFESTS if one.optional and one.name not in off]
    given = {"plugins": {"disable": list(off), "enable": enable}}
    return App.build(folder, found, read_layers(None, {}, given=given), environment={})


def test_the_engine_that_is_asked_for_stays_on(tmp_path: Path) -> None:
    with pytest.raises(BootError) as caught:
        boot(tmp_path, "sqlite")
    told = caught.value.detail
    assert "cannot disable sqlite: database.url asks for it (database.url → sqlite → sqlite)" in told
    assert "remedy: enable sqlite, or change database.url" in told


@pytest.mark.parametrize("name", sorted(ENGINES - DEFAULTS))
def test_an_engine_that_is_not_asked_for_may_go(name: str, tmp_path: Path) -> None:
    assert name not in boot(tmp_path, name).plugins


@pytest.mark.parametrize("name", sorted({one.name for one in MANIFESTS} - {*FREE} - ENGINES))
def test_one_that_is_needed_stays_on(name: str, tmp_path: Path) -> None:
    with pytest.raises(BootError) as caught:
        boot(tmp_path, name)
    told = caught.value.detail
    chain = re.search(rf"cannot disable {name}: (\w+) needs (\w+) \((\w+) → (\w+) → {name}\)", told)
    assert chain, told
    assert chain[1] == chain[3]
    assert chain[2] == chain[4]
    assert f"remedy: enable {name}, or disable {chain[1]} as well" in told


@pytest.mark.parametrize("off", [("http", "ssh", "accounts"), ("content", "delivery", "demo"), tuple(FREE)])
def test_one_that_is_needed_goes_with_those_that_need_it(off: tuple[str, ...], tmp_path: Path) -> None:
    app = boot(tmp_path, *off)
    assert set(app.plugins) == {one.name for one in MANIFESTS} - {*off} - ENGINES | DEFAULTS
    assert {app.disabled[name] for name in off} == {"switched off in the configuration"}
