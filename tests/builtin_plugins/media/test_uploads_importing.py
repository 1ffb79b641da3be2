"""``newel media import``: a folder of this machine comes in, and goes on where it broke off."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.site import Site, image, site
from tests.builtin_plugins.media.test_uploads_archives import places
from tests.builtin_plugins.media.uploading import PDF

from newel.cli import run
from newel_media.uploads.importing import Importing, Local, walk


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What somebody has on their disk."""
    root = tmp_path / "pictures"
    (root / "b" / "c").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "__MACOSX").mkdir()
    files = {
        "a.pdf": PDF, "b/cat.png": image(gps=True), "b/c/dog.png": image(30, 30), "b/bad.exe": b"MZ\x90\0" * 9,
        ".hidden": PDF, ".git/config": PDF, "__MACOSX/x.pdf": PDF, "Thumbs.db": PDF,
    }  # fmt: skip
    for name, data in files.items():
        (root / name).write_bytes(data)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.pdf").write_bytes(PDF + b"secret")
    (root / "link.pdf").symlink_to(outside / "secret.pdf")
    (root / "linked").symlink_to(outside)
    os.mkfifo(root / "pipe.pdf")
    return root


def nothing(_: Local) -> None:
    """Nobody looks."""


def test_what_is_hidden_or_leads_elsewhere_is_left_out(folder: Path) -> None:
    files, left = walk(folder)
    assert [one.shown for one in files] == ["a.pdf", "b/bad.exe", "b/cat.png", "b/c/dog.png"]
    assert sorted(left) == [
        ".git/", ".hidden", "Thumbs.db", "__MACOSX/", "link.pdf", "linked/", "pipe.pdf",
    ]  # fmt: skip


async def test_an_import_that_broke_off_goes_on(library: Site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whichever file: the second time brings the rest, and nothing twice; not even what was changed on its way."""

    class Died(BaseException):
        pass

    media = library.media
    importing = Importing(media.uploads, media.store, media.pipeline)
    files, _ = await asyncio.to_thread(walk, folder)
    for count in range(4):
        bring, left = media.uploads.taking.bring, [count]

        async def dying(*given: Any, bring: Any = bring, left: list[int] = left) -> Any:
            if not left[0]:
                raise Died
            left[0] -= 1
            return await bring(*given)

        monkeypatch.setattr(media.uploads.taking, "bring", dying)
        with pytest.raises(Died):
            await importing.run(library.call(), files, ("In", "here"), False, nothing)
        monkeypatch.undo()
    rehearsed = await importing.rehearse(files, ("In", "here"), nothing)
    outcomes = await importing.run(library.call(), files, ("In", "here"), False, nothing)
    assert [one.state for one in outcomes] == ["there", "failed", "there", "stored"]
    assert [one.state for one in rehearsed] == ["there", "failed", "stored", "stored"], "it does not look into images"
    assert "not allowed" in (outcomes[1].detail or "")
    assert set(await places(library)) == {"In/here/a.pdf", "In/here/b/cat.png", "In/here/b/c/dog.png"}
    assert len(await library.rows("assets")) == 3


async def test_other_content_of_the_same_name_is_another_asset(library: Site, folder: Path) -> None:
    media = library.media
    importing = Importing(media.uploads, media.store, media.pipeline)
    files, _ = await asyncio.to_thread(walk, folder)
    await importing.run(library.call(), files[:1], (), True, nothing)
    await asyncio.to_thread((folder / "a.pdf").write_bytes, PDF + b"new")
    outcomes = await importing.run(library.call(), files[:1], (), True, nothing)
    assert [one.state for one in outcomes] == ["stored"]
    assert {(row["name"], row["private"], row["folder"], row["source"]) for row in await library.rows("assets")} == {
        ("a.pdf", 1, "", "import")
    }
    assert len(await library.rows("assets")) == 2


async def test_what_cannot_be_read_is_told(library: Site, folder: Path) -> None:
    media = library.media
    importing = Importing(media.uploads, media.store, media.pipeline)
    files, _ = await asyncio.to_thread(walk, folder)
    await asyncio.to_thread((folder / "a.pdf").unlink)
    for outcomes in (
        await importing.run(library.call(), files[:1], (), False, nothing),
        await importing.rehearse(files[:1], (), nothing),
    ):
        assert [(one.state, one.detail) for one in outcomes] == [
            ("failed", "cannot be read: No such file or directory")
        ]


@pytest.mark.slow
@pytest.mark.engines("sqlite")  # about the command; what it does is tried on each above
def test_the_command(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    site_of = ["--site", str(home)]
    assert run([*site_of, "media", "import", str(folder), "--to", "x"]) != 0, "there is no site"
    assert run([*site_of, "init"]) == 0
    (folder / "b" / "cat.png").unlink()
    (folder / "b" / "c" / "dog.png").unlink()
    (folder / "b" / "two.pdf").write_bytes(PDF + b"2")
    capsys.readouterr()
    command = [*site_of, "media", "import", str(folder), "--to", "/Trips/2026/"]
    assert run([*command, "--dry-run"]) == 3
    assert capsys.readouterr().out == "2 would be stored, 0 there already, 1 refused, 7 left out\n"
    assert run([*command, "--private"]) == 3
    told = capsys.readouterr()
    assert told.out == "2 stored, 0 there already, 1 refused, 7 left out\n"
    assert "b/bad.exe: files of the type" in told.err
    (folder / "b" / "bad.exe").unlink()
    assert run([*command, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["stored"], answer["there"], answer["failed"], len(answer["skipped"])) == (0, 2, 0, 7)
    assert [(one["name"], one["state"]) for one in answer["files"]] == [("a.pdf", "there"), ("b/two.pdf", "there")]
    assert run([*site_of, "media", "import", str(folder / "nowhere"), "--to", "x"]) == 2
    assert run([*site_of, "media", "import", str(folder)]) == 2
