"""One channel of a session: a terminal, a command, lines of commands, or files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asyncssh.stream import SSHServerStreamSession  # what `session_requested` must answer to have SFTP and more

from newel_ssh.environment import Environment

if TYPE_CHECKING:
    from newel_ssh.door import Door
    from newel_ssh.files.server import Files
    from newel_ssh.sessions import Session

MOST_CHANNELS = 10
SFTP_VERSION = 3
WINDOW, PACKET = 2 * 1024 * 1024, 32_768
"""Bytes that a client may send ahead, and at once."""
TOP_SIZE = (1000, 500)
"""The largest terminal that is believed."""


class Left(Exception):
    """In a channel's input: whoever reads it should leave."""


class Line(SSHServerStreamSession[bytes]):
    """Keeps ``newel_ssh.sessions.Channel``. What it does is up to the door, in a task that outlives the connection for
    as long as it takes to keep what was typed."""

    def __init__(self, door: Door, session: Session) -> None:
        makes = door.files(session) if session.operation is None else None
        factory = None if makes is None else self._filed
        super().__init__(self._begin, factory, SFTP_VERSION, allow_scp=factory is not None)
        self._makes = makes
        self._files: Files | None = None
        self._door = door
        self.session = session
        self.what = "nothing yet"
        self.idle = True
        """Whether what runs here waits for the person, where it is not files."""
        self.why = ""
        self.resized = False
        self.lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def opened(cls, door: Door, session: Session, connection: Any) -> Any:
        """For ``session_requested``; ``False`` where there are too many."""
        if len(session.channels) >= MOST_CHANNELS:
            return False
        channel = connection.create_server_channel(None, "strict", WINDOW, PACKET)
        channel._env = Environment()  # the only place where what is sent can be bounded
        line = cls(door, session)
        session.begun(line)
        return channel, line

    def _filed(self, channel: Any) -> Files:
        assert self._makes is not None  # noqa: S101 - else this is given to nobody
        self._files = self._makes(channel)
        return self._files

    @property
    def waits(self) -> bool:
        return self.idle if self._files is None else self._files.waits

    @property
    def channel(self) -> Any:
        return self._chan

    @property
    def has_terminal(self) -> bool:
        return self.channel.get_terminal_type() is not None

    @property
    def size(self) -> tuple[int, int]:
        width, height = self.channel.get_terminal_size()[:2]
        return min(max(width or 80, 1), TOP_SIZE[0]), min(max(height or 24, 1), TOP_SIZE[1])

    # -- what is asked for ----------------------------------------------------------------------------------------

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        return self.session.operation is None

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem == "sftp" and self._sftp_factory is not None

    def session_started(self) -> None:
        command = self.channel.get_command()
        if self.channel.get_subsystem() == "sftp" or (self._allow_scp and (command or "").startswith("scp ")):
            self.what = "files"
        super().session_started()

    def _begin(self, stdin: Any, stdout: Any, stderr: Any) -> None:
        self._task = self._door.start(self._door.serve(self, stdin, stdout, stderr))

    # -- what happens ---------------------------------------------------------------------------------------------

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.session.active = self._door.app.clock.monotonic()
        super().data_received(data, datatype)

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        if not self.resized:  # of many that nobody has seen yet, one is told
            self.resized = True
            super().terminal_size_changed(width, height, pixwidth, pixheight)

    def break_received(self, msec: int) -> bool:
        return False

    def signal_received(self, signal: str) -> None:
        if signal in ("INT", "TERM", "HUP", "KILL"):
            self.leave("")

    def leave(self, why: str) -> None:
        """A terminal is told; a command is cut off, and files are unless an answer that says so is on its way."""
        self.why = self.why or why
        if self.what == "terminal":
            self.exception_received(Left())
        elif self._task is not None:
            self._task.cancel()
        elif self._files is None or not self._files.gone:  # also one in which nothing has been asked for
            self.channel.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.session.over(self)
        self.session.active = self._door.app.clock.monotonic()
        self.lost.set()
        super().connection_lost(exc)
        if self._task is not None and self.what != "terminal":
            self._task.cancel()
        elif self._task is not None:
            self._door.hurry(self._task)
