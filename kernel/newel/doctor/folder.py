"""Who may get at the files of a site."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from newel.config import FILE
from newel.contracts.site import Finding
from newel.doctor.model import Case

PRIVATE = ("data", "data/ssh", "ssh", "certs", "backups")
"""Folders whose files are nobody else's to read; what lies deeper lies behind them."""
CODE = ("", "plugins")
"""Folders that decide what runs."""
PUBLIC = (".crt", ".pub")
MOST = 2000
"""Files of a folder that are looked at."""
Place: TypeAlias = tuple[Path, os.stat_result]


def there(case: Case) -> Finding:
    """Whether there is a site."""
    if not case.folder.is_dir():
        return Finding(state="failing", detail=f"there is no folder {case.folder}", remedy="Name another with --site.")
    if not (case.folder / FILE).exists():
        return Finding(
            state="failing", detail=f"there is no site in {case.folder} (no {FILE})",
            remedy="Go to its folder, name it with --site or NEWEL_SITE, or make one: newel init",
        )  # fmt: skip
    return Finding(detail=f"{case.folder / FILE}")


def owner(case: Case) -> Finding | None:
    """Whether whoever looks is the one that the site runs as."""
    if not case.folder.is_dir():
        return None
    mine, data = os.geteuid(), case.folder / "data"
    theirs = (data if data.is_dir() else case.folder).stat().st_uid
    if theirs == mine:
        return Finding(detail=f"the site belongs to {_name(mine)}, who asks")
    told = f"the site belongs to {_name(theirs)}, and {_name(mine)} asks"
    remedy = f"Ask as the one that it runs as: sudo -u {_name(theirs)} newel --site {case.folder} doctor"
    return Finding(state="warning", detail=told, remedy=remedy)


def permissions(case: Case) -> Finding | None:
    """Finds what others may read or write, and notes it in ``case.loose``."""
    if not case.folder.is_dir():
        return None
    written = [
        one for one in _places(case.folder) if one[1].st_mode & stat.S_IWOTH and not one[1].st_mode & stat.S_ISVTX
    ]
    read = [one for one in _private(case.folder) if one[1].st_mode & stat.S_IROTH]
    case.loose.update((*written, *read))
    told = [f"everybody may write {_listed(written, case.folder)}"] if written else []
    told += [f"everybody may read {_listed(read, case.folder)}"] if read else []
    if told:
        return Finding(
            state="failing" if written else "warning", detail="; ".join(told),
            remedy="newel doctor --fix takes these rights away (chmod o-rwx).",
        )  # fmt: skip
    return Finding(detail="no other user may read the data, or write what runs")


def repair(case: Case) -> list[str]:
    """Takes rights away from what ``permissions`` and ``secrets`` found; answers what was done, a line each.

    Root may do so in a site that is another user's, who could put a link to anything in its place: only the very file
    that was seen is changed, where it belongs to the site's owner and no link leads out of the site.
    """
    return [_locked(path, seen, case.folder) for path, seen in case.loose.items()]


def _locked(path: Path, seen: os.stat_result, folder: Path) -> str:
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            now, theirs = os.fstat(number), folder.stat().st_uid
            if not os.path.samestat(now, seen):
                return f"left {path} alone: it is another one by now"
            if now.st_uid != theirs:
                return f"left {path} alone: it belongs to {_name(now.st_uid)}, and the site to {_name(theirs)}"
            if path.is_relative_to(folder) and not path.resolve().is_relative_to(folder.resolve()):
                return f"left {path} alone: it is a link to {path.resolve()}"
            mode = stat.S_IMODE(now.st_mode) & ~0o007
            os.fchmod(number, mode)
        finally:
            os.close(number)
    except OSError as error:
        return f"cannot chmod {path}: {error.strerror}"
    return f"chmod {mode:04o} {path}"


def _places(folder: Path) -> Iterator[Place]:
    """What decides what runs, and what is private."""
    for name in CODE:
        yield from _of(folder / name)
    yield from _files(folder / "plugins")
    yield from _of(folder / FILE)
    yield from _private(folder)


def _private(folder: Path) -> Iterator[Place]:
    for name in PRIVATE:
        place = folder / name
        if not _reachable(place):
            continue
        yield from (one for one in _files(place) if one[0].suffix not in PUBLIC)


def _reachable(place: Path) -> bool:
    """Whether others may come to what is in a folder."""
    return bool(next((found.st_mode & stat.S_IXOTH for _, found in _of(place)), 0))


def _files(folder: Path) -> Iterator[Place]:
    try:
        with os.scandir(folder) as found:
            for one in islice(found, MOST):
                if not one.is_symlink():
                    yield Path(one.path), one.stat(follow_symlinks=False)
    except OSError:  # it is not there, or is nobody's to look into
        return


def _of(path: Path) -> Iterator[Place]:
    try:
        yield path, path.stat()
    except OSError:  # it is not there
        return


def _listed(found: list[Place], folder: Path) -> str:
    names = sorted({str(path.relative_to(folder)) for path, _ in found})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join("the site's folder" if name == "." else name for name in names[:3]) + more


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
