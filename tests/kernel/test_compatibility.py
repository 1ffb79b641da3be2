"""A package is held against a version of Newel without being imported; what is in the way is named with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve

from newel.cli import run
from newel.compatibility import Finding, check, package_of
from newel.errors import Reject
from newel.scaffold import write_plugin
from newel.surface import Surface, known, surface

ROOT = Path(__file__).parents[2]
NOW = surface("0.1")
WHY = {"since": "0.2", "instead": "the new one", "removed_in": "0.4"}
TOP = 'from newel import Manifest\n\nmanifest = Manifest(name="bad", summary="Bad.", load="newel_bad.plugin:P"{more})\n'
BAD = "newel_bad/plugin.py:1: Newel 0.1 has no public module newel.nowhere"
PRIVATE = "newel_bad/plugin.py:1: newel.switching is not public: it may change in any version"
SHIPPED = sorted(one.parent for one in (ROOT / "builtin_plugins").glob("newel_*/__init__.py"))


def package(folder: Path, code: str, more: str = "") -> Path:
    made = folder / "newel_bad"
    made.mkdir()
    (made / "__init__.py").write_text(TOP.format(more=more), "utf-8")
    (made / "plugin.py").write_text(code, "utf-8")
    return made


def found(folder: Path, code: str, target: Surface = NOW, more: str = "") -> list[str]:
    """What is found, each with its kind and line."""
    findings = check(package(folder, code, more), target, target.version)
    return [f"{one.kind} {one.place.rpartition(':')[2]}: {one.text}" for one in findings]


@pytest.mark.parametrize("name", ["contrib/example_plugin", "contrib/plugin_template"])
def test_the_examples_fit(name: str) -> None:
    assert check(package_of(str(ROOT / name)), NOW, "0.1.0") == []


@pytest.mark.parametrize(
    "folder", sorted((ROOT / "builtin_plugins").glob("newel_*/__init__.py")), ids=lambda one: one.parent.name
)
def test_what_ships_uses_only_what_is_public(folder: Path) -> None:
    assert check(folder.parent, NOW, "0.1.0") == []


def test_hooks_must_be_there_with_their_arguments(tmp_path: Path) -> None:
    code = """\
from newel import hookimpl
class P:
    @hookimpl
    def content_before_safe(self, draft): ...
    @hookimpl
    async def content_before_save(self, draft, entry): ...
    @hookimpl(specname="content_after_save")
    def saved(self, event): ...
    @hookimpl(optionalhook=True)
    def shop_after_sale(self, sale): ...
    @hookimpl
    async def register_operations(self): ...
"""
    assert found(tmp_path, code) == [
        "error 4: Newel 0.1 has no hook content_before_safe; did you mean content_before_save?",
        "error 6: in Newel 0.1 the hook content_before_save has no argument 'entry' (it has: draft, call, app)",
        "error 12: the hook register_operations is asked at boot: 'def', not 'async def'",
    ]  # fmt: skip


def test_hooks_of_its_own_are_known(tmp_path: Path) -> None:
    code = """\
from newel.spec import fold, hookimpl
@fold
def bad_before_end(end, call, app): "Before the end."
class P:
    @hookimpl
    def bad_before_end(self, end): ...
"""
    assert found(tmp_path, code) == []


def test_names_and_modules_must_be_there(tmp_path: Path) -> None:
    code = """\
import newel.nowhere
import newel.switching
from newel import Manifets, Reject, visits, switching
from newel.contracts.databases import Database
from newel.contracts.database import Databse
from newel.contracts import content
"""
    assert found(tmp_path, code) == [
        "error 1: Newel 0.1 has no public module newel.nowhere",
        "private 2: newel.switching is not public: it may change in any version",
        "error 3: Newel 0.1 has no Manifets in newel; did you mean Manifest?",
        "private 3: newel.switching is not public: it may change in any version",
        "error 4: Newel 0.1 has no public module newel.contracts.databases; did you mean newel.contracts.database?",
        "error 5: Newel 0.1 has no Databse in newel.contracts.database; did you mean Database?",
    ]  # fmt: skip


def test_operations_that_it_runs_must_be_there(tmp_path: Path) -> None:
    code = 'async def f(app, call):\n    await app.operations.run("content.creat", {}, call)\n'
    code += (
        '    await app.operations.run("content.create", {}, call)\n    await app.operations.run("own.verb", {}, call)\n'
    )
    assert found(tmp_path, code) == ["error 2: Newel 0.1 has no operation content.creat; did you mean content.create?"]


def test_what_will_go_is_named_with_what_comes_instead(tmp_path: Path) -> None:
    old = {
        "hook content_before_save": WHY, "hook content_after_save(app)": WHY, "operation content.create": WHY,
        "newel.errors.Conflict": WHY,
    }  # fmt: skip
    code = """\
from newel.errors import Conflict
from newel import hookimpl
class P:
    @hookimpl
    def content_before_save(self, draft): ...
    @hookimpl
    async def content_after_save(self, event, app):
        await app.operations.run("content.create", {}, None)
"""
    end = "is deprecated since 0.2 and goes in 0.4; instead: the new one"
    assert found(tmp_path, code, evolve(NOW, version="0.3", deprecated=old)) == [
        f"deprecated 1: newel.errors.Conflict {end}",
        f"deprecated 5: the hook content_before_save {end}",
        f"deprecated 7: the argument 'app' of content_after_save {end}",
        f"deprecated 8: the operation content.create {end}",
    ]


def test_its_range_must_hold_the_version(tmp_path: Path) -> None:
    later = evolve(NOW, version="1.0")
    assert found(tmp_path, "", later, ', newel=">=0.1,<1"') == ["error 3: it is made for Newel >=0.1,<1; this is 1.0"]


def test_a_version_without_a_hook_does_not_fit(tmp_path: Path) -> None:
    """An older version that is not installed answers from its record."""
    folder = package_of(str(write_plugin("older", tmp_path)))
    hooks = {name: one for name, one in NOW.hooks.items() if name != "content_after_publish"}
    assert [one.text for one in check(folder, evolve(NOW, version="0.0", hooks=hooks), "0.1")] == [
        "Newel 0.0 has no hook content_after_publish; did you mean content_after_unpublish?"
    ]


def test_it_is_read_and_not_imported(tmp_path: Path) -> None:
    assert found(tmp_path, "import nothing_like_it\nraise SystemExit('imported')\n") == []
    (tmp_path / "newel_bad" / "plugin.py").write_text("def (:\n", "utf-8")
    with pytest.raises(Reject, match="cannot be read as Python"):
        check(tmp_path / "newel_bad", NOW, "0.1")


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["{bad}"], 1, f"error: {BAD}\nnewel_bad does not fit Newel 0.1.0\n", ""),
        (["{private}", "--newel", "0.1"], 3, f"private: {PRIVATE}\nnewel_bad fits Newel 0.1\n", ""),
        (["accounts"], 0, "newel_accounts fits Newel 0.1.0\n", ""),
        (["newel_accounts"], 0, "newel_accounts fits Newel 0.1.0\n", ""),
        (["newel_accounts", "--newel", "9.9"], 5, "", "newel: Newel 9.9 is not on record here; known: 0.1\n"),
        (["newel_accounts", "--newel", "new"], 2, "", "newel: 'new' is no version such as 0.1\n"),
        (["nobody_has_this"], 5, "", "newel: 'nobody_has_this' is neither a folder nor an installed package\n"),
        (["{empty}"], 5, "", "newel: there is no package with a manifest = Manifest(...) in {empty}\n"),
    ],
)  # fmt: skip
def test_the_command(
    arguments: list[str], code: int, out: str, err: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {name: tmp_path / name for name in ("bad", "private", "empty")}
    for folder in places.values():
        folder.mkdir()
    package(places["bad"], "import newel.nowhere\n")
    package(places["private"], "import newel.switching\n")
    told = {name: str(folder) for name, folder in places.items()}
    arguments = [one.format(**told) for one in arguments]
    assert run(["--site", str(tmp_path), "plugins", "check", *arguments]) == code
    assert capsys.readouterr() == (out, err.format(**told))


def test_the_command_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = package(tmp_path, "import newel.nowhere\n")
    assert run(["--site", str(tmp_path), "plugin", "check", str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "package": str(folder), "newel": "0.1.0", "fits": False,
        "findings": [{"kind": "error", "place": "newel_bad/plugin.py:1",
                      "text": "Newel 0.1 has no public module newel.nowhere"}],
    }  # fmt: skip


def test_one_file_is_a_package_too(tmp_path: Path) -> None:
    file = tmp_path / "quiet.py"
    file.write_text("import newel.nowhere\n", "utf-8")
    assert check(package_of(str(file)), NOW, "0.1") == [
        Finding("error", "quiet.py:1", "Newel 0.1 has no public module newel.nowhere")
    ]
    assert known() == ["0.1"]
