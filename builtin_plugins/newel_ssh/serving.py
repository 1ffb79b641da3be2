"""What a channel does: the terminal admin, a command, or commands line by line."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import asyncssh

from newel.commands.performing import perform, perform_operation
from newel.contracts.terminal import TerminalAdmin
from newel_ssh.console import SshConsole
from newel_ssh.terminal import SshTerminal

if TYPE_CHECKING:
    from newel_ssh.door import Door
    from newel_ssh.line import Line
    from newel_ssh.visitor import SshVisitor

Ends = tuple[Any, Any, Any]
USAGE, FAILED, FORBIDDEN = 2, 1, 6
MOST_LINE = 65_536
GREETING = "Newel: a command a line; `help` lists them, `exit` leaves"
NO_TERMINAL = "the terminal admin is switched off here (the plugin tui): run commands, such as `ssh HOST help`"


async def served(door: Door, line: Line, ends: Ends) -> None:
    """Until it is done; tells the exit code and closes the channel."""
    code = FAILED
    try:
        code = await _kind(door, line, ends)
    except (asyncssh.Error, OSError):  # nobody is there any more
        code = FAILED
    except Exception:
        door.app.log.exception("the SSH door failed", extra={"session": line.session.id})
        ends[2].write(b"newel: something went wrong here; the log of the site says what\n")
    finally:
        if not line.lost.is_set():
            if line.why and line.what != "terminal":
                ends[2].write(f"newel: {line.why}\n".encode())
            line.channel.exit(code)


async def _kind(door: Door, line: Line, ends: Ends) -> int:
    command = line.channel.get_command()
    visitor = door.visitor(line.session)
    if line.session.operation is None and command is None:
        if line.has_terminal:
            return await _terminal(door, line, ends, visitor)
        return await _lines(door, line, ends, visitor)
    line.what, line.idle = (line.session.operation or _shown(command)), False
    return await _command(door, line, ends, visitor, command or "")


async def _terminal(door: Door, line: Line, ends: Ends, visitor: SshVisitor) -> int:
    admin = door.app.find(TerminalAdmin)
    if admin is None:
        ends[2].write(f"newel: {NO_TERMINAL}\r\n".encode())
        return FAILED
    line.what = "terminal"
    code = await admin.serve(SshTerminal(line, ends[0], ends[1]), visitor)
    if line.why:
        ends[2].write(f"newel: {line.why}\r\n".encode())
    return code


async def _command(door: Door, line: Line, ends: Ends, visitor: SshVisitor, text: str, *, lines: bool = False) -> int:
    actor = await visitor.actor()
    if actor is None:
        return FORBIDDEN
    call = door.app.call(actor, visitor.door, ip=visitor.ip)
    console = SshConsole(door.app, call, ends, raw=line.has_terminal, lines=lines)
    try:
        words = shlex.split(text)
    except ValueError as error:
        await console.err(f"newel: the command cannot be read: {error}\n")
        return USAGE
    if line.session.operation is not None:
        return await perform_operation(line.session.operation, words, console)
    return await perform(words, console)


async def _lines(door: Door, line: Line, ends: Ends, visitor: SshVisitor) -> int:
    """A small language: a command a line, ``#`` begins a remark. Ends with the code of the last command."""
    line.what = "lines"
    ends[2].write(f"{GREETING}\n".encode())
    code = 0
    while True:
        data: bytes = await ends[0].readline()
        if len(data) > MOST_LINE:
            ends[2].write(f"newel: a line is over {MOST_LINE:,} bytes\n".encode())
            return USAGE
        text = data.decode("utf-8", "replace").strip()
        if not data or text in ("exit", "quit"):
            return code
        if not text or text.startswith("#"):
            continue
        line.idle = False
        code = await _command(door, line, ends, visitor, text, lines=True)
        line.idle = True
        if line.session.ended is not None:
            return code


def _shown(command: str) -> str:
    """The first words only: arguments are content, and may be secret."""
    return " ".join(word for word in command.split()[:2] if word.replace("-", "").replace(".", "").isalnum())[:80]
