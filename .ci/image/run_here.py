"""Tries an image that buildah has, as a container would run it: ``run_here.py IMAGE``. Needs root.

Read-only root, user 1000, no capabilities, empty volumes: the site comes up, takes a PNG and gives WebP, ends what it
had begun at a SIGTERM, and finds everything again. Then what is in the image, and how large it is.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from contained import Image, found
from sizes import report

USER = 1000
UNWANTED = (
    "sh", "bash", "busybox", "cc", "gcc", "ld", "make", "pip", "pip3", "uv", "apt-get", "dpkg", "perl", "su", "sudo",
    "mount", "curl", "wget", "openssl",
)  # fmt: skip
LIMIT = 220_000_000
_failed: list[str] = []


def check(what: str, good: bool, said: object = "") -> None:
    print(f"{'ok  ' if good else 'FAIL'} {what}{f': {said}' if said != '' else ''}", flush=True)
    if not good:
        _failed.append(what)


class Site:
    """A site that runs in the image."""

    def __init__(self, image: Image, volumes: Path, port: int) -> None:
        self.port, self.log = port, volumes.parent / f"log-{monotonic()}"
        self.environment = {
            "NEWEL__HTTP__PORT": str(port), "NEWEL__SSH__PORT": "0", "TINI_SUBREAPER": "1",  # it is not process 1 here
        }  # fmt: skip
        begun = monotonic()
        command = [*image.config["Entrypoint"], *image.config["Cmd"]]
        with self.log.open("w") as log:
            self.process = image.start(command, volumes, self.environment, stdout=log, stderr=log)
        until = begun + 60
        while not self._ready():
            if self.process.poll() is not None or monotonic() > until:
                raise SystemExit(f"it does not come up:\n{self.log.read_text()[-3000:]}")
            sleep(0.02)
        self.seconds = monotonic() - begun
        token = re.search(r"newel_\S+", self.log.read_text())
        self.token = token[0] if token else ""

    def _ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Content-Type", "")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)


@contextmanager
def site(image: Image, volumes: Path, port: int) -> Iterator[Site]:
    running = Site(image, volumes, port)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()


def png(width: int = 640, height: int = 400) -> bytes:
    """A picture with something in it."""
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, (x ^ y) & 255)) for x in range(width))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def eventually(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    until = monotonic() + seconds
    while not (seen := look()) and monotonic() < until:
        sleep(0.1)
    return seen


def pictures(running: Site) -> str:
    """Uploads a PNG and waits for the renditions; the asset's id."""
    bearer = f"Bearer {running.token}"
    status, body, _ = running.ask(
        "POST", "/api/v1/media?name=a.png", png(), Authorization=bearer, Content_Type="image/png"
    )
    check("a PNG is taken", status == 201, status)
    id = str(json.loads(body)["data"][0]["asset"]["id"])

    def webp() -> str:
        asset = running.ask("GET", f"/api/v1/media/{id}", Authorization=bearer)[1].decode()
        addresses = re.findall(r'(/[^" ]+\.webp)\b', asset)
        return addresses[0] if addresses else ""

    address = eventually(webp)
    answer = running.ask("GET", address) if address else (0, b"", "")
    if not address:
        print(running.ask("GET", f"/api/v1/media/{id}", Authorization=bearer)[1].decode())
    check("and WebP comes back", answer[0] == 200 and answer[1][8:12] == b"WEBP", f"{address} {answer[2]}")
    return id


def drained(running: Site) -> None:
    """A request that had begun is answered after a SIGTERM, new ones are not, and the process ends with 0."""
    body = png()
    client = socket.create_connection(("127.0.0.1", running.port), timeout=30)
    head = (
        f"POST /api/v1/media?name=slow.png HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {running.token}\r\n"
        f"Content-Type: image/png\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    client.sendall(head.encode())
    check("a request has begun", b" 100 " in client.recv(100))
    client.sendall(body[: len(body) // 2])
    begun = monotonic()
    running.process.send_signal(signal.SIGTERM)
    check("new ones are refused", bool(eventually(lambda: _refused(running))))
    client.sendall(body[len(body) // 2 :])
    check("and it is finished", b" 201 " in client.recv(100))
    code = running.process.wait(timeout=40)
    check("SIGTERM ends it with 0", code == 0, f"code {code} after {monotonic() - begun:.1f} s")


def _refused(running: Site) -> bool:
    try:
        return running.ask("GET", "/readyz")[0] == 503
    except OSError:
        return True


def inside(image: Image) -> None:
    """What is in the image and what is not."""
    path = dict(one.split("=", 1) for one in image.config["Env"])["PATH"] + ":/sbin:/usr/sbin:/usr/local/sbin"
    there = []
    for name in UNWANTED:
        try:
            there.append(found(image.root, name, path))
        except FileNotFoundError:
            continue
    check("no shell, compiler, package manager", not there, " ".join(there))
    modes = [(Path(folder) / name, os.lstat(Path(folder) / name).st_mode)
             for folder, folders, names in os.walk(image.root) for name in (*folders, *names)]  # fmt: skip
    check("nothing is setuid or setgid", not [one for one, mode in modes if mode & 0o6000])
    open_ = [
        str(one) for one, mode in modes if mode & 0o2 and not mode & 0o1000 and stat.S_ISREG(mode) | stat.S_ISDIR(mode)
    ]
    check("nothing is everybody's to write", not open_, " ".join(open_[:5]))
    check("a user by number", image.config["User"] == "1000:1000", image.config["User"])
    check("no secret in its environment", not re.search(r"(?i)token|password|secret", " ".join(image.config["Env"])))


def refusals(image: Image, folder: Path, port: int) -> None:
    """Volumes that belong to somebody else."""
    volumes = made(folder, image, owner=0)
    environment = {"NEWEL__HTTP__PORT": str(port)}
    ended = image.run("newel", "serve", volumes=volumes, environment=environment)
    lines = ended.stderr.strip().splitlines()
    check("volumes of root's are told in a line", ended.returncode == 1 and len(lines) == 1, ended.stderr.strip())


def made(folder: Path, image: Image, owner: int) -> Path:
    for path in image.config["Volumes"]:
        place = folder / Path(path).name
        place.mkdir(parents=True, mode=0o700)
        os.chown(place, owner, owner)
    folder.chmod(0o755)
    return folder


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def tried(image: Image, work: Path) -> None:
    volumes, port = made(work / "volumes", image, owner=USER), free()
    with site(image, volumes, port) as first:
        check("the first start is ready", True, f"{first.seconds:.2f} s")
        status = (Path("/proc") / str(first.process.pid) / "status").read_text()
        check("without capabilities", all(f"Cap{one}:\t0000000000000000" in status for one in ("Eff", "Prm", "Bnd")))
        check("as user 1000", f"Uid:\t{USER}\t{USER}" in status)
        begun = monotonic()
        probe = image.run(*image.config["Healthcheck"]["Test"][1:], volumes=volumes, environment=first.environment)
        check("the health check says so", probe.returncode == 0, f"{monotonic() - begun:.2f} s {probe.stderr.strip()}")
        wrote = image.run("python", "-c", "open('/usr/x', 'w')", volumes=volumes, environment={})
        check("its root is read-only", "Read-only file system" in wrote.stderr)
        id = pictures(first)
        backup = image.run("newel", "backup", "run", volumes=volumes, environment=first.environment)
        check("a backup lies in its volume", backup.returncode == 0 and any((volumes / "backups").iterdir()),
              backup.stderr.strip()[-300:])  # fmt: skip
        check("the host key lies in its volume", (volumes / "ssh/host_ed25519").is_file())
        drained(first)
    with site(image, volumes, port) as again:
        check("the next start is ready", True, f"{again.seconds:.2f} s")
        again.token = first.token
        status = again.ask("GET", f"/api/v1/media/{id}", Authorization=f"Bearer {first.token}")[0]
        check("and has what was kept", status == 200, status)
        check("SIGTERM at rest", again.stop() == 0)
    probe = image.run(*image.config["Healthcheck"]["Test"][1:], volumes=volumes, environment=again.environment)
    check("the health check fails when nobody serves", probe.returncode == 1, probe.stderr.strip()[:200])
    changed = image.run("newel", "config", "show", volumes=volumes, environment={})
    check("the configuration is read", changed.returncode == 0, changed.stderr.strip())
    refusals(image, work / "of-root", port)


def main(name: str) -> int:
    container = subprocess.run(["buildah", "from", "--pull-never", name], check=True, capture_output=True, text=True)  # noqa: S603, S607 - the Debian package's
    id = container.stdout.strip()
    try:
        image = Image.of(name, id)
        with tempfile.TemporaryDirectory(prefix="newel-image-") as work:
            Path(work).chmod(0o755)
            tried(image, Path(work))
        inside(image)
        total = report(name, image.root)
        check(f"smaller than {LIMIT / 1e6:.0f} MB", total < LIMIT, f"{total / 1e6:.0f} MB")
    finally:
        subprocess.run(["buildah", "rm", id], check=False, stdout=subprocess.DEVNULL)  # noqa: S603, S607 - the same
    print(f"\nfailed: {', '.join(_failed)}" if _failed else "\nall is well")
    return 1 if _failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
