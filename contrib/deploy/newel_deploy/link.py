"""The way to the server: an OpenSSH client that knows the host's key, and no words in a remote shell but ours."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from newel_deploy.bundle import far
from newel_deploy.profile import Profile

# Takes a ZIP of so many bytes from standard input and goes on in it. Everything else comes as data.
LOADER = (
    "import sys,tempfile;s=sys.stdin.buffer;z=tempfile.NamedTemporaryFile(suffix='.zip');"
    "z.write(s.read(int(s.readline(20))));z.flush();sys.path.insert(0,z.name);"
    "from newel_deploy.far.main import main;sys.exit(main())"
)


def command(profile: Profile) -> list[str]:
    """The client and its options: never asks, takes no unknown host, forwards nothing."""
    options = [
        "BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ForwardAgent=no", "ForwardX11=no",
        "ClearAllForwardings=yes", "PermitLocalCommand=no", "ConnectTimeout=15", "ServerAliveInterval=15",
        "ServerAliveCountMax=8", *([f"UserKnownHostsFile={profile.known_hosts}"] if profile.known_hosts else []),
        *(["IdentitiesOnly=yes"] if profile.key else []),
    ]  # fmt: skip
    return [
        "ssh", "-T", *(part for one in options for part in ("-o", one)),
        "-p", str(profile.port), *(["-i", profile.key] if profile.key else []),
        "--", profile.host, f"exec {shlex.quote(profile.python)} -I -c {shlex.quote(LOADER)}",
    ]  # fmt: skip


def send(profile: Profile, order: dict[str, Any], pieces: Iterable[bytes] = ()) -> int:
    """Runs an order on the server; what it says appears here. Answers its exit code; 255: ssh did not get there."""
    program = far()
    with subprocess.Popen(command(profile), stdin=subprocess.PIPE) as client:
        assert client.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError):  # it refused before it had read all: it says why
            client.stdin.write(f"{len(program)}\n".encode() + program + json.dumps(order).encode() + b"\n")
            client.stdin.flush()
            for piece in pieces:
                client.stdin.write(piece)
            client.stdin.close()
        return client.wait()
