"""Where the file may be, and what is said when it cannot be there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.builtin_plugins.sqlite.opened import FILE, opened

from newel.errors import BootError
from newel_sqlite.opening import check_library
from newel_sqlite.place import place_of


async def refusal(folder: Path, url: str = FILE) -> str:
    with pytest.raises(BootError) as caught:
        async with opened(folder, url):
            pass
    return caught.value.detail


async def test_the_folder_is_made(tmp_path: Path) -> None:
    async with opened(tmp_path, "sqlite:///a/b/c.db"):
        assert (tmp_path / "a/b/c.db").is_file()


async def test_closing_folds_the_log_into_the_file(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        await db.execute("CREATE TABLE t (id INTEGER)")
        assert (tmp_path / "data/newel.db-wal").exists()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["newel.db"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/newel.db", "site/data/newel.db"),
        ("sqlite:////var/newel.db", "/var/newel.db"),
        ("sqlite:///my%20site.db", "site/my site.db"),
    ],
)
def test_where_a_url_points(url: str, path: str) -> None:
    assert place_of(url, Path("site")).path == Path(path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://:memory:"])
async def test_a_passing_database_leaves_nothing(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with opened(tmp_path, url) as db:
        await db.execute("CREATE TABLE t (id INTEGER)")
        made = list(tmp_path.glob("newel-db-*/memory.db"))  # noqa: ASYNC240 - a test
        assert len(made) == 1
    assert not made[0].parent.exists()


async def test_two_passing_databases_are_two(tmp_path: Path) -> None:
    async with opened(tmp_path, "sqlite://") as one, opened(tmp_path, "sqlite://") as other:
        await one.execute("CREATE TABLE t (id INTEGER)")
        await other.execute("CREATE TABLE t (id INTEGER)")


async def test_two_slashes_too_few(tmp_path: Path) -> None:
    assert "Write three slashes: 'sqlite:///data/newel.db'" in await refusal(tmp_path, "sqlite://data/newel.db")


async def test_options_belong_elsewhere(tmp_path: Path) -> None:
    assert "section [sqlite]" in await refusal(tmp_path, "sqlite:///newel.db?mode=ro")


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert "is a folder" in await refusal(tmp_path, "sqlite:///data")


async def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    said = await refusal(tmp_path)
    assert "cannot make the folder" in said
    assert "database.url" in said


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    said = await refusal(tmp_path, "sqlite:////proc/newel.db")
    assert "cannot" in said
    assert "this user" in said


async def test_another_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/newel.db").write_text("Dear diary, " * 1000)
    assert "not an SQLite file" in await refusal(tmp_path)


async def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "newel.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE t (id INTEGER)")
    raw.close()
    content = bytearray(path.read_bytes())
    content[100:140] = b"\xff" * 40  # the root page of the schema
    path.write_bytes(content)
    assert "Restore a backup" in await refusal(tmp_path, "sqlite:///newel.db")


async def test_damage_inside_is_found_by_the_check(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        await db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
        await db.execute_many("INSERT INTO t VALUES (:id, :text)", [{"id": n, "text": "x" * 500} for n in range(200)])
    path = tmp_path / "data/newel.db"
    content = bytearray(path.read_bytes())
    content[3 * 4096 : 3 * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    async with opened(tmp_path) as db:
        assert await db.check() != []


def test_an_old_library() -> None:
    with pytest.raises(BootError, match=r"SQLite 3\.34\.1; Newel needs 3\.35\.0"):
        check_library((3, 34, 1))


async def test_a_file_that_another_process_keeps(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    other = sqlite3.connect(tmp_path / "data/newel.db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BootError, match="Another process holds the file"):
        async with opened(tmp_path, busy_timeout=0.1):
            pass
    other.close()
    async with opened(tmp_path):
        pass


async def test_a_commit_waits_for_the_disk_unless_told_otherwise(tmp_path: Path) -> None:
    for given, level in (({}, 2), ({"synchronous": "normal"}, 1)):
        async with opened(tmp_path, **given) as db, db.transaction() as tx:
            assert await tx.fetch_one("PRAGMA synchronous") == {"synchronous": level}
