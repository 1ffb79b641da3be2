"""A real sshd on a free loopback port, with keys and a folder of its own, for one user who may only come from here."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import free_port

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/client.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
AllowTcpForwarding no
PermitRootLogin prohibit-password
"""


def program() -> str | None:
    """sshd lies where only root looks."""
    return shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


INDEX = ("UV_", "PIP_", "SSL_CERT_", "REQUESTS_CA_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""What may say where packages come from: who logs in has it, too."""


def _environment() -> str:
    told = {name: value for name, value in os.environ.items() if name.upper().startswith(INDEX)}
    # Of several such lines the first one counts alone.
    words = " ".join(f'"{name}={value}"' for name, value in told.items() if '"' not in value)
    return f"SetEnv {words}\n" if words else ""


@contextmanager
def sshd(folder: Path) -> Iterator[dict[str, str]]:
    """The settings that lead there: host, port, key, known_hosts."""
    path = program()
    assert path is not None
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder / name], check=True)
    port = free_port()
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder) + _environment())
    host_key = (folder / "host.pub").read_text().strip()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd as root locks its unprivileged part in
    server = subprocess.Popen([path, "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while server.poll() is None and time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.01)  # a process that starts gives no sign to wait for
        yield {
            "host": f"{getpass.getuser()}@127.0.0.1", "port": str(port), "key": str(folder / "client"),
            "known_hosts": str(folder / "known_hosts"),
        }  # fmt: skip
    finally:
        server.terminate()
        server.wait(20)
