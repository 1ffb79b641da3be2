"""Every plugin that no other needs can be switched off, and the rest of the suite passes without importing it.

What is run: the tests of ``tests/builtin_plugins`` and ``tests/kernel`` that are not slow, in a process that cannot
import the plugin (``newel.testing.without``). An application in these tests has the plugins that it names, so a file
that never names the plugin would only be run again as it was. Hence

- per plugin the files that name it, themselves or in a helper that they import, and ``test_together.py``, which runs
  all that ships from the entry points with the plugin in ``[plugins] disable``;
- one run without all of them for the files that name none. The conformance suites of engines and stores, a minute
  long each, are left out: their applications are the engine or the store alone.

Left out of each run: the plugin's own folder, and what is marked ``needs_plugin``.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import environment

from newel.app import App
from newel.config import read_layers
from newel.discover import from_entry_points
from newel.errors import BootError
from newel.manifest import Manifest, Offer

ROOT = Path(__file__).parents[2]
TOGETHER = ROOT / "tests" / "builtin_plugins" / "test_together.py"
ALONE = [
    ROOT / "tests" / "builtin_plugins" / "sqlite" / "test_suite.py",
    *(ROOT / "tests" / "builtin_plugins" / "blobs_local").glob("test_*.py"),
    *(ROOT / "tests" / "builtin_plugins" / "blobs_s3").glob("test_*.py"),
    ROOT / "tests" / "kernel" / "test_fake_blobs.py",
]
SECONDS = 300


def free(manifests: list[Manifest]) -> list[str]:
    """The plugins that provide nothing another one needs."""
    needed = {contract for one in manifests for contract in one.needs}
    return sorted(one.name for one in manifests if not needed & set(one.offered()))


MANIFESTS = [one.manifest() for one in from_entry_points() if one.builtin]
FREE = free(MANIFESTS)
FILES = sorted(
    file for folder in ("builtin_plugins", "kernel") for file in (ROOT / "tests" / folder).rglob("test_*.py")
)


def named(file: Path) -> set[str]:
    """The plugins of ``FREE`` that a test file names, with the helpers and the conftest that it uses."""
    found: set[str] = set()
    seen = {ROOT / "tests" / "conftest.py", ROOT / "tests" / "engines.py"}  # they know all plugins and try none
    waiting = [file, *(parent / "conftest.py" for parent in file.parents)]
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
                waiting += [ROOT / (name.replace(".", "/") + ".py") for name in modules if name.startswith("tests.")]
                found |= {name for name in FREE if f"newel_{name}" in {module.partition(".")[0] for module in modules}}
    return found


def passes_without(names: list[str], files: list[Path]) -> str:
    """Runs the files without those plugins and answers the last line of the report."""
    outside = [file for file in files if not {*names} & {*file.relative_to(ROOT).parts}]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-m", "not slow and not bench", "-p", "no:cacheprovider", *outside],
        cwd=ROOT, env=environment(NEWEL_TEST_WITHOUT=",".join(names), NEWEL_TEST_ENGINES="sqlite"),
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert f"without the plugins: {', '.join(names)}" in ended.stdout, ended.stdout
    return ended.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
def test_the_rest_passes_without_all_of_them() -> None:
    told = passes_without(
        FREE, [TOGETHER, *(file for file in FILES if not named(file) and file not in (*ALONE, TOGETHER))]
    )
    assert int(re.findall(r"(\d+) passed", told)[0]) > 300, told


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("name", FREE)
def test_the_rest_passes_without(name: str) -> None:
    told = passes_without([name], [TOGETHER, *(file for file in FILES if name in named(file) and file != TOGETHER)])
    assert int(re.findall(r"(\d+) passed", told)[0]) >= 3, told


def boot(folder: Path, *off: str) -> App:
    """All that ships but those, as far as *checked*."""
    found = [one for one in from_entry_points() if one.builtin]
    enable = [one.name for one in MANIFESTS if one.optional and one.name not in off]
    given = {"plugins": {"disable": list(off), "enable": enable}}
    return App.build(folder, found, read_layers(None, {}, given=given), environment={})


ENGINES = {one.name for one in MANIFESTS if any(isinstance(offer, Offer) for offer in one.provides)}
DEFAULTS = {"sqlite", "blobs_local"}
"""The engines that are asked for without a word in the configuration."""


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


@pytest.mark.parametrize("off", [("http", "accounts"), ("content", "delivery", "demo"), tuple(FREE)])
def test_one_that_is_needed_goes_with_those_that_need_it(off: tuple[str, ...], tmp_path: Path) -> None:
    app = boot(tmp_path, *off)
    assert set(app.plugins) == {one.name for one in MANIFESTS} - {*off} - ENGINES | DEFAULTS
    assert {app.disabled[name] for name in off} == {"switched off in the configuration"}
