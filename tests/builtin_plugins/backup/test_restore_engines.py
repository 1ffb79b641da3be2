"""A site goes from every engine to every other one by its backups, and is the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen
from tests.builtin_plugins.backup.restored import SHIPPED, backed_up
from tests.builtin_plugins.backup.treesite import Site, streams
from tests.engines import Servers, missing

from newel.app import App
from newel.cli.site import Site as Folder
from newel.contracts.blobs import Blobs
from newel.testing import Client, run_command
from newel_backup.restoring import fence

WAY = ("sqlite", "postgres", "mysql", "sqlite", "mysql", "postgres", "sqlite")
"""Each engine to each other one."""
OFF = '["ssh", "tui", "images", "egress", "plugins_admin", "site", "ratelimit", "storage", "idempotency"]'
PHOTO = b"Not really a photo. " * 300_000  # two pieces


@frozen
class Seen:
    """What a visitor gets, and what a backup is made of."""

    pages: tuple[tuple[bytes, str], ...]
    file: bytes
    streams: dict[str, tuple[int, str]]


def seen(folder: Path, fill: bool = False) -> Seen:
    here = Folder(folder)
    app = here.app()

    async def run() -> Seen:
        async with app.running(serving=True), Client.of(app) as client:
            site = Site(app)
            if fill:
                await _fill(site, app)
            pages = []
            for path in ("post", "post?limit=2&sort=-title", "post?limit=1&expand=friend"):
                answer = await client.get(f"/api/v1/delivery/{path}")
                assert answer.status == 200, answer
                pages.append((answer.body, answer.headers["ETag"]))
            blob = (await site.database.fetch_all("SELECT * FROM media_blobs"))[0]["key"]
            async with app.need(Blobs).get(blob) as found:
                file = b"".join([piece async for piece in found.pieces])
            return Seen(tuple(pages), file, streams(await site.backup(), "audit"))

    return here.run(run())


async def _fill(site: Site, app: App) -> None:
    from tests.builtin_plugins.backup.lua.shop import keep  # these import plugins
    from tests.builtin_plugins.backup.site import Site as Library

    library = Library(app)
    fields = [
        {"name": "title", "type": "text", "indexed": True}, {"name": "price", "type": "number", "indexed": True},
        {"name": "friend", "type": "reference", "options": {"targets": ["post"]}},
    ]  # fmt: skip
    await site.run("types.create", name="post", fields=fields)
    last = None
    for number in range(5):
        data = {"title": f"Post {number} ü\U0001f600\u2028", "price": number / 4, "friend": last}
        entry = await site.run("content.create", type="post", data=data)
        await site.run("content.publish", type="post", id=entry.id)
        last = entry.id
    await library.file("photo.txt", PHOTO)
    await keep(site)


@SHIPPED
@pytest.mark.slow
@pytest.mark.engines
def test_from_every_engine_to_every_other(tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows byte for byte, files, what delivery answers, and its ETags."""
    if absent := [name for name in ("postgres", "mysql") if missing(name)]:
        pytest.skip(f"not here: {', '.join(absent)}")
    monkeypatch.setattr(fence, "LEASE", 0.01)
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "newel.toml").write_text(
        f'[database]\nurl = "sqlite:///data/newel.db"\n[log]\nlevel = "warning"\n[http]\nport = 0\n'
        f"[plugins]\ndisable = {OFF}\n"
    )
    first = seen(folder, fill=True)
    try:
        for number, name in enumerate(WAY[1:]):
            url = f"sqlite:///data/step{number}.db" if name == "sqlite" else servers.databases(name).take(fresh=True)
            backed_up(folder)
            into = ("--into", url, "--with", "all", "--json")
            done = run_command("backup", "restore", "latest", *into, site=folder).ok().json()
            assert done["swapped"]
            now = seen(folder)
            assert (now.pages, now.file) == (first.pages, first.file), name
            assert now.streams == first.streams, name
    finally:
        servers.give_back()
