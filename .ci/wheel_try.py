"""Installs the newest wheel of dist/ into an empty venv, from the lock, and starts a site: ``wheel_try.py LOCK``.

First it compares what is in the wheel with what lies in the repository, file by file.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where the folders of the repository come to lie.
PLACES = {
    "kernel": "", "builtin_plugins": "", "lua_plugins": "newel_lua/shipped/",
    "contrib/plugin_template": "newel/plugin_template/",
}  # fmt: skip


def missing(wheel: Path) -> list[str]:
    """What git has in those folders and the wheel has not."""
    with zipfile.ZipFile(wheel) as archive:
        there = set(archive.namelist())
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", *PLACES], capture_output=True, text=True, check=True).stdout
    wanted = []
    for name in listed.splitlines():
        folder = next(one for one in PLACES if name.startswith(f"{one}/"))
        wanted.append(PLACES[folder] + name.removeprefix(f"{folder}/"))
    return sorted(set(wanted) - there)


def tried(wheel: Path, lock: Path, folder: Path) -> None:
    venv, site = folder / "venv", folder / "site"
    subprocess.run(["uv", "venv", "-q", "--python", sys.executable, venv], check=True)
    install = ["uv", "pip", "install", "-q", "--python", venv / "bin/python"]
    subprocess.run([*install, "--require-hashes", "-r", lock], check=True)
    subprocess.run([*install, "--no-deps", "--no-index", wheel], check=True)
    serve = [venv / "bin/newel", "--site", site, "--set", "http.port=0", "--set", "ssh.port=0", "serve"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder) as process:
        said = ""
        for line in process.stdout or ():
            said += line
            if re.search(r"is up after|^  site ", line):
                print(line.strip())
                process.terminate()
        if process.wait(60) != 0 or "is up after" not in said:
            sys.exit(f"it did not start:\n{said}")


def main() -> None:
    wheel = max((ROOT / "dist").glob("newel-*.whl"), key=lambda one: one.stat().st_mtime)
    if lost := missing(wheel):
        sys.exit("the wheel lacks " + ", ".join(lost))
    with tempfile.TemporaryDirectory() as folder:
        tried(wheel, Path(sys.argv[1]).resolve(), Path(folder))
    print(f"{wheel.name} is complete and starts")


if __name__ == "__main__":
    main()
