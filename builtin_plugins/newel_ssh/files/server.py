"""The server of one channel: what SFTP and SCP ask, asked of the trees.

``asyncssh`` takes requests one at a time and in their order, and speaks SCP to the same methods.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from weakref import WeakSet

import asyncssh
from asyncssh import SFTPAttrs, SFTPError, SFTPName, SFTPVFSAttrs

from newel.contracts.files import FileTree, Node, Path
from newel.errors import Conflict, NewelError, NotFound, Reject
from newel_ssh.files.errors import translated
from newel_ssh.files.handles import Handle
from newel_ssh.files.nodes import ROOT, attributes, named, room
from newel_ssh.files.paths import resolved, written
from newel_ssh.files.refusing import Refusing
from newel_ssh.files.trees import trees_of

if TYPE_CHECKING:
    from asyncssh import SSHServerChannel

    from newel.app import App
    from newel.context import Call
    from newel.contracts.terminal import Visitor

T = TypeVar("T")
P = ParamSpec("P")
OPEN = 64
"""Files that a session may have open, and folders."""
SENTENCES = 100
"""Refusals whose reason is written to a session's standard error."""
RENAMED = 1000
"""Files whose other name a session remembers."""


def answered(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A request whose errors are those of SFTP."""

    @wraps(method)
    async def run(*given: P.args, **named: P.kwargs) -> T:
        server = _server(given)
        server.asked += 1
        try:
            return await method(*given, **named)
        except SFTPError:
            server.leave()
            raise
        except Exception as error:  # asyncssh would send its text to the client
            raise server.told(error) from error
        finally:
            server.asked -= 1

    return run


def _server(given: tuple[object, ...]) -> Files:
    assert isinstance(given[0], Files)  # noqa: S101 - a method of it
    return given[0]


class Files(Refusing):
    """Each request asks anew who the visitor is."""

    def __init__(self, channel: SSHServerChannel[bytes], app: App, visitor: Visitor) -> None:
        super().__init__(channel, "there is nothing like that here")
        self._app = app
        self._visitor = visitor
        self._handles: set[Handle] = set()
        self._listings: WeakSet[Any] = WeakSet()
        self._renamed: dict[Path, Path] = {}
        self._sentences = SENTENCES
        self._legacy = channel.get_command() is not None
        self.asked = 0
        """Requests that are being answered."""
        self.gone = False
        """Whether the visitor has been told that they are nobody here any more."""

    @property
    def waits(self) -> bool:
        """Whether nothing is under way; with old SCP that cannot be told."""
        return not (self._handles or self.asked or self._legacy)

    def refusal(self) -> SFTPError:
        return asyncssh.SFTPOpUnsupported(self._why)

    # -- who asks, and what they hear -----------------------------------------------------------------------------

    async def _call(self) -> Call:
        actor = None if self.gone else await self._visitor.actor()
        if actor is None:
            self.gone = True
            raise asyncssh.SFTPPermissionDenied("you are not signed in any more")
        return self._app.call(actor, self._visitor.door, ip=self._visitor.ip)

    def leave(self) -> None:
        """Cuts the line of who has no business here any more, behind the answer that is on its way."""
        if self.gone:
            asyncio.get_running_loop().call_soon(self.connection.close)

    def told(self, error: Exception) -> SFTPError:
        """The error that the client gets. Most clients show its code only, so the reason goes to standard error too;
        that something is not there they ask about all the time."""
        if isinstance(error, NewelError):
            found = translated(error)
        else:
            self._app.log.error("a request for files failed", exc_info=error)
            found = asyncssh.SFTPFailure("something went wrong here; the log of the site says what")
        if not isinstance(error, NotFound):
            self._say(found.reason)
        return found

    def _say(self, text: str) -> None:
        if self._sentences and not self._legacy and not self.channel.is_closing():
            self._sentences -= 1
            with suppress(OSError):  # it may be on its way out
                self.channel.write_stderr(f"newel: {text}\r\n".encode())

    def _tree(self, call: Call, path: Path) -> tuple[FileTree, Path]:
        """The tree, and the path in it."""
        tree = trees_of(self._app).get(path[0])
        if tree is None or not call.actor.may(tree.needs):
            raise NotFound(f"there is no '{written(path[:1])}'")
        return tree, path[1:]

    def _meant(self, raw: bytes) -> Path:
        """The path, or that which a file sent to it has got instead."""
        path = resolved(raw)
        return self._renamed.get(path, path)

    async def _inside(self, raw: bytes, verb: str) -> tuple[Call, FileTree, Path]:
        """For what changes something: not about the root and the trees themselves."""
        call, path = await self._call(), self._meant(raw)
        if len(path) < 2:
            raise asyncssh.SFTPPermissionDenied(f"{written(path)} cannot be {verb}")
        return call, *self._tree(call, path)

    # -- looking --------------------------------------------------------------------------------------------------

    async def _node(self, call: Call, path: Path) -> Node:
        if not path:
            return ROOT
        tree, rest = self._tree(call, path)
        return await tree.stat(call, rest)

    @answered
    async def stat(self, path: bytes) -> SFTPAttrs:
        call = await self._call()
        node = await self._node(call, self._meant(path))
        if self._legacy and node.size is None:
            raise Reject("how long this is, is known when it has been read: take it by SFTP (scp without -O)")
        return attributes(node, call.now)

    lstat = stat

    @answered
    async def fstat(self, file_obj: object) -> SFTPAttrs:
        assert isinstance(file_obj, Handle)  # noqa: S101 - asyncssh gives back what `open` made
        call = await self._call()
        if file_obj.writing is not None:
            return attributes(Node(name=file_obj.path[-1], size=file_obj.end, writable=True), call.now)
        return attributes(await self._node(call, file_obj.path), call.now)

    def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        if len(self._listings) >= OPEN:
            raise self.told(Conflict(f"a session may have {OPEN} folders open"))
        names = self._names(path)
        self._listings.add(names)
        return names

    async def _names(self, raw: bytes) -> AsyncIterator[SFTPName]:
        try:
            call, path = await self._call(), self._meant(raw)
            for dots in (".", ".."):
                yield named(ROOT, call.now, dots)
            if not path:
                for name, tree in sorted(trees_of(self._app).items()):
                    if call.actor.may(tree.needs):
                        yield named(await tree.stat(call, ()), call.now, name)
                return
            tree, rest = self._tree(call, path)
            async for page in tree.list(call, rest):
                for node in page:
                    yield named(node, call.now)
                await self._call()  # whether they may still look
        except SFTPError:
            self.leave()
            raise
        except Exception as error:
            raise self.told(error) from error

    @answered
    async def realpath(self, path: bytes) -> bytes:
        await self._call()
        return written(resolved(path)).encode()

    @answered
    async def statvfs(self, path: bytes) -> SFTPVFSAttrs:
        await self._node(await self._call(), self._meant(path))
        return room()

    @answered
    async def fstatvfs(self, file_obj: object) -> SFTPVFSAttrs:
        await self._call()
        return room()

    # -- files ----------------------------------------------------------------------------------------------------

    @answered
    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:
        if len(self._handles) >= OPEN:
            raise Conflict(f"a session may have {OPEN} files open")
        writes = pflags & asyncssh.FXF_WRITE
        if pflags & asyncssh.FXF_APPEND or (writes and pflags & asyncssh.FXF_READ):
            raise Reject("files are sent whole here: open it for reading or for writing, not to go on with it")
        call, tree, rest = await self._inside(path, "opened")
        handle = Handle(path=(tree.name, *rest))
        if not writes:
            handle.reading = await tree.open(call, rest)
        else:
            if pflags & asyncssh.FXF_EXCL:
                await self._absent(call, tree, rest)
            handle.writing = await tree.create(call, rest)
        self._handles.add(handle)
        return handle

    async def _absent(self, call: Call, tree: FileTree, path: Path) -> None:
        with suppress(NotFound):
            await tree.stat(call, path)
            raise Conflict("it is there already", code="name_taken")

    @answered
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        assert isinstance(file_obj, Handle)  # noqa: S101 - as above
        await self._call()
        if file_obj.reading is None:
            raise Reject("this file is open for writing")
        return await file_obj.reading.read(offset, size)

    @answered
    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        assert isinstance(file_obj, Handle)  # noqa: S101 - as above
        await self._call()
        if file_obj.writing is None:
            raise Reject("this file is open for reading")
        await file_obj.writing.write(offset, data)
        file_obj.end = max(file_obj.end, offset + len(data))
        return len(data)

    async def close(self, file_obj: object) -> None:  # type: ignore[override]  # asyncssh awaits what it gets
        assert isinstance(file_obj, Handle)  # noqa: S101 - as above
        self._handles.discard(file_obj)
        try:
            await self._closed(file_obj)
        except SFTPError as error:
            # Old SCP has no place for a refusal behind the last byte but one that ends all of it.
            error.fatal = self._legacy  # type: ignore[attr-defined]  # its own mark
            raise

    @answered
    async def _closed(self, handle: Handle) -> None:
        if handle.reading is not None:
            await handle.reading.close()
        if handle.writing is None:
            return
        if self._broken():
            await handle.writing.abort()
            return
        try:
            name = await handle.writing.finish(await self._call())
        except BaseException:
            await handle.writing.abort()
            raise
        if name != handle.path[-1]:
            self._say(f"{written(handle.path)} is called {name} here")
            if len(self._renamed) < RENAMED:
                self._renamed[handle.path] = (*handle.path[:-1], name)

    def _broken(self) -> bool:
        """Whether the client has gone. ``asyncssh`` closes what is open then by the same method, and tells nobody why;
        a client that is there waits for the answer."""
        return self.channel.is_closing() or getattr(self.channel, "_recv_state", "") != "open"

    @answered
    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Times and modes are taken and forgotten: clients set them after each file and stop when they cannot."""
        await self._node(await self._call(), self._meant(path))
        if attrs.size is not None:
            raise Reject("files are sent whole here")

    lsetstat = setstat

    @answered
    async def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        assert isinstance(file_obj, Handle)  # noqa: S101 - as above
        await self._call()
        if attrs.size is not None and (file_obj.writing is None or attrs.size != file_obj.end):
            raise Reject("files are sent whole here")

    @answered
    async def fsync(self, file_obj: object) -> None:
        """What is on its way is in no tree yet."""
        await self._call()

    def exit(self) -> None:
        """Programs look at the status of a session that has ended; for old SCP ``asyncssh`` sets it."""
        if not self._legacy and not self.channel.is_closing():
            self.channel.exit(0)

    # -- changing trees -------------------------------------------------------------------------------------------

    @answered
    async def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        call, tree, rest = await self._inside(path, "made")
        await tree.make_folder(call, rest)

    @answered
    async def rmdir(self, path: bytes) -> None:
        call, tree, rest = await self._inside(path, "deleted")
        await tree.remove_folder(call, rest)

    @answered
    async def remove(self, path: bytes) -> None:
        call, tree, rest = await self._inside(path, "deleted")
        await tree.remove(call, rest)
        self._renamed.pop(resolved(path), None)

    @answered
    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Also for ``posix-rename``: what is there already stays, whatever the client hopes."""
        call, tree, old = await self._inside(oldpath, "renamed")
        _, other, new = await self._inside(newpath, "made")
        if other is not tree:
            raise Reject("nothing moves from one tree into another")
        await tree.rename(call, old, new)
        self._renamed.pop(resolved(oldpath), None)

    posix_rename = rename
