"""Deletes a folder with all that is in it, beside the requests: in the name of who asked, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newel import Conflict, NotFound
from newel.contracts.jobs import JobRun
from newel_media.service.tree import Tree
from newel_media.store.listing import Filter

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

BATCH = 100


class Emptying:
    """What the job ``media.delete_folder`` does. Whatever is gone already is no harm, so it may begin again."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    async def folder(self, run: JobRun) -> dict[str, Any]:
        """Answers how much went and how many files stayed because content points at them; with them, their folders."""
        top, force = str(run.payload["folder"]), bool(run.payload["force"])
        tree = Tree(await self._store.folders.all(self._store.db))
        total = await self._store.listing.count(Filter(given={"below": top}))
        gone = {"files": 0, "kept": 0, "folders": 0}
        for id in reversed(list(tree.below(top)) if top in tree.rows else []):
            await self._files(run, id, force, gone, total)
            try:
                await self._app.operations.run("media.delete_folder", {"id": id}, run.call)
            except (Conflict, NotFound):
                continue  # something is in it, or somebody was quicker
            gone["folders"] += 1
        return gone

    async def _files(self, run: JobRun, folder: str, force: bool, gone: dict[str, int], total: int) -> None:
        after: list[Any] = []
        while rows := await self._store.listing.page(Filter(given={"folder": folder}), "oldest", after, BATCH):
            ids = [row["id"] for row in rows]
            after = [ids[-1]]
            many = await self._app.operations.run("media.remove", {"ids": ids, "force": force}, run.call)
            gone["files"] += many.done
            gone["kept"] += sum(one.code == "in_use" for one in many.data)
            await run.progress(gone["files"] + gone["kept"], total, _note(gone))


def _note(gone: dict[str, int]) -> str:
    return f"{gone['files']} files deleted, {gone['kept']} in use"
