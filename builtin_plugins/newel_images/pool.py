"""Workers that are lent out: who comes first is served first, and nobody waits in an endless line."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any

from newel.contracts.clock import Clock
from newel.contracts.images import BadImage
from newel.errors import Transient
from newel_images.child import Child, Gone, Lost
from newel_images.config import ImagesConfig

_MB = 1 << 20
_TRIES = 3


class Pool:
    """At most ``processes`` workers, each started when it is needed, replaced after ``jobs_each`` jobs, ended when
    idle."""

    def __init__(self, config: ImagesConfig, clock: Clock, log: logging.Logger, *, nice: int = 0) -> None:
        """``nice``: by how much its workers stand back behind other processes of the machine."""
        self._config = config
        self._nice = nice
        self._clock = clock
        self._log = log
        self._idle: list[Child] = []  # the one used last is lent first, so that others can end
        self._lent: set[Child] = set()
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ends: dict[Child, asyncio.Task[None]] = {}
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Of the workers that are there."""
        return sorted(child.pid for child in (*self._idle, *self._lent))

    @property
    def waiting(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._waiting)

    async def network(self) -> str:
        """How a worker, started if need be, is kept off the network. Raises ``Lost`` where none comes up."""
        await self._turn()
        try:
            child = await self._child()
            self._lent.discard(child)
            self._keep(child)
            return child.network
        finally:
            self._free()

    async def job(self, verb: str, **order: Any) -> Any:
        """The worker's answer. Raises ``BadImage``, also where the file killed its worker; ``Transient``."""
        await self._turn()
        try:
            order = {"verb": verb, "cpu_seconds": self._config.cpu_seconds, **order}
            for _ in range(_TRIES):
                try:
                    return await self._asked(await self._child(), order)
                except Gone:  # somebody else ended it, between two jobs
                    continue
                except Lost as error:
                    self._log.error("no image worker starts", extra={"cause": str(error)})
                    break
            raise Transient("images cannot be worked on now", code="images_away", retry_after=30.0) from None
        finally:
            self._free()

    async def close(self) -> None:
        """Ends all workers. Jobs under way are lost, as are those that wait."""
        self._closed = True
        for turn in self._waiting:
            turn.set_exception(_stopping())
        self._waiting.clear()
        for task in self._ends.values():
            task.cancel()
        await asyncio.gather(*self._ends.values(), return_exceptions=True)
        await asyncio.gather(*(child.kill() for child in (*self._idle, *self._lent)))
        self._idle.clear()
        await asyncio.gather(*self._goodbyes)

    async def _asked(self, child: Child, order: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(self._config.seconds):
                answer = await child.ask(order)
        except BaseException as error:
            # It works on for nobody, or is no more.
            self._lent.discard(child)
            await asyncio.shield(self._farewell(child.kill()))
            if isinstance(error, TimeoutError):
                self._log.warning("an image took too long", extra={"verb": order["verb"]})
                raise BadImage(f"the image takes more than {self._config.seconds:g} s to work on") from None
            if isinstance(error, Lost) and self._closed:
                raise _stopping() from None
            if isinstance(error, Lost) and not isinstance(error, Gone):
                self._log.warning(
                    "an image killed its worker",
                    extra={"verb": order["verb"], "cause": str(error), "said": child.words[-300:]},
                )
                raise BadImage("the image cannot be worked on: it takes more time or memory than it may") from None
            raise
        self._lent.discard(child)
        self._keep(child)
        if "ok" in answer:
            return answer["ok"]
        raise BadImage(str(answer.get("bad", "the image is broken")))

    async def _turn(self) -> None:
        if self._closed:
            raise _stopping()
        if self._used < self._config.processes and not self._waiting:
            self._used += 1
            return
        if len(self._waiting) >= self._config.queue:
            raise Transient("too many images wait already", code="images_busy", retry_after=5.0)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._config.wait_seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and not turn.exception():
                self._free()  # it had just been handed over
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Transient("no image worker came free in time", code="images_busy", retry_after=5.0) from None
            raise

    def _free(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._used -= 1

    async def _child(self) -> Child:
        while self._idle:
            child = self._idle.pop()
            self._ends.pop(child).cancel()
            if child.alive:
                self._lent.add(child)
                return child
            await asyncio.shield(self._farewell(child.kill()))
        config = self._config
        child = await Child.start(
            memory=config.memory_mb * _MB,
            file=config.file_mb * _MB,
            cpu=config.jobs_each * (config.cpu_seconds + 1) + 60,
            nice=self._nice,
        )
        self._lent.add(child)
        return child

    def _keep(self, child: Child) -> None:
        if self._closed or child.worn or child.done >= self._config.jobs_each:
            self._farewell(child.end())
            return
        self._idle.append(child)
        self._ends[child] = asyncio.create_task(self._end_when_idle(child), name="newel-images-idle")

    async def _end_when_idle(self, child: Child) -> None:
        await self._clock.sleep(self._config.idle_seconds)
        self._idle.remove(child)
        del self._ends[child]
        await asyncio.shield(self._farewell(child.end()))

    def _farewell(self, goodbye: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(goodbye, name="newel-images-goodbye")
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)
        return task


def _stopping() -> Transient:
    return Transient("images are not worked on any more: the site stops", code="images_away")
