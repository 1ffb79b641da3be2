"""A new plugin is a complete package whose tests pass; a name that would not work is refused in a line."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.support import environment

from newel.cli import run
from newel.errors import Conflict, Reject
from newel.scaffold import renamed, template, write_plugin

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")


def installed(folder: Path, target: Path) -> None:
    """As a stranger does it: built from its own pyproject.toml, offline, next to Newel."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [str(uv), "pip", "install", "-q", "--python", sys.executable, "--offline", "--no-deps", "--no-build-isolation",
         "--target", str(target), str(folder)],
        check=True, capture_output=True, timeout=100, env=environment(),
    )  # fmt: skip


@pytest.mark.slow
def test_a_new_plugin_installs_and_passes_its_own_tests(tmp_path: Path) -> None:
    """A long name, so that its lines are as long as they get; the tests hold it to gold."""
    name = "word_count_of_every_entry_2"
    folder = write_plugin(name, tmp_path)
    assert folder.name == "newel-word-count-of-every-entry-2"
    installed(folder, tmp_path / "target")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True, text=True,
        timeout=100, check=False, env=environment(PYTHONPATH=str(tmp_path / "target")),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "7 passed" in ended.stdout
    listed = subprocess.run(
        [sys.executable, "-m", "newel", "--site", str(tmp_path / "place"), "plugins", "info", name],
        capture_output=True, text=True, timeout=60, check=False, env=environment(PYTHONPATH=str(tmp_path / "target")),
    )  # fmt: skip
    assert "package newel-word-count-of-every-entry-2" in listed.stdout, listed.stderr
    checked = subprocess.run(
        [str(RUFF), "check", "--no-cache", "."], cwd=folder, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_nothing_of_the_template_is_left(tmp_path: Path) -> None:
    folder = write_plugin("word_count", tmp_path)
    files = {str(file.relative_to(folder)): file.read_text("utf-8") for file in folder.rglob("*") if file.is_file()}
    assert {
        "pyproject.toml", "README.md", "LICENSE", ".gitignore", ".github/workflows/ci.yml", "newel_word_count/py.typed",
        "newel_word_count/plugin.py", "tests/test_word_count.py", "tests/test_quality.py", "tests/surface.txt",
    } <= set(files)  # fmt: skip
    assert not [name for name, text in files.items() if "sketch" in (name + text).lower()]
    assert 'word_count = "newel_word_count:manifest"' in files["pyproject.toml"]
    assert 'name = "newel-word-count"' in files["pyproject.toml"]
    assert "word_count.read" in files["newel_word_count/permissions.py"]


def test_the_template_is_its_own_copy() -> None:
    """``contrib/plugin_template`` is the one place; it is what ``newel plugins new sketch`` would write."""
    assert template() == ROOT / "contrib" / "plugin_template"
    assert renamed("newel-sketch sketch SKETCH_READ", "sketch") == "newel-sketch sketch SKETCH_READ"


@pytest.mark.slow
def test_the_wheel_brings_the_template(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True,
        capture_output=True, timeout=100, env=environment(),
    )  # fmt: skip
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    wanted = [file for file in template().rglob("*") if file.is_file() and not {"__pycache__"} & {*file.parts}]
    wanted = [file for file in wanted if not any(part.endswith("_cache") for part in file.parts)]
    for file in wanted:
        assert f"newel/plugin_template/{file.relative_to(template())}" in names
    assert not [name for name in names if "__pycache__" in name]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "is no plugin name"), ("Word", "is no plugin name"), ("1a", "is no plugin name"),
        ("a-b", "is no plugin name"), ("../x", "is no plugin name"), ("a__b", "is no plugin name"),
        ("a_", "is no plugin name"), ("_a", "is no plugin name"), ("é", "is no plugin name"), ("a" * 31, "is too long"),
        ("class", "is a word of Python's"), ("match", "is a word of Python's"), ("plugins", "is a word of Newel's own"),
        ("serve", "is a word of Newel's own"), ("content", "is a plugin that ships with Newel"),
        ("migrate", "is a command or a section of the plugin 'migrations'"),
        ("database", "is a command or a section of the plugin"),
    ],
)  # fmt: skip
def test_odd_names_are_refused_in_a_line(
    name: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--site", str(tmp_path), "plugins", "new", "--into", str(tmp_path), "--", name]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_package_of_that_name_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newel_taken_name.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Reject, match="the package newel_taken_name is installed already"):
        write_plugin("taken_name", tmp_path)


def test_folders_that_exist_and_cannot_be_written_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plugin("twice", tmp_path)
    with pytest.raises(Conflict, match="exists already"):
        write_plugin("twice", tmp_path)
    (tmp_path / "file").touch()
    assert run(["--site", str(tmp_path), "plugin", "new", "other", "--into", str(tmp_path / "file")]) == 4
    assert "cannot write" in capsys.readouterr().err
