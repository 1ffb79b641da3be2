"""One connection as the kit understands it. See ``newel.sql.link``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from newel.contracts.database import Away, Contention, Row, Value
from newel.sql.held import Held
from newel.sql.link import Cursor, Values
from newel.sql.parameters import Prepared
from newel_mysql.codecs import literal, sendable
from newel_mysql.faults import DEADLOCK, number_of, translated
from newel_mysql.sessions import Limits
from newel_mysql.statements import Answer, Statements, is_long, plain
from newel_mysql.streams import Unread

T = TypeVar("T")
GRACE = 15.0
"""Seconds more than the server's own limits that an answer may take, before the connection is given up."""
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_IN_TRANSACTION = 1  # a bit of what the server says of itself in each answer


class MysqlLink:
    """A statement runs in a task of its own, which nobody cancels: half an answer would make the connection useless.
    Who is cancelled has it stopped by the server and waits for its end (``settle``)."""

    fragile = False

    def __init__(self, held: Held[Any], stop: Callable[[int], Awaitable[None]], limits: Limits, kept: int) -> None:
        self._held = held
        self._raw = held.raw
        self._stop_thread = stop
        self._limits = limits
        self._statements = Statements(held.raw, kept, limits.unlimited)
        self._loop = asyncio.get_running_loop()
        self._pending: asyncio.Task[Any] | None = None
        self._unread: Unread | None = None
        self._open = False  # between ``begin`` and the end
        self._lifted = False
        self._undone = False  # the server undid the transaction, and would run the rest of it without one

    @property
    def broken(self) -> bool:
        # What the server closed meanwhile, the driver says to itself only.
        return not self._raw.connected or self._raw._stream_broken

    # -- statements ---------------------------------------------------------------------------------------------

    async def fetch(self, text: Prepared, values: Values) -> list[Row]:
        return (await self._run(text, values)).all()

    async def fetch_one(self, text: Prepared, values: Values) -> Row | None:
        return (await self._run(text, values)).first()

    async def run(self, text: Prepared, values: Values) -> int:
        return (await self._run(text, values)).count

    async def _run(self, text: Prepared, values: Values) -> Answer:
        arguments = sendable(text.arguments(values))
        patience = GRACE if text.reads or not is_long(text.sql) else None
        return await self._do(lambda: self._statements.run(text, arguments), text.sql, patience)

    async def run_many(self, text: Prepared, rows: Sequence[Mapping[str, Value]]) -> int:
        arguments = [sendable(text.arguments(row)) for row in rows]
        return await self._do(lambda: self._statements.run_many(text, arguments), text.sql, patience=None)

    async def stream(self, text: Prepared, values: Values) -> Cursor:
        written = text.sql % tuple(map(literal, text.arguments(values))) if text.names else plain(text.sql)
        unread = Unread(self._raw, self._stop)

        async def opened() -> None:
            if self._limits.off:
                await self._statements.command(self._limits.off)
                self._lifted = True
            await unread.open(self._limits.unlimited + written)
            self._unread = unread

        await self._do(opened, text.sql, patience=None)
        return _Stream(self, unread, text.sql)

    async def command(self, text: str) -> None:
        await self._do(lambda: self._statements.command(text), text)

    async def begin(self, *, read_only: bool) -> None:
        self._open = True
        if read_only:
            await self._do(lambda: self._statements.command(_SNAPSHOT), _SNAPSHOT)
        else:
            await self._do(self._raw.begin, "BEGIN")

    async def commit(self) -> None:
        self._open = False  # also for what runs now: no other begins by itself
        await self._do(self._raw.commit, "COMMIT")
        await self._limited()

    async def roll_back(self) -> None:
        self._open = self._undone = False
        await self._do(self._raw.rollback, "ROLLBACK")
        await self._limited()

    async def _limited(self) -> None:
        """Puts the limit back that a stream lifted."""
        if self._lifted:
            self._lifted = False
            await self._do(lambda: self._statements.command(self._limits.on), self._limits.on)

    # -- one after the other ------------------------------------------------------------------------------------

    async def _do(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        text: str,
        patience: float | None = GRACE,
        reading: Unread | None = None,
    ) -> T:
        if self._undone:
            raise Contention("another transaction was in the way")
        answered: asyncio.Future[T] = self._loop.create_future()
        self._pending = self._loop.create_task(_told(self._next(work, text, reading), answered))
        timer = None
        if patience is not None and self._limits.seconds is not None:
            timer = self._loop.call_later(self._limits.seconds + patience, self.abort)
        try:
            answer = await answered
        except asyncio.CancelledError:
            raise  # the task stays for ``settle``
        except Exception as error:
            self._pending = None
            told = translated(error, text)
            if isinstance(told, Contention):
                await self._contended(error)
            elif isinstance(told, Away) or (number_of(error) is None and not _unsendable(error)):
                self.abort()  # lost, or an answer that the driver does not understand: nobody knows what comes next
            if told is error:
                raise
            raise told from error
        else:
            self._pending = None
            return answer
        finally:
            if timer is not None:
                timer.cancel()

    async def _next(self, work: Callable[[], Coroutine[Any, Any, T]], text: str, reading: Unread | None) -> T:
        if self._unread is not None and self._unread is not reading:
            # Whoever ends the transaction wants no more rows.
            await (self._unread.keep() if self._open else self._unread.drop())
            self._unread = None
        answer: T = await self._held.ask(lambda raw: work())
        if self._open is not bool(self._raw.server_status & _IN_TRANSACTION):
            if not self._open or not is_long(text):
                self.abort()  # whoever uses it next would not know where he is
                raise RuntimeError(f"use Database.transaction() instead of {text}")
            # The server commits when a table is made or changed. What follows must not be committed one by one.
            await self._raw.begin()
        return answer

    async def _contended(self, error: Exception) -> None:
        """Nothing of the transaction may be left: a lock that was waited for too long undid the statement only."""
        if not self._open:
            return
        self._open = False
        if number_of(error) not in DEADLOCK:
            await self._do(self._raw.rollback, "ROLLBACK")
        self._undone = True

    async def read(self, unread: Unread, text: str) -> list[Row]:
        """The next rows of a stream."""
        if unread.over or unread is not self._unread:
            return await unread.more()
        return await self._do(unread.more, text, patience=None, reading=unread)

    async def drop(self, unread: Unread, text: str) -> None:
        """Ends a stream."""
        if not unread.over and unread is self._unread:
            await self._do(unread.drop, text, reading=unread)

    # -- the end ----------------------------------------------------------------------------------------------------

    async def _stop(self) -> None:
        await self._stop_thread(int(self._raw.thread_id()))

    async def settle(self) -> None:
        task = self._pending
        if task is None:
            return
        if not task.done():
            await self._stop()
            await asyncio.wait((task,))
        self._pending = None

    async def ping(self) -> None:
        await self._do(lambda: self._raw.ping(reconnect=False), "PING")

    async def close(self) -> None:
        try:
            async with asyncio.timeout(2):
                await self.settle()
                await self._held.close()
        except Exception:  # noqa: BLE001 - whatever the farewell met: it is closed all the same
            self.abort()

    def abort(self) -> None:
        self._raw.close()


async def _told(work: Coroutine[Any, Any, T], answered: asyncio.Future[T]) -> None:
    """Runs in the task that nobody cancels. Its caller may be gone; else it is told at once (``shield`` takes a turn of
    the loop more)."""
    try:
        answer = await work
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        if not answered.done():
            answered.set_exception(error)
    else:
        if not answered.done():
            answered.set_result(answer)


def _unsendable(error: Exception) -> bool:
    """A value was wrong, and nothing has been sent."""
    return isinstance(error, TypeError | ValueError) and not isinstance(error, UnicodeDecodeError)


class _Stream:
    """A cursor of the kit."""

    def __init__(self, link: MysqlLink, unread: Unread, text: str) -> None:
        self._link = link
        self._unread = unread
        self._text = text

    async def more(self) -> list[Row]:
        return await self._link.read(self._unread, self._text)

    async def close(self) -> None:
        await self._link.drop(self._unread, self._text)
