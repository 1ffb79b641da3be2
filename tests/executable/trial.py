"""``./just exe-try [FILE]``: does with the executable what a site is for, and tells sizes and times.

It is unpacked, starts, serves, makes WebP of an upload, runs a plugin in Lua and one from a folder, backs up, verifies,
answers over SSH; nothing of a Python on this machine is in its reach.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from PIL import Image

from tests.support import Site, environment, request, start

PLUGIN = """
import colorsys, csv, sqlite3, wave, xmlrpc.client  # of the standard library; the site itself needs none of the last
from newel import Manifest

manifest = Manifest(name="mine", summary="A plugin in a folder.", load="mine:Mine", newel=">=0.1,<1")


class Mine:
    def __init__(self, app):
        pass
"""


class Trial:
    def __init__(self, file: Path, folder: Path) -> None:
        self._file = str(file)
        self._folder = folder
        self._site = folder / "site"
        os.environ |= {"XDG_CACHE_HOME": str(folder / "unpacked"), "PATH": "/usr/bin:/bin"}
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
            os.environ.pop(name, None)

    def run(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> str:
        ended = subprocess.run(
            [self._file, "--site", self._site, *arguments],
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
        assert ended.returncode in fine, (arguments, ended.returncode, ended.stdout[-2000:], ended.stderr[-2000:])
        return ended.stdout

    def timed(self, what: str, *arguments: str, times: int = 1) -> None:
        took = []
        for _ in range(times):
            begun = time.monotonic()
            self.run(*arguments)
            took.append(time.monotonic() - begun)
        print(f"{what:<44} {min(took):6.2f} s", flush=True)

    def unpacked(self) -> None:
        print(f"{'the file':<44} {Path(self._file).stat().st_size / 1e6:6.1f} MB")
        self.timed("the first start, with unpacking: --version", "--version")
        size = sum(one.stat().st_size for one in (self._folder / "unpacked").rglob("*") if one.is_file())
        print(f"{'unpacked':<44} {size / 1e6:6.1f} MB")
        self.timed("the next ones: --version (best of 5)", "--version", times=5)

    def served(self) -> None:
        self.run("init")
        (self._site / "plugins").mkdir()
        (self._site / "plugins/mine.py").write_text(PLUGIN)
        self.run("check")
        assert "WebP" in self.run("images", "check") or "webp" in self.run("images", "check")
        begun = time.monotonic()
        site = start(self._site, program=[self._file])
        print(f"{'a new site is up after':<44} {time.monotonic() - begun:6.2f} s", flush=True)
        try:
            self._asked(site)
            key = self._key()
        finally:
            site.stop()
        begun = time.monotonic()
        site = start(self._site, program=[self._file])
        print(f"{'the site is up again after':<44} {time.monotonic() - begun:6.2f} s", flush=True)
        try:
            self._ssh(site, key)
        finally:
            site.stop()

    def _asked(self, site: Site) -> None:
        ready = request("GET", f"{site.url}/readyz").json()
        assert ready["status"] == "ready", ready
        held = io.BytesIO()
        Image.effect_noise((640, 480), 40).convert("RGB").save(held, "JPEG")
        reply = site.api("POST", "/media?name=noise.jpg", held.getvalue(), Content_Type="image/jpeg")
        assert reply.status == 201, reply.body
        asset = reply.json()["data"][0]["asset"]
        path = site.api("GET", f"/media/{asset['id']}/transform?width=100&height=100&fit=cover&format=webp").json()[
            "url"
        ]
        made = request("GET", site.url + path)
        assert made.body[8:12] == b"WEBP", (made.status, made.body[:200])
        print(f"{'WebP of an upload':<44} {len(made.body):6} bytes")
        assert re.search(r"(?m)^mine +on ", self.run("plugins", "list"))
        for act, data in (("approve", {"all": True}), ("enable", {})):
            said = site.api("POST", f"/lua/plugins/hello/{act}", data)
            assert said.status == 200, said.body
        url = f"{site.url}/api/v1/plugins/hello/?name=Ada"
        until = time.monotonic() + 20
        while (said := request("GET", url)).status == 404:  # its worker starts
            assert time.monotonic() < until, site.api("GET", "/lua/plugins/hello").body
            time.sleep(0.1)
        assert said.json() == {"message": "Hello, Ada!"}, said.body

    def _key(self) -> Path:
        key = self._folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        self.run("ssh", "keys", "add", "--user", "admin@localhost", "--key", key.with_suffix(".pub").read_text())
        return key

    def _ssh(self, site: Site, key: Path) -> None:
        ended = subprocess.run(
            ["ssh", "-i", key, "-p", str(site.ssh_port), "-o", "StrictHostKeyChecking=no",
             "-o", "UserKnownHostsFile=/dev/null",
             "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "newel@127.0.0.1", "content", "--help"],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert ended.returncode == 0, (ended.stderr, site.said)
        assert "publish" in ended.stdout

    def kept(self) -> None:
        assert " 0 failing" in self.run("doctor", fine=(0, 3))
        self.timed("backup run", "backup", "run")
        self.timed("backup verify --read-data", "backup", "verify", "--read-data")
        self.run("plugins", "new", "sketchy", "--into", str(self._folder))
        assert (self._folder / "newel-sketchy/pyproject.toml").is_file()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    file = parser.parse_args().file or max(Path("dist").glob("newel-*-*64"), key=lambda one: one.stat().st_mtime)
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(file.absolute(), Path(folder))
        trial.unpacked()
        trial.served()
        trial.kept()
    print("all that was tried works")


if __name__ == "__main__":
    main()
