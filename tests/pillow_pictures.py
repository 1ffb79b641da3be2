"""The pictures of Pillow's own tests: hundreds of odd and broken files. ``python -m tests.pillow_pictures`` gets them.

They come with the sources on PyPI, of the release that the lock names, and are kept outside of the repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"}
SECONDS = 600


def version() -> str:
    """The locked release."""
    found = re.search(r"^pillow==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found
    return found[1]


def folder() -> Path:
    """Where they lie, once they are there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "newel-tests" / f"pillow-{version()}"


def fetch() -> str:
    """Gets them where they are not there yet. Answers why that was not possible, or an empty text."""
    target = folder()
    if target.is_dir():
        return ""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        command = [
            sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps", f"pillow=={version()}",
            "-d", place,
        ]  # fmt: skip
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"pip download took more than {SECONDS} s"
        if ended.returncode:
            return f"pip download: {ended.stderr.strip().splitlines()[-1:]}"
        [archive] = Path(place).glob("*.tar.gz")
        made = Path(place) / "pictures"
        made.mkdir()
        with tarfile.open(archive) as members:
            for member in members:
                name = Path(member.name)
                if "images" in name.parts and name.suffix in SUFFIXES and member.isfile():
                    flat = "_".join(name.parts[name.parts.index("images") + 1 :])
                    opened = members.extractfile(member)
                    assert opened is not None
                    with opened, (made / flat).open("wb") as file:
                        shutil.copyfileobj(opened, file)
        if not target.is_dir():
            made.rename(target)
    return ""


if __name__ == "__main__":
    reason = fetch()
    print(reason or f"{len(list(folder().iterdir()))} pictures in {folder()}")
    sys.exit(1 if reason else 0)
