"""``/backups`` over SFTP: what lies in the snapshots, to be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from newel import Call, Forbidden, NotFound, Permission
from newel.contracts.files import Node, Path, Reading, Writing
from newel.errors import NewelError
from newel_backup.permissions import BACKUP_READ, BACKUP_RESTORE

if TYPE_CHECKING:
    from newel_backup.work import Work


class _Held:
    """Keeps ``Reading``: the target stays open as long as the file is."""

    def __init__(self, opened: Reading, stack: AsyncExitStack) -> None:
        self._opened = opened
        self._stack = stack

    async def read(self, offset: int, size: int) -> bytes:
        return await self._opened.read(offset, size)

    async def close(self) -> None:
        await self._opened.close()
        await self._stack.aclose()


class BackupTree:
    """Keeps ``FileTree``: ``/backups/<target>/<snapshot>/``. Who reads rows has the hashes of all passwords and tokens:
    that takes the right to restore, and looking around the one to see the backups."""

    name = "backups"
    needs: Permission = BACKUP_READ

    def __init__(self, work: Work) -> None:
        self._work = work

    async def stat(self, call: Call, path: Path) -> Node:
        call.actor.require(BACKUP_READ)
        if not path:
            return Node(name="", folder=True)
        self._work.targets.config(path[0])
        if len(path) == 1:
            return Node(name=path[0], folder=True)
        async with self._work.inside(path[0], path[1]) as inside:
            found = await inside.stat(path[2:])
        return found if len(path) > 2 else Node(name=path[1], folder=True, changed=found.changed)

    async def list(self, call: Call, path: Path) -> AsyncIterator[Sequence[Node]]:
        call.actor.require(BACKUP_READ)
        if not path:
            yield [Node(name=name, folder=True) for name in self._work.targets.names]
        elif len(path) == 1:
            yield [
                Node(name=one.id, folder=True, changed=datetime.fromisoformat(one.at))
                for one in await self._work.snapshots(path[0])
            ]
        else:
            async with self._work.inside(path[0], path[1]) as inside:
                async for page in inside.list(path[2:]):
                    yield page

    async def open(self, call: Call, path: Path) -> Reading:
        from newel_backup.browsing.inside import MANIFEST

        call.actor.require(BACKUP_READ)
        if len(path) < 3:
            raise NotFound("there is no such file")
        if path[2:] != (MANIFEST,):
            call.actor.require(BACKUP_RESTORE)
        stack = AsyncExitStack()
        try:
            inside = await stack.enter_async_context(self._work.inside(path[0], path[1]))
            return _Held(await inside.open(path[2:]), stack)
        except (NewelError, OSError):
            await stack.aclose()
            raise

    async def create(self, call: Call, path: Path) -> Writing:
        raise Forbidden("backups are read here, not written")

    async def make_folder(self, call: Call, path: Path) -> None:
        raise Forbidden("backups are read here, not written")

    remove = remove_folder = make_folder

    async def rename(self, call: Call, old: Path, new: Path) -> None:
        raise Forbidden("backups are read here, not written")
