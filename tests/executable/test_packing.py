"""The script that stands at the head of the executable, and what is packed behind it; the program in it is made up."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

BUILD = Path(__file__).parents[2] / "contrib/executable/build.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("executable_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def program(build: ModuleType, tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "_internal").mkdir(parents=True)
    (folder / "newel").write_text('#!/bin/sh\necho "$0|$*|$(cat "${0%/*}/_internal/data")"\nexit 5\n')
    (folder / "newel").chmod(0o755)
    (folder / "_internal/data").write_text("data")
    (folder / "_internal/link").symlink_to("data")
    packed = build.pack(folder)
    file = tmp_path / "newel-1.0-linux-amd64"
    file.write_bytes(build.head(packed, "1.0") + packed)
    file.chmod(0o755)
    return file


def run(file: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    ended = subprocess.run(
        [file, *arguments], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", **environment}
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_it_is_unpacked_once_and_then_only_started(program: Path, tmp_path: Path) -> None:
    code, said = run(program, "a b", "--c", NEWEL_UNPACK=str(tmp_path / "cache"))
    (folder,) = (tmp_path / "cache").iterdir()
    assert (code, said) == (5, f"{folder}/newel|a b --c|data\n")
    assert folder.stat().st_mode & 0o077 == 0
    (folder / "_internal/data").write_text("as it was left")
    assert run(program, XDG_CACHE_HOME=str(tmp_path), NEWEL_UNPACK=str(tmp_path / "cache"))[1].endswith(
        "|as it was left\n"
    )


def test_a_folder_of_which_a_part_is_gone_is_told_and_not_filled(program: Path, tmp_path: Path) -> None:
    run(program, NEWEL_UNPACK=str(tmp_path / "cache"))
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "newel.whole").unlink()
    left = {one.name for one in folder.iterdir()}
    for _ in range(2):
        code, said = run(program, NEWEL_UNPACK=str(tmp_path / "cache"))
        assert (code, said) == (1, f"newel: {folder} is there but not whole: remove it\n")
        assert {one.name for one in folder.iterdir()} == left
    assert list((tmp_path / "cache").iterdir()) == [folder]


def test_where_it_is_unpacked(program: Path, tmp_path: Path) -> None:
    for name, folder in {"XDG_CACHE_HOME": "newel", "CACHE_DIRECTORY": "", "HOME": ".cache/newel"}.items():
        place = tmp_path / name
        place.mkdir()
        assert run(program, **{name: str(place)})[0] == 5
        assert list((place / folder).glob("newel-1.0-*"))
    code, said = run(program)
    assert (code, "NEWEL_UNPACK" in said) == (1, True)
    code, said = run(program, NEWEL_UNPACK="/proc/nowhere")
    assert (code, "cannot be written to" in said) == (1, True)


def test_a_file_that_is_not_whole_is_not_run(program: Path, tmp_path: Path) -> None:
    held = program.read_bytes()
    program.write_bytes(held[:-10])
    code, said = run(program, NEWEL_UNPACK=str(tmp_path / "cache"))
    assert (code, said) == (1, "newel: this file is not whole: download it again\n")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's folder")
def test_what_somebody_else_has_unpacked_is_not_run(program: Path, tmp_path: Path) -> None:
    assert run(program, NEWEL_UNPACK=str(tmp_path / "cache"))[0] == 5
    (folder,) = (tmp_path / "cache").iterdir()
    os.chown(folder, 65534, 65534)
    code, said = run(program, NEWEL_UNPACK=str(tmp_path / "cache"))
    assert (code, "belongs to somebody else" in said) == (1, True)


def test_the_same_folder_is_packed_into_the_same_bytes(build: ModuleType, tmp_path: Path) -> None:
    packed = []
    for name in ("one", "other"):
        for file in ("b", "a") if name == "one" else ("a", "b"):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / file).write_text(file)
            os.utime(tmp_path / name / file, (len(packed), len(packed)))
        packed.append(build.pack(tmp_path / name))
    assert packed[0] == packed[1]
