"""Paths that somebody types: what they mean on this machine, and how they go on."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from attrs import Factory, define

from newel import Reject

MOST = 10_000
"""Files at once."""


@define
class Found:
    """Files to send, in order, with the bytes of each; and what cannot be sent, with the reason."""

    files: dict[Path, int] = Factory(dict)
    left: list[tuple[str, str]] = Factory(list)
    folders: int = 0

    @property
    def bytes(self) -> int:
        return sum(self.files.values())


def found(text: str) -> Found:
    """The files that paths with spaces between them mean, quoted as in a shell; of a folder all files below it.

    Links are followed where they were named, and not in folders. Raises ``Reject`` for a quote without an end, and for
    more than ``MOST`` files.
    """
    made = Found()
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Reject(f"these are no paths: {str(error).lower()}") from None
    for word in words:
        path = _home(word).absolute()
        try:
            seen = path.stat()
            if stat.S_ISDIR(seen.st_mode):
                made.folders += 1
                _walk(path, made)
            else:
                _take(path, seen, made)
        except (OSError, ValueError) as error:
            made.left.append((word, _why(error)))
    return made


def _walk(folder: Path, made: Found) -> None:
    def unread(error: OSError) -> None:
        made.left.append((str(error.filename), _why(error)))

    for place, folders, names in os.walk(folder, onerror=unread):
        folders.sort()
        links = [one for one in folders if Path(place, one).is_symlink()]
        made.left += [(str(Path(place, one)), "a link") for one in links]
        for name in sorted(names):
            path = Path(place, name)
            try:
                seen = path.lstat()
            except OSError as error:
                made.left.append((str(path), _why(error)))
                continue
            if stat.S_ISLNK(seen.st_mode):
                made.left.append((str(path), "a link"))
            else:
                _take(path, seen, made)


def _take(path: Path, seen: os.stat_result, made: Found) -> None:
    if not stat.S_ISREG(seen.st_mode):
        made.left.append((str(path), "no file"))
    elif any("\ud800" <= one <= "\udfff" for one in path.name):
        made.left.append((str(path), "its name is not UTF-8"))
    else:
        made.files[path] = seen.st_size
    if len(made.files) + len(made.left) > MOST:
        raise Reject(f"more than {MOST:,} files: send them in parts, or by SFTP")


def completed(text: str) -> tuple[str, list[str]]:
    """A text that ends in a part of a path, with as much of it as is certain; and the names that it may go on with."""
    before, typed = _last(text)
    folder, slash, start = typed.rpartition("/")
    place = _home(folder + slash)
    try:
        names = sorted(_named(place, start))
    except (OSError, ValueError):
        return text, []
    if not names:
        return text, []
    common = _common(names)
    done = len(names) == 1 and not common.endswith("/")
    return before + _quoted(folder + slash + common) + (" " if done else ""), names


def _home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # of somebody who is not known here
        return Path(path)


def _common(names: list[str]) -> str:
    """What all of them begin with, letter by letter; they are in order."""
    first, last = names[0], names[-1]
    return first[: next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def _named(place: Path, start: str) -> Iterator[str]:
    with os.scandir(place) as inside:
        for one in inside:
            hidden = one.name.startswith(".") and not start.startswith(".")
            if one.name.startswith(start) and not hidden and one.name.isprintable():
                yield one.name + ("/" if one.is_dir() else "")


def _last(text: str) -> tuple[str, str]:
    """What stands before the last word, and the word without its quotes."""
    at, quote, word, skip = 0, "", "", False
    for place, one in enumerate(text):
        if skip:
            word, skip = word + one, False
        elif one == "\\" and quote != "'":
            skip = True
        elif quote:
            quote, word = ("", word) if one == quote else (quote, word + one)
        elif one in "'\"":
            quote = one
        elif one == " ":
            at, word = place + 1, ""
        else:
            word += one
    return text[:at], word


def _quoted(path: str) -> str:
    return "".join(f"\\{one}" if one in " \\'\"" else one for one in path)


def _why(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
