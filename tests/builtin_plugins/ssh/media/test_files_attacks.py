"""E3.20 and E8 for files: paths, links, handles, lines that break off, people who are sent away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh import FXF_APPEND, FXF_CREAT, FXF_READ, FXF_WRITE, SFTPAttrs
from tests.builtin_plugins.media.site import image
from tests.builtin_plugins.ssh.media.filing import Library, files_at

from newel_ssh.files.refusing import DISK, Refusing
from newel_ssh.files.server import OPEN, Files

pytestmark = pytest.mark.engines("sqlite")  # what the tree does on each engine is tried beside the library
SEND = FXF_WRITE | FXF_CREAT
RAW: Any = {"encoding": None}


@pytest.fixture
async def at() -> AsyncIterator[Library]:
    async with files_at() as opened:
        await opened.site.upload(image())
        yield opened


def spooled(at: Library) -> list[Path]:
    return [*at.site.media.spool.folder.iterdir()]


@pytest.mark.parametrize(
    "path",
    [
        b"/etc/passwd", b"../../../../etc/passwd", b"/media/../../etc/passwd", b"/media/../etc/passwd", b"//etc/passwd",
        b"/media/..%2f..%2fetc/passwd", b"~root/.profile", b"/proc/self/environ",
        b"/media/./../data/newel.db", b".", b"", b"/", b"/media",
    ],
)  # fmt: skip
async def test_e3_20_no_path_leads_out(at: Library, path: bytes) -> None:
    async with at.client() as client:
        with pytest.raises(asyncssh.SFTPError):
            await client.open(path, FXF_READ)
        with pytest.raises(asyncssh.SFTPError):
            await client.open(path, SEND)
        with pytest.raises(asyncssh.SFTPError):
            await client.remove(path)


@pytest.mark.parametrize("name", [b"a\0b", b"a\nb", b"\x1b]52;c;x\x07", b"a\x7f", "a\u202eb".encode(), b"\xff\xfe",
                                  b"x" * 256, b"/x" * 3000, b"\xed\xa0\x80"])  # fmt: skip
async def test_e3_20_names_that_no_tree_can_have_are_refused(at: Library, name: bytes) -> None:
    async with at.client() as client:
        for asked in (
            client.open(b"/media/" + name, SEND), client.mkdir(b"/media/" + name), client.stat(b"/media/" + name),
            client.rename(b"/media/cat.png", b"/media/" + name), client.listdir(b"/media/" + name),
        ):  # fmt: skip
            with pytest.raises(asyncssh.SFTPError):
                await asked
    assert [row["name"] for row in await at.site.rows("assets")] == ["cat.png"]
    assert await at.site.rows("folders") == []


async def test_e3_20_dots_stay_inside_and_lead_back(at: Library) -> None:
    async with at.client() as client:
        assert await client.realpath(b"/media/../../..") == b"/"
        assert await client.realpath(b"media/./x/../y") == b"/media/y"
        assert [name async for name in _names(client, b"/../..")] == [b"media"]


async def _names(client: Any, path: bytes) -> AsyncIterator[bytes]:
    async for entry in client.scandir(path):
        if entry.filename not in (b".", b".."):
            yield entry.filename


async def test_e3_20_there_are_no_links(at: Library) -> None:
    async with at.client() as client:
        for asked in (
            client.symlink(b"/etc/passwd", b"/media/a"), client.link(b"/media/cat.png", b"/media/a"),
            client.readlink(b"/media/cat.png"),
        ):  # fmt: skip
            with pytest.raises(asyncssh.SFTPOpUnsupported):
                await asked


async def test_e3_20_the_root_and_the_trees_stay_as_they_are(at: Library) -> None:
    async with at.client() as client:
        for asked in (
            client.mkdir(b"/other"),
            client.rmdir(b"/media"), client.rename(b"/media", b"/m"), client.open(b"/a", SEND, **RAW),
            client.rename(b"/media/cat.png", b"/cat.png"), client.remove(b"/media"),
        ):  # fmt: skip
            with pytest.raises(asyncssh.SFTPError):
                await asked


def test_e3_20_nothing_of_the_library_reaches_the_disk() -> None:
    """Whatever ``asyncssh`` adds to its server is looked at before it is ours."""
    known = {"channel", "connection", "env", "logger", "convert_attrs", "format_longname"}
    asked = {name for name in vars(asyncssh.SFTPServer) if not name.startswith("_")} - known
    assert asked == {*DISK, "scandir", "close", "exit", "format_user", "format_group"}
    assert not [name for name in asked if name not in vars(Refusing)]


async def test_e8_handles_of_a_session_are_bounded(at: Library) -> None:
    async with at.client() as client:
        opened = [await client.open(b"/media/cat.png", FXF_READ, **RAW) for _ in range(OPEN)]
        with pytest.raises(asyncssh.SFTPFailure, match="64 files open"):
            await client.open(b"/media/cat.png", FXF_READ, **RAW)
        await opened[0].close()
        await (await client.open(b"/media/cat.png", FXF_READ, **RAW)).close()
        for one in opened[1:]:
            await one.close()


async def test_e8_folders_of_a_session_are_bounded(at: Library) -> None:
    async with at.client() as client:
        for _ in range(OPEN):
            await client._handler.opendir(b"/media")
        with pytest.raises(asyncssh.SFTPFailure, match="64 folders open"):
            await client._handler.opendir(b"/media")


async def test_e8_an_upload_that_breaks_off_leaves_nothing(at: Library) -> None:
    async with asyncssh.connect("127.0.0.1", at.port, username="editor", known_hosts=None, config=None) as conn:
        client = await conn.start_sftp_client(path_encoding=None)
        file = await client.open(b"/media/b.txt", SEND, **RAW)
        await file.write(b"half of it")
        assert len(spooled(at)) == 1
        conn.abort()
    await _until(lambda: not spooled(at))
    assert [row["name"] for row in await at.site.rows("assets")] == ["cat.png"]
    assert await at.site.rows("uploads") == [row for row in await at.site.rows("uploads") if row["state"] == "done"]


@pytest.mark.may_block
@pytest.mark.parametrize("old", [False, True])
async def test_e8_a_client_that_is_killed_leaves_nothing(at: Library, tmp_path: Path, *, old: bool) -> None:
    (tmp_path / "big.txt").write_bytes(b"all work and no play\n" * 3_000_000)
    client = await asyncio.create_subprocess_exec(
        "scp", *(["-O"] if old else []), "-q", *at.options, "-l", "8000", f"{tmp_path}/big.txt",
        "editor@127.0.0.1:/media/big.txt",
    )  # fmt: skip
    await _until(lambda: any(path.stat().st_size > 100_000 for place in spooled(at) for path in place.iterdir()))
    client.kill()
    await client.wait()
    await _until(lambda: not spooled(at))
    assert [row["name"] for row in await at.site.rows("assets")] == ["cat.png"]


async def _until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the other side is a process, or the loop behind a socket
            await asyncio.sleep(0.01)


async def test_e3_20_who_is_sent_away_in_the_middle_leaves_nothing_and_gets_no_more(at: Library) -> None:
    async with at.client() as client:
        file = await client.open(b"/media/b.txt", SEND, **RAW)
        await file.write(b"half of it")
        at.visitors["editor"].who = None
        with pytest.raises(asyncssh.SFTPPermissionDenied, match="not signed in any more"):
            await file.close()
        with pytest.raises((asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)):
            await client.stat(b"/media")
    assert not spooled(at)
    assert [row["name"] for row in await at.site.rows("assets")] == ["cat.png"]


async def test_e3_20_rights_are_those_of_the_moment(at: Library) -> None:
    async with at.client() as client:
        file = await client.open(b"/media/b.txt", SEND, **RAW)
        await file.write(b"all of it")
        at.visitors["editor"].who = at.visitors["viewer"].who
        with pytest.raises(asyncssh.SFTPPermissionDenied, match=r"'media\.write'"):
            await file.close()
    assert not spooled(at)
    assert [row["name"] for row in await at.site.rows("assets")] == ["cat.png"]


async def test_e8_pieces_come_in_any_order_and_none_may_be_missing(at: Library) -> None:
    async with at.client() as client:
        file = await client.open(b"/media/b.txt", SEND, **RAW)
        for offset in (6, 3, 0, 9):
            await file.write(b"abcdefghijkl"[offset : offset + 3], offset)
        await file.close()
        async with client.open(b"/media/b.txt", FXF_READ, **RAW) as got:
            assert await got.read(5, 4) == b"efghi"
            assert await got.read(100, 0) == b"abcdefghijkl"
            assert await got.read(10, 500) == b""
        file = await client.open(b"/media/c.txt", SEND, **RAW)
        await file.write(b"abc", 100)
        with pytest.raises(asyncssh.SFTPFailure, match="parts of this file are missing"):
            await file.close()
    assert not spooled(at)


async def test_e8_what_is_too_large_is_refused_where_it_becomes_so(at: Library) -> None:
    async with at.client() as client:
        file = await client.open(b"/media/b.txt", SEND, **RAW)
        with pytest.raises(asyncssh.SFTPFailure, match="536,870,912 bytes at most"):
            await file.write(b"x", 1 << 40)
        for number in range(1000):
            await file.write(b"x", number * 2)
        with pytest.raises(asyncssh.SFTPFailure, match="too many pieces"):
            await file.write(b"x", 2000)
        with pytest.raises(asyncssh.SFTPFailure):
            await file.close()


async def test_files_are_sent_whole(at: Library) -> None:
    """Nothing is appended, cut off or written into the middle of what is there; times and modes are taken as said."""
    async with at.client() as client:
        for flags in (SEND | FXF_APPEND, SEND | FXF_READ):
            with pytest.raises(asyncssh.SFTPFailure, match="sent whole"):
                await client.open(b"/media/cat.png", flags)
        with pytest.raises(asyncssh.SFTPFailure, match="sent whole"):
            await client.truncate(b"/media/cat.png", 3)
        await client.setstat(b"/media/cat.png", SFTPAttrs(permissions=0o600, atime=1, mtime=1, uid=7, gid=7))
        assert (await client.stat(b"/media/cat.png")).permissions == 0o100644
        room = await client.statvfs(b"/media")
        assert room.bavail > 0


async def test_e8_what_breaks_inside_is_told_without_its_words(at: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(Files, "_meant", broken)
    async with at.client() as client:
        with pytest.raises(asyncssh.SFTPFailure, match="the log of the site says what"):
            await client.stat(b"/media")
