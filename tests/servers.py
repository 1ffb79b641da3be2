"""Real database servers for the tests: each on a free loopback port, with a data folder of its own, gone afterwards.

``python -m tests.servers`` starts what is installed, prints the addresses and waits: for work at the keyboard.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from attrs import define, field

from tests.support import free_port, free_ports

START_SECONDS = 60
PORTS = {"postgres": 5432, "mysql": 3306}
POSTGRES_PLACES = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"


class Absent(Exception):
    """A server that is not installed; the text says what to do."""


@define
class Server:
    """A running server. ``restart`` and ``kill`` are what happens to servers in real life."""

    name: str
    port: int
    url: str
    """Of the administrator, without a database's name: ``postgresql://postgres@127.0.0.1:5433``."""
    command: Sequence[str]
    user: str | None
    log: Path
    ready: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=_uid(self.user),
                group=_gid(self.user), extra_groups=[] if self.user else None, cwd=self.log.parent,
            )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)  # a process that starts gives no sign to wait for

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def kill(self) -> None:
        """``kill -9`` of the server (and of PostgreSQL's children, which end when they notice)."""
        self.stop(signal.SIGKILL)


def _servant() -> str | None:
    """PostgreSQL refuses to run as root: somebody without rights does it then."""
    return "nobody" if os.geteuid() == 0 else None


def _uid(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_uid


def _gid(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _run(command: Sequence[str], user: str | None, folder: Path) -> None:
    ended = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, user=_uid(user),
        group=_gid(user), extra_groups=[] if user else None, cwd=folder,
    )  # fmt: skip
    if ended.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")


def program(name: str, *places: str) -> str:
    """The path of a program; in ``places`` first, since a distribution's wrapper costs more than the program itself.

    Raises ``Absent``.
    """
    beside = [path for place in places for path in Path("/").glob(f"{place[1:]}/{name}")]
    if beside:
        return str(max(beside))
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if found is None:
        raise Absent(f"{name} is not installed")
    return found


def fast_folder(room: int = 2 << 30) -> str | None:
    """Where syncing costs nothing, if there is such a place with so many bytes free."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > room else None


@contextmanager
def _folder(name: str, user: str | None, room: int = 2 << 30) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"newel-{name}-", dir=fast_folder(room)))
    if user is not None:
        shutil.chown(made, user)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[Server]:
    """PostgreSQL. Raises ``Absent``."""
    initdb, server_program = program("initdb", *POSTGRES_PLACES), program("postgres", *POSTGRES_PLACES)
    isready = program("pg_isready", *POSTGRES_PLACES)
    user = _servant()
    with _folder("postgres", user) as folder:
        _run([initdb, "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
              "--no-sync"], user, folder)  # fmt: skip
        port = free_port()
        # Nothing here need survive the machine, only the process: hence no fsync. Tests that make deadlocks wait until
        # the server looks for them.
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": str(folder), "fsync": "off",
            "full_page_writes": "off", "max_connections": 200, "shared_buffers": "64MB", "autovacuum_naptime": "10s",
            "deadlock_timeout": "50ms",
        }  # fmt: skip
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        server = Server(
            "PostgreSQL", port, f"postgresql://postgres@127.0.0.1:{port}",
            [server_program, "-D", str(folder / "data"), *options], user, folder / "log",
            lambda: subprocess.run([isready, "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0,
        )  # fmt: skip
        yield from _served(server, signal.SIGINT)


@contextmanager
def mysql() -> Iterator[Server]:
    """MariaDB. Raises ``Absent``."""
    install, server_program = program("mariadb-install-db"), program("mariadbd")
    admin = program("mariadb-admin")
    user = _servant()
    with _folder("mariadb", user) as folder:
        data = folder / "data"
        _run([install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
              "--skip-test-db", "--innodb-flush-log-at-trx-commit=0"], user, folder)  # fmt: skip
        port = free_port()
        socket = folder / "socket"
        server = Server(
            "MariaDB", port, f"mysql://root@127.0.0.1:{port}",
            [server_program, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
             f"--socket={socket}", f"--pid-file={folder / 'pid'}", "--skip-name-resolve", "--skip-log-bin",
             "--max-connections=300", "--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0",
             "--innodb-buffer-pool-size=128M", "--innodb-log-file-size=64M", "--performance-schema=off"],
            user, folder / "log",
            lambda: subprocess.run(
                [admin, "--no-defaults", f"--socket={socket}", "-u", "root", "--silent", "ping"],
                check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ).returncode == 0,
        )  # fmt: skip
        yield from _served(server, signal.SIGTERM)


S3_KEY, S3_SECRET = "newel-key", "newel-secret"


@contextmanager
def seaweedfs() -> Iterator[Server]:
    """SeaweedFS, for S3: with credentials (``S3_KEY``, ``S3_SECRET``) and without a bucket. Raises ``Absent``."""
    weed = program("weed", f"{sys.prefix}/bin")
    with _folder("seaweedfs", None, 5 << 30) as folder:
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        keys = [{"accessKey": S3_KEY, "secretKey": S3_SECRET}]
        credentials = {"identities": [{"name": "newel", "credentials": keys, "actions": actions}]}
        (folder / "s3.json").write_text(json.dumps(credentials))
        (folder / "data").mkdir()
        names = [
            f"{part}.{kind}" for part in ("s3", "master", "filer", "volume", "admin") for kind in ("port", "port.grpc")
        ]
        ports = dict(zip([*names, "metricsPort"], free_ports(len(names) + 1), strict=True))
        url = f"http://127.0.0.1:{ports['s3.port']}"
        server = Server(
            "SeaweedFS", ports["s3.port"], url,
            [weed, "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
             f"-s3.config={folder / 's3.json'}", "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
             "-webdav=false", "-admin.ui=false",
             f"-filer.localSocket={folder / 'filer.sock'}",
             *(f"-{name}={port}" for name, port in ports.items())],
            None, folder / "log", lambda: _answers(url),
        )  # fmt: skip
        yield from _served(server, signal.SIGKILL)  # nothing in it need be kept, and SIGTERM takes seconds


def _answers(url: str) -> bool:
    """Whether an HTTP server is there: what it says does not matter, unless it says that it is not ready."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        with error:
            return error.code < 500
    except OSError:
        return False


def _served(server: Server, how: signal.Signals) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop(how)


SERVERS = {"postgres": postgres, "mysql": mysql}
"""Of databases."""


def given(name: str) -> Server | None:
    """The server that ``NEWEL_TEST_POSTGRES_URL`` or ``NEWEL_TEST_MYSQL_URL`` names, which nobody here may stop.

    The URL is that of an administrator without a password: ``mysql://root@127.0.0.1:3306``.
    """
    url = os.environ.get(f"NEWEL_TEST_{name.upper()}_URL", "").rstrip("/")
    if not url:
        return None
    return Server(name, urlsplit(url).port or PORTS[name], url, (), None, Path(os.devnull), lambda: True)


def main() -> int:
    with ExitStack() as stack:
        for name, start in (SERVERS | {"s3": seaweedfs}).items():
            try:
                print(f"{name}  {stack.enter_context(start()).url}", flush=True)
            except Absent as absent:
                print(f"{name}  {absent}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    sys.exit(main())
