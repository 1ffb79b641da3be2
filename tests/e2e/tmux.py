"""A real terminal: tmux, with a real client in it, driven by keys and read as text."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support import Site, environment

SECONDS = 20.0
"""How long something may take to be seen before a test fails."""
needs_tmux = pytest.mark.skipif(
    not (shutil.which("tmux") and shutil.which("ssh")), reason="no tmux and OpenSSH client here: apt install tmux"
)


class Terminal:
    """One tmux server with one window, 80 by 24 where nothing else is said."""

    def __init__(self, command: Sequence[str], *, width: int = 80, height: int = 24, **variables: str) -> None:
        self._name = f"newel-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        variables = {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | variables
        self._environment = environment(**variables)
        line = shlex.join(["env", *(f"{name}={value}" for name, value in variables.items()), *command])
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
            f"{line}; echo \"exit status $?\"; sleep 600",
        )  # fmt: skip
        self._tmux("set", "-g", "status", "off")
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def _tmux(self, *arguments: str) -> str:
        ran = subprocess.run(
            ["tmux", "-u", "-L", self._name, *arguments],
            capture_output=True, text=True, timeout=30, check=True, env=self._environment,
        )  # fmt: skip
        return ran.stdout

    def keys(self, *names: str) -> Terminal:
        """Presses keys by tmux's names: ``Enter``, ``Escape``, ``C-d``, ``j``."""
        self._tmux("send-keys", *names)
        return self

    def type(self, text: str) -> Terminal:
        self._tmux("send-keys", "-l", text)
        return self

    def paste(self, file: Path) -> Terminal:
        """As a terminal pastes: bracketed where the program asked for it."""
        self._tmux("load-buffer", str(file))
        self._tmux("paste-buffer", "-p")
        return self

    def resize(self, width: int, height: int) -> Terminal:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))
        return self

    def screen(self, *, colours: bool = False) -> str:
        """What is seen, without the spaces at the ends of lines."""
        seen = self._tmux("capture-pane", "-p", *(["-e"] if colours else []))
        return "\n".join(line.rstrip() for line in seen.split("\n")).rstrip("\n")

    def modes(self) -> dict[str, bool]:
        """What a program has asked of the terminal and not taken back."""
        names = {"alternate": "alternate_on", "mouse": "mouse_any_flag", "cursor": "cursor_flag"}
        told = self._tmux("display-message", "-p", " ".join(f"#{{{one}}}" for one in names.values())).split()
        return {name: one == "1" for name, one in zip(names, told, strict=True)}

    def signal(self, name: str) -> Terminal:
        """To the terminal admin that runs here."""
        tty = self._tmux("display-message", "-p", "#{pane_tty}").strip().removeprefix("/dev/")
        listed = subprocess.run(
            ["ps", "-ww", "-t", tty, "-o", "pid=,args="], capture_output=True, text=True, check=True
        )
        found = [line.split()[0] for line in listed.stdout.splitlines() if "-m newel" in line and line.endswith(" tui")]
        os.kill(int(found[-1]), getattr(signal, f"SIG{name}"))
        return self

    def until(self, *texts: str, without: str = "") -> str:
        """The screen, as soon as all these texts are on it (and another one is not)."""
        deadline = time.monotonic() + SECONDS
        while True:
            seen = self.screen()
            if all(text in seen for text in texts) and not (without and without in seen):
                return seen
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for {texts}{' without ' + without if without else ''}; seen:\n{seen}")
            time.sleep(0.03)

    def shows(self, *texts: str) -> str:
        """The screen as soon as all these texts are on it; or what it is a few seconds later."""
        deadline = time.monotonic() + SECONDS / 4
        while not all(text in (seen := self.screen()) for text in texts) and time.monotonic() < deadline:
            time.sleep(0.03)
        return seen

    def becomes(self, text: str, told: Callable[[str], str]) -> str:
        """The screen as soon as it reads so, as ``told`` reads it; or what it is a few seconds later."""
        deadline = time.monotonic() + SECONDS / 4
        while told(seen := self.screen()) != text and time.monotonic() < deadline:
            time.sleep(0.03)
        return seen

    def waited(self, seen: str) -> bool:
        """Whether the screen has changed, or there is time left for it to."""
        deadline = time.monotonic() + SECONDS
        while self.screen() == seen and time.monotonic() < deadline:
            time.sleep(0.03)
        return time.monotonic() < deadline

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], capture_output=True, check=False, timeout=30)


@contextmanager
def terminal(command: Sequence[str], *, width: int = 80, height: int = 24, **variables: str) -> Iterator[Terminal]:
    """A terminal that runs a command; it says ``exit status`` when that has ended."""
    opened = Terminal(command, width=width, height=height, **variables)
    try:
        yield opened
    finally:
        opened.close()


def ssh(site: Site, key: Path, *more: str, user: str = "newel") -> list[str]:
    """OpenSSH's client for this site and nothing of this machine's own configuration."""
    options = [
        "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={key.parent / 'known_hosts'}", "IdentitiesOnly=yes",
        "LogLevel=ERROR", "PasswordAuthentication=no", "IdentityAgent=none",
    ]  # fmt: skip
    chosen = [part for option in options for part in ("-o", option)]
    return ["ssh", "-F", "/dev/null", *chosen, "-p", str(site.ssh_port), "-i", str(key), *more, f"{user}@127.0.0.1"]


def new_key(folder: Path, name: str = "id") -> Path:
    """An Ed25519 key of OpenSSH's making."""
    file = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(file)], check=True, timeout=30
    )
    return file
