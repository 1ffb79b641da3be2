"""A plugin's files: so many, so large, and none from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newel_lua.files import MOST_BYTES, FilesFault, read_files

pytestmark = pytest.mark.engines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "init.lua").write_text("return 1")
    (tmp_path / "lib" / "x.lua").write_text("return 2")
    return tmp_path


def test_what_counts_is_code(folder: Path) -> None:
    before = read_files(folder)
    assert list(before.lua) == ["init.lua", "lib/x.lua"]
    (folder / "README.md").write_text("words")
    (folder / ".git").mkdir()
    (folder / ".git" / "hook.lua").write_text("hidden")
    (folder / "test").mkdir()
    (folder / "test" / "x.test.lua").write_text("a test")
    assert read_files(folder).hash == before.hash
    (folder / "plugin.toml").write_text('name = "x"')
    assert read_files(folder).hash != before.hash


def test_a_hash_tells_where_a_file_ends(folder: Path) -> None:
    (folder / "lib" / "x.lua").write_text("ab")
    (folder / "lib" / "y.lua").write_text("c")
    before = read_files(folder)
    (folder / "lib" / "x.lua").write_text("a")
    (folder / "lib" / "y.lua").write_text("bc")
    assert read_files(folder).hash != before.hash


def test_a_hundred_files_and_no_more(folder: Path) -> None:
    for number in range(98):
        (folder / "lib" / f"n{number}.lua").write_text("")
    assert len(read_files(folder).lua) == 100
    (folder / "lib" / "n98.lua").write_text("")
    with pytest.raises(FilesFault, match="100 Lua files at most"):
        read_files(folder)


def test_ten_megabytes_and_no_more(folder: Path) -> None:
    with (folder / "lib" / "big.lua").open("wb") as file:
        file.truncate(MOST_BYTES)
    with pytest.raises(FilesFault, match="too large") as fault:
        read_files(folder)
    assert fault.value.file in ("lib/big.lua", "lib/x.lua")


def test_what_is_no_file_is_not_read(folder: Path) -> None:
    os.mkfifo(folder / "lib" / "pipe.lua")  # would wait for a writer for ever
    with pytest.raises(FilesFault, match="no ordinary file"):
        read_files(folder)


@pytest.mark.parametrize("target", ["/etc/passwd", "x.lua", "nowhere"])
def test_no_link_is_followed(folder: Path, target: str) -> None:
    (folder / "lib" / "link.lua").symlink_to(target)
    with pytest.raises(FilesFault, match="symbolic link"):
        read_files(folder)


def test_no_folder_that_is_a_link_is_entered(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (folder / "more").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(FilesFault, match="symbolic link"):
        read_files(folder)


def test_without_init_lua_it_is_none(folder: Path) -> None:
    (folder / "init.lua").unlink()
    with pytest.raises(FilesFault, match=r"no init\.lua"):
        read_files(folder)


def test_names_that_cannot_be_shown_are_refused(folder: Path) -> None:
    (folder / "lib" / "a\x1b[2Jb.lua").write_text("")
    with pytest.raises(FilesFault, match="cannot be printed"):
        read_files(folder)
