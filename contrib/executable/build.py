"""Builds the executable of the newest wheel in dist/: ``build.py LOCK``, as ``./just exe-build`` does.

In a venv of its own, from the lock with hashes: PyInstaller gathers a folder, which is packed behind a small shell
script. The same inputs on the same machine give the same file.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH") or 1_700_000_000)
"""Seconds: the date of everything in it, and by which PyInstaller and compilers do not vary."""


def build(wheel: Path, lock: Path, work: Path, target: Path) -> Path:
    """Answers the file that it made in ``target``."""
    python = _venv(wheel, lock, work / "venv")
    shutil.rmtree(work / "dist", ignore_errors=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "PYTHONHASHSEED": "0"}
    subprocess.run(
        [python, "-m", "PyInstaller", "--log-level", "ERROR", "-y", "--clean",
         "--distpath", work / "dist", "--workpath", work / "work", HERE / "newel.spec"],
        check=True, env=environment,
    )  # fmt: skip
    version = wheel.name.split("-")[1]
    system = f"{platform.system().lower()}-{platform.machine().lower()}".replace("darwin", "macos").replace(
        "x86_64", "amd64"
    )
    path = target / f"newel-{version}-{system.replace('aarch64', 'arm64')}"
    packed = pack(work / "dist/newel")
    target.mkdir(exist_ok=True)
    path.write_bytes(head(packed, version) + packed)
    path.chmod(0o755)
    return path


def _venv(wheel: Path, lock: Path, venv: Path) -> Path:
    """What ships and PyInstaller, nothing else; made anew when an input is another one."""
    tools = HERE / "requirements.lock"
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in (wheel, lock, tools))).hexdigest()
    stamp, python = venv / "stamp", venv / "bin/python"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = shutil.which("uv") or sys.exit("needs uv: ./just exe-build")
    subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, venv], check=True)
    install = [uv, "pip", "install", "-q", "--python", python]
    subprocess.run([*install, "--require-hashes", "-r", lock, "-r", tools], check=True)
    subprocess.run([*install, "--no-deps", "--no-index", wheel], check=True)
    stamp.write_text(wanted)
    return python


def pack(folder: Path) -> bytes:
    """A tar of the folder in which nothing tells of when, where and by whom it was made."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in _sorted(folder):
            info = archive.gettarinfo(path, str(path.relative_to(folder)))
            info.mtime, info.uid, info.gid, info.uname, info.gname = EPOCH, 0, 0, "", ""
            info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
            # A link's other name would depend on the order.
            if info.isreg():
                with path.open("rb") as file:
                    archive.addfile(info, file)
            else:
                archive.addfile(info)
    return gzip.compress(held.getvalue(), 9, mtime=0)


def _sorted(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _sorted(path)


def head(packed: bytes, version: str) -> bytes:
    """The script that unpacks what stands behind it."""
    text = (HERE / "head.sh").read_text()
    digest = hashlib.sha256(packed).hexdigest()
    values = {
        "VERSION": version, "SHORT": digest[:12], "SHA256": digest, "MEGABYTES": str(len(packed) >> 20),
        "LINES": str(text.count("\n") + 1),
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()


def main() -> None:
    wheel = max(Path("dist").glob("newel-*.whl"), key=lambda one: one.stat().st_mtime)
    path = build(wheel, Path(sys.argv[1]), Path("build/exe").absolute(), Path("dist"))
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
