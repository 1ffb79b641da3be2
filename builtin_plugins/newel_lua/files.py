"""What a plugin consists of on disk, read once and whole: never through a symbolic link, never more than it may be."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

MOST_FILES = 100
MOST_BYTES = 10 * 1024 * 1024
MOST_ENTRIES = 5000
"""Of a folder in all, so that looking at it is bounded work."""
INIT, TOML, TESTS, TEXTS = "init.lua", "plugin.toml", "test", "i18n/"


class FilesFault(Exception):
    """A folder that is no plugin's: which file, and what is wrong with it."""

    def __init__(self, message: str, file: str) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line: int | None = None


@frozen(kw_only=True)
class Files:
    """The files that decide what a plugin does: all ``.lua`` but those in ``test/``, ``plugin.toml``, and texts."""

    lua: Mapping[str, bytes] = field(repr=False)
    """By path below the folder, with ``/``; in order."""
    toml: str | None = field(repr=False, default=None)
    texts: Mapping[str, bytes] = field(repr=False, factory=dict)
    """``i18n/*.toml`` and ``.json``, likewise."""
    hash: str
    """SHA-256 over paths and contents, in hexadecimal."""


def read_files(folder: Path) -> Files:
    """Raises ``FilesFault``. Blocks: for a thread."""
    lua: dict[str, bytes] = {}
    texts: dict[str, bytes] = {}
    toml: str | None = None
    total = 0
    for name, entry in _walk(folder):
        if not _counts(name):
            continue
        if len(lua) >= MOST_FILES:
            raise FilesFault(f"a plugin has {MOST_FILES} Lua files at most", name)
        content = _read(folder, name, entry, MOST_BYTES - total)
        total += len(content)
        if name == TOML:
            try:
                toml = content.decode("utf-8")
            except UnicodeDecodeError:
                raise FilesFault("is not UTF-8", name) from None
        else:
            (lua if name.endswith(".lua") else texts)[name] = content
    if INIT not in lua:
        raise FilesFault("there is no init.lua", INIT)
    digest = hashlib.sha256()
    for name, content in [*lua.items(), *([(TOML, toml.encode())] if toml is not None else []), *texts.items()]:
        digest.update(f"{len(name)}:{name}:{len(content)}:".encode() + content)
    return Files(lua=lua, toml=toml, texts=texts, hash=digest.hexdigest())


def _counts(name: str) -> bool:
    """Whether a file is one of those."""
    return name == TOML or name.endswith(".lua") or (name.startswith(TEXTS) and name.endswith((".toml", ".json")))


def fingerprint(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """Changes when a file does, as far as that can be seen without reading: path, size, time, inode. Empty where
    nothing can be read. Blocks: for a thread."""
    found = []
    try:
        for name, entry in _walk(folder):
            if _counts(name):
                facts = entry.stat(follow_symlinks=False)
                found.append((name, facts.st_size, facts.st_mtime_ns, facts.st_ino))
    except (FilesFault, OSError) as error:
        return ((str(error), 0, 0, 0),)
    return tuple(found)


def _walk(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files by path, in order; without hidden ones and tests. A symbolic link is a fault, wherever it leads."""
    waiting = [""]
    seen = 0
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as entries:
                listed = sorted(entries, key=lambda one: one.name)
        except OSError as error:
            raise FilesFault(f"cannot be read: {error.strerror}", below or INIT) from None
        deeper = []
        for entry in listed:
            name = f"{below}{entry.name}"
            seen += 1
            if seen > MOST_ENTRIES:
                raise FilesFault(f"has more than {MOST_ENTRIES} files in it", below or ".")
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                raise FilesFault("is a symbolic link: copy what it leads to", _shown(name))
            if entry.is_dir(follow_symlinks=False):
                if name != TESTS:
                    deeper.append(f"{name}/")
            else:
                yield _shown(name), entry
        waiting += reversed(deeper)


def _shown(name: str) -> str:
    """Names that are no UTF-8 (they come with surrogates) cannot be sent or kept, so they are refused."""
    if not name.isprintable():
        raise FilesFault("has a name that cannot be printed", ascii(name))
    return name


def _read(folder: Path, name: str, entry: os.DirEntry[str], most: int) -> bytes:
    try:
        # Between listing and opening somebody may have put a link or a pipe there.
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FilesFault(f"cannot be read: {error.strerror}", name) from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FilesFault("is no ordinary file", name)
        content = file.read(most + 1)
    if len(content) > most:
        raise FilesFault(f"is too large: a plugin has {MOST_BYTES // 1024 // 1024} MiB at most", name)
    return content
