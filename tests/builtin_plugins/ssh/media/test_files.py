"""Files of the library with OpenSSH's own clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builtin_plugins.media.site import image
from tests.builtin_plugins.ssh.media.filing import Library, files_at, hashes, mirror

from newel.contracts.database import Database

# The clients are processes of this machine. What the tree does on each engine is tried beside the library.
pytestmark = [pytest.mark.may_block, pytest.mark.engines("sqlite")]


@pytest.fixture
async def at() -> AsyncIterator[Library]:
    async with files_at() as opened:
        yield opened


async def test_what_is_put_is_got_again(at: Library, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(image())
    put = await at.sftp(
        f"put {tmp_path}/cat.png /media/cat.png", "ls -l /media", f"get /media/cat.png {tmp_path}/b.png"
    )
    assert put[0] == 0, put
    assert (tmp_path / "b.png").read_bytes() == image()
    assert "cat.png" in put[1]
    assert [row["name"] for row in await at.site.rows("assets")] == ["cat.png"]


@pytest.mark.slow
async def test_a_folder_of_500_files_goes_up_and_comes_down_the_same(at: Library, tmp_path: Path) -> None:
    """With ``put -r`` and ``get -r``, and again with ``scp -r``; what is there already becomes nothing new."""
    up = mirror(tmp_path / "up", 500)
    assert (await at.sftp(f"put -r {up} /media/up", f"get -r /media/up {tmp_path}/down"))[0] == 0
    assert hashes(tmp_path / "down") == hashes(up)
    again = await at.scp("-r", f"{up}", ":/media")
    assert again[0] == 0, again
    assert len(await at.site.rows("assets")) == 500
    assert (await at.scp("-r", ":/media/up", f"{tmp_path}/again"))[0] == 0
    assert hashes(tmp_path / "again") == hashes(up)


async def test_the_old_protocol_of_scp_takes_and_gives_folders_too(at: Library, tmp_path: Path) -> None:
    up = mirror(tmp_path / "up", 12)
    assert (await at.scp("-O", "-r", "-p", f"{up}", ":/media"))[0] == 0
    assert (await at.scp("-O", "-r", "-p", ":/media/up", f"{tmp_path}/down"))[0] == 0
    assert hashes(tmp_path / "down") == hashes(up)


async def test_scp_of_the_old_kind_says_why_something_is_refused_and_ends(at: Library, tmp_path: Path) -> None:
    (tmp_path / "a.exe").write_bytes(b"MZ\0\0" * 500)
    status, _, told = await at.scp("-O", f"{tmp_path}/a.exe", ":/media")
    assert status != 0
    assert "are not allowed here" in told
    assert await at.site.rows("assets") == []


@pytest.mark.needs_plugin("audit")
async def test_folders_and_files_are_made_renamed_moved_and_deleted(at: Library, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    status, _, told = await at.sftp(
        "mkdir /media/Trips", "mkdir /media/Trips/Oslo", f"put {tmp_path}/a.txt /media/Trips/a.txt",
        "rename /media/Trips/a.txt /media/Trips/Oslo/b.txt", "rename /media/Trips/Oslo /media/Bergen",
        "-rmdir /media/Bergen", "rmdir /media/Trips",
    )  # fmt: skip
    assert status == 0, told
    assert "newel: the folder is not empty: 1 files and 0 folders are in it" in told
    row = (await at.site.rows("assets"))[0]
    folder = (await at.site.rows("folders"))[0]
    assert (row["name"], row["folder"], folder["name"], folder["parent"]) == ("b.txt", folder["id"], "Bergen", "")
    assert (await at.sftp("rm /media/Bergen/b.txt", "rmdir /media/Bergen"))[0] == 0
    assert await at.site.rows("assets") == await at.site.rows("folders") == []
    audited = await at.site.app.need(Database).fetch_all(
        "SELECT door, ip FROM audit_log WHERE operation LIKE 'media.%'"
    )
    assert {(row["door"], row["ip"]) for row in audited} == {("ssh", "192.0.2.7")}


async def test_a_file_of_that_name_gets_other_bytes_and_stays_the_same_asset(at: Library, tmp_path: Path) -> None:
    stored = await at.site.upload(image(10, 10), title="the cat")
    (tmp_path / "cat.png").write_bytes(image(20, 20))
    assert (await at.scp(f"{tmp_path}/cat.png", ":/media"))[0] == 0
    after = await at.site.run("media.get", id=stored.id)
    assert (after.width, after.title, after.revision) == (20, "the cat", 2)
    assert len(await at.site.rows("assets")) == 1


async def test_what_the_library_calls_otherwise_is_told_and_found_by_both_names(at: Library, tmp_path: Path) -> None:
    (tmp_path / "README").write_text("read me")
    status, _, told = await at.sftp(
        f"put -p {tmp_path}/README /media/README", "ls -l /media/README", f"get /media/README.txt {tmp_path}/b"
    )
    assert status == 0, told
    assert "newel: /media/README is called README.txt here" in told
    assert (tmp_path / "b").read_text() == "read me"


async def test_a_viewer_reads_and_changes_nothing(at: Library, tmp_path: Path) -> None:
    stored = await at.site.upload(image())
    (tmp_path / "a.txt").write_text("words")
    status, _, told = await at.sftp(
        f"get /media/cat.png {tmp_path}/cat.png", f"-put {tmp_path}/a.txt /media/a.txt", "-mkdir /media/x",
        "-rm /media/cat.png", "-rename /media/cat.png /media/b.png", who="viewer",
    )  # fmt: skip
    assert status == 0
    assert (tmp_path / "cat.png").read_bytes() == image()
    assert told.count("this needs the permission 'media.write'") == 3
    assert told.count("this needs the permission 'media.delete'") == 1
    assert [row["id"] for row in await at.site.rows("assets")] == [stored.id]
    assert not [*at.site.media.spool.folder.iterdir()]
