"""Files of somebody's own are sent from the screen of the library, where their machine is the one that is looked at."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.site import PLUGINS, image
from tests.builtin_plugins.tui.support import At, Someone, site

from newel import Forbidden, NotFound, Reject
from newel.app import App
from newel.contracts.media import Media
from newel.contracts.views import Act
from newel.testing import actor
from newel_tui.chosen import completed, found
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway.local import LocalGateway

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.may_block, pytest.mark.needs_plugin("media", "jobs")]
LIBRARY = TuiConfig(home="media/library")
ADMIN = actor("admin", everything=True)


@asynccontextmanager
async def library(folder: Path, *, local: bool = True, who: Any = ADMIN) -> AsyncIterator[tuple[App, At]]:
    """Somebody at the library."""
    async with site(*(one for one in PLUGINS if one != "audit"), folder=folder) as made:
        someone = Someone(who, "tui" if local else "ssh")
        gateway = LocalGateway(made.app, made.catalogue, someone, local_files=local)
        desk = Desk(gateway, LIBRARY, made.clock, lambda: None, made.app.log)
        try:
            desk.resize(100, 24)
            desk.start(desk.begin())
            await desk.settle()
            yield made.app, At(desk, someone)
        finally:
            await desk.close()


async def assets(app: App) -> dict[str, Any]:
    listed = await app.operations.run("media.list", {}, app.call(ADMIN, "test"))
    return {one.name: one for one in listed.data}


async def sends(at: At, text: str) -> str:
    await at.press("U")
    await at.type(text)
    return await at.press("enter")


async def test_files_are_sent_and_marked_with_all_their_bytes(tmp_path: Path) -> None:
    sent = {"two words.png": image(10, 10), "b.txt": b"words" * 100_000}
    for name, data in sent.items():
        (tmp_path / name).write_bytes(data)
    async with library(tmp_path / "site") as (app, at):
        seen = await sends(at, f"{tmp_path}/two\\ words.png '{tmp_path}/b.txt'")
        assert at.said == ["2 of 2 sent"]
        assert "2 marked" in seen
        assert {name: one.hash for name, one in (await assets(app)).items()} == {
            name: hashlib.sha256(data).hexdigest() for name, data in sent.items()
        }


async def test_they_go_into_the_folder_that_is_shown_and_never_over_what_is_there(tmp_path: Path) -> None:
    async with library(tmp_path / "site") as (app, at):
        call = app.call(ADMIN, "test")
        folder = (await app.operations.run("media.create_folder", {"name": "Trips"}, call)).id
        await at.press("F", "enter")
        for text in (b"first", b"second"):
            (tmp_path / "a.txt").write_bytes(text)
            await sends(at, f"{tmp_path}/a.txt")
        listed = (await app.operations.run("media.list", {"folder": folder}, call)).data
        assert {one.hash for one in listed} == {hashlib.sha256(text).hexdigest() for text in (b"first", b"second")}


async def test_of_a_folder_it_is_asked_first_and_what_is_not_taken_is_named_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "inside").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"words")
    (folder / "inside" / "b.txt").write_bytes(b"more words")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "link").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    async with library(tmp_path / "site") as (app, at):
        seen = await sends(at, f"{folder} {tmp_path}/absent")
        assert "Send 3 files, 15 bytes?" in seen
        seen = await at.press("n")
        assert "/absent" in seen, "what was typed is still there, at least its end"
        assert await assets(app) == {}
        await at.press("enter")
        seen = await at.press("y")
        assert at.said == ["2 of 6 sent"]
        for told in ("empty.txt", "the file is empty", "pipe", "no file", "a link", "absent", "no such file"):
            assert told in seen, told
        assert set(await assets(app)) == {"a.txt", "b.txt"}


async def test_stopped_half_way_what_is_done_stays_and_the_rest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_bytes(name.encode() * 600_000)
    async with library(tmp_path / "site") as (app, at):
        media: Any = app.need(Media)
        take, reached = media.take, asyncio.Event()

        async def held(call: Any, pieces: AsyncIterator[bytes], said: Mapping[str, str]) -> Mapping[str, Any]:
            if said["name"] != "b.txt":
                taken: Mapping[str, Any] = await take(call, pieces, said)
                return taken

            async def stalled() -> AsyncIterator[bytes]:
                yield await anext(pieces)
                reached.set()
                await asyncio.Event().wait()

            never: Mapping[str, Any] = await take(call, stalled(), said)
            return never

        monkeypatch.setattr(media, "take", held)
        await at.press("U")
        await at.type(f"{tmp_path}/a.txt {tmp_path}/b.txt {tmp_path}/c.txt")
        at.desk.press("enter")
        await reached.wait()
        assert "2 of 3" in at.text
        assert "b.txt" in at.text
        seen = await at.press("esc")
        assert at.said == ["1 of 3 sent"]
        assert "stopped half way" in seen
        assert "stopped before" in seen
        assert set(await assets(app)) == {"a.txt"}
        spool = app.folder / "data"
        assert [one for one in spool.rglob("upload") if one.is_file()] == [], "nothing of it is left in the spool"
        seen = await at.press("esc")
        assert "1 marked" in seen


async def test_from_afar_it_is_not_offered_and_a_forged_act_looks_at_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_bytes(b"secret of the server")
    async with library(tmp_path / "site", local=False) as (app, at):
        assert "scp -P PORT FILE ... HOST:/media/" in at.text
        assert "media.library.upload" not in {one.name for one in at.desk.actions()}
        assert "U upload" not in at.text
        assert "upload" not in (await at.press("?")).replace("upload: scp", "")
        await at.press("esc", ":")
        seen = await at.type("library.upload")
        assert ": library.upload" in seen
        assert seen.replace("upload: scp", "").count("upload") == 1, "it is what was typed"
        await at.press("esc")
        before = at.text
        assert await at.press("U") == before
        monkeypatch.setattr(os, "scandir", None)
        monkeypatch.setattr(Path, "cwd", None)
        forged = Act(name="upload", label="upload", key="U", row=False, upload={})
        with pytest.raises(NotFound, match="SFTP"):
            await at.desk.places[-1].act(forged, ())
        with pytest.raises(NotFound):
            await anext(aiter(at.desk.gateway.upload(tmp_path / "a.txt", {})))
        monkeypatch.undo()
        assert await assets(app) == {}


async def test_who_may_not_write_is_not_offered_it_and_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"words")
    async with library(tmp_path / "site", who=actor("vi", "media.read")) as (app, at):
        assert "media.library.upload" not in {one.name for one in at.desk.actions()}
        with pytest.raises(Forbidden):
            [one async for one in at.desk.gateway.upload(tmp_path / "a.txt", {})]
        assert await assets(app) == {}


async def test_what_nobody_knows_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"words")
    async with library(tmp_path / "site") as (app, at):
        for said in ({"nonsense": "1"}, {"folder": "01ABSENT"}):
            with pytest.raises(Reject):
                [one async for one in at.desk.gateway.upload(tmp_path / "a.txt", said)]
        assert await assets(app) == {}


def test_paths_go_on_with_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("one cat.png", "one dog.png", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    assert completed("~/on") == ("~/one\\ ", ["one cat.png", "one dog.png"])
    assert completed("~/one\\ c") == ("~/one\\ cat.png ", ["one cat.png"])
    assert completed("a '~/one d") == ("a ~/one\\ dog.png ", ["one dog.png"])
    assert completed("~/f") == ("~/folder/", ["folder/"])
    assert completed("~/absent/x") == ("~/absent/x", [])
    assert list(found("~/one\\ cat.png ~nobody-at-all/x").files) == [tmp_path / "one cat.png"]
    with pytest.raises(Reject, match="quotation"):
        found("'~/one")


async def test_the_prompt_completes_with_tab_and_an_empty_line_looks_through_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.txt").write_bytes(b"words")
    (tmp_path / "car.txt").write_bytes(b"other words")
    async with library(tmp_path / "site") as (app, at):
        await at.press("U")
        await at.type("c")
        seen = await at.press("tab")
        assert "car.txt" in seen
        assert "cat.txt" in seen
        await at.type("t")
        await at.press("tab", "enter")
        assert set(await assets(app)) == {"cat.txt"}
        seen = await at.press("U", "enter")
        assert "car.txt" in seen
        await at.press("G", "k", "enter")
        assert set(await assets(app)) == {"cat.txt", "car.txt"}
