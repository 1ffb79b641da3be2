"""Several nodes of one site on one PostgreSQL, with Caddy and our Caddyfile in front of them."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, frozen

from tests.servers import Absent
from tests.support import HASH, Reply, Site, environment, free_port, free_ports, start

ROOT = Path(__file__).parent.parent
CADDY = ROOT / ".venv/tools/bin/caddy"
CADDYFILE = ROOT / "docker/Caddyfile"
LEAN = ("--set", "plugins.disable=backup,db,demo,egress,images,lua,media,site,ssh,storage,tui")
"""What the load does not need, left out so that nodes start sooner."""


@define
class Node:
    """One process of the site, always on the same port."""

    folder: Path
    port: int
    settings: Sequence[str]
    site: Site | None = None

    def start(self, token: str = "") -> Site:
        """The first start of a site tells its token, later ones are given it."""
        self.site = start(self.folder, settings=self.settings, token=token, until_ready=bool(token))
        return self.site

    def kill(self) -> None:
        assert self.site is not None
        self.site.kill()

    def stop(self) -> int:
        """Gracefully; the exit code."""
        assert self.site is not None
        return self.site.stop()

    def end(self) -> None:
        if self.site is not None and self.site.process.poll() is None:
            self.site.stop()

    def api(self, method: str, path: str, data: Any = None) -> Reply:
        """Asks this node, past the proxy."""
        assert self.site is not None
        return self.site.api(method, path, data)


def node(folder: Path, database: str, *more: str) -> Node:
    """A node that shares its folder with its sisters, as replicas of a container share the volumes."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    chosen = {
        "http.port": port,
        "http.access_log": "false",
        "http.trusted_proxies": "127.0.0.1",
        "database.url": database,
    }
    settings = tuple(part for key, value in chosen.items() for part in ("--set", f"{key}={value}"))
    return Node(folder, port, (*HASH, *settings, *more))


@frozen
class Proxy:
    """Caddy, running."""

    process: subprocess.Popen[bytes]
    port: int
    plain: int
    """Where HTTP without TLS is."""
    folder: Path
    log: Path

    def trust(self) -> ssl.SSLContext:
        """Believes Caddy's own authority, and nobody else."""
        return ssl.create_default_context(cafile=str(self.folder / "data/caddy/pki/authorities/local/root.crt"))

    def answers(self) -> bool:
        """Whether it has a certificate already."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as plain:
                self.trust().wrap_socket(plain, server_hostname="localhost").close()
        except OSError:
            return False
        return True


@contextmanager
def caddy(folder: Path, upstreams: Sequence[int], caddyfile: Path = CADDYFILE) -> Iterator[Proxy]:
    """Caddy with our Caddyfile, on free ports of this machine. Raises ``Absent``."""
    if not CADDY.exists():
        raise Absent("caddy is not installed: ./just tools")
    port, plain = free_ports(2)
    env = environment(
        NEWEL_HOSTS=f"https://localhost:{port}", CADDY_HTTP_PORT=str(plain), CADDY_HTTPS_PORT=str(port),
        NEWEL_UPSTREAMS=" ".join(f"127.0.0.1:{one}" for one in upstreams),
        XDG_DATA_HOME=str(folder / "data"), XDG_CONFIG_HOME=str(folder / "config"),
    )  # fmt: skip
    log = folder / "caddy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [CADDY, "run", "--adapter", "caddyfile", "--config", caddyfile], env=env, stdout=output, stderr=output
        )
    try:
        proxy = Proxy(process, port, plain, folder, log)
        _until(proxy.answers, process, log)
        yield proxy
    finally:
        process.terminate()
        process.wait(30)


def _until(there: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while not there():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"caddy did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.02)  # a process that starts gives no sign to wait for
