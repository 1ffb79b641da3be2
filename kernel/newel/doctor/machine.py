"""What the site stands on: Python, libraries, the clock, the limits of a process."""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import newel
from newel import program
from newel.contracts.site import Finding
from newel.doctor.model import Case

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OURS = "newel"
LAST_DAYS = {
    (3, 11): date(2027, 10, 31), (3, 12): date(2028, 10, 31), (3, 13): date(2029, 10, 31), (3, 14): date(2030, 10, 31),
}  # fmt: skip
"""Until when a Python gets repairs of its security (https://devguide.python.org/versions/)."""
FEW_FILES = 1024
A_JUMP = 0.5
"""Seconds."""


def python(_: Case) -> Finding:
    version = platform.python_version()
    last = LAST_DAYS.get(sys.version_info[:2])
    if last is not None and datetime.now(UTC).date() > last:
        return Finding(
            state="warning", detail=f"Python {version} gets no repairs of its security since {last}",
            remedy="Install Newel on a newer Python.",
        )  # fmt: skip
    return Finding(detail=f"Python {version} ({sys.executable})")


def libraries(_: Case) -> Finding:
    try:
        wanted = list(requirements(OURS))
    except metadata.PackageNotFoundError:
        return Finding(
            state="warning", detail="Newel is not installed as a package, so its libraries cannot be compared",
            remedy="Install it: pip install newel",
        )  # fmt: skip
    wrong = [told for one, extra in wanted if (told := _wrong(one, needed=not extra))]
    if wrong:
        return Finding(
            state="failing", detail="; ".join(sorted(set(wrong))), remedy="pip install --upgrade 'newel[full]'"
        )
    return Finding(detail=f"{len({one.name for one, _ in wanted})} libraries are as new as they have to be, or unused")


def requirements(distribution: str) -> Iterator[tuple[Requirement, bool]]:
    """What an installed package says it needs here, and whether only an extra of it does."""
    from packaging.requirements import Requirement

    for text in metadata.requires(distribution) or ():
        one = Requirement(text)
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            yield one, False
        elif "extra" in str(one.marker) and _here(one, text):
            yield one, True


def _here(one: Requirement, text: str) -> bool:
    """Whether the rest of the marker is true of this machine."""
    extra = text.rpartition("extra ==")[2].strip(" \"');")
    return one.name != OURS and one.marker is not None and one.marker.evaluate({"extra": extra})


def _wrong(one: Requirement, *, needed: bool) -> str:
    try:
        found = metadata.version(one.name)
    except metadata.PackageNotFoundError:
        return f"{one.name} is missing" if needed else ""
    if one.specifier.contains(found, prereleases=True):
        return ""
    return f"{one.name} {found} is here, and {one.specifier} is needed"


def clock() -> tuple[float, float]:
    """A reading for ``jumped``."""
    return time.time(), time.monotonic()


def jumped(before: tuple[float, float], after: tuple[float, float]) -> Finding:
    """What two readings say of the clock."""
    # In the executable no module is a file.
    installed = Path(sys.executable if program.frozen() else newel.__file__).stat().st_mtime
    if after[0] < installed:
        told = f"the clock says {datetime.fromtimestamp(after[0], UTC):%Y-%m-%d}, which is before Newel was installed"
        return Finding(state="failing", detail=told, remedy="Have this machine take the time from the network (NTP).")
    apart = (after[0] - before[0]) - (after[1] - before[1])
    if abs(apart) > A_JUMP:
        return Finding(
            state="warning", detail=f"the clock was set by {apart:+.1f} s while this was looked at",
            remedy="Have NTP slew the clock rather than step it (chronyd, systemd-timesyncd).",
        )  # fmt: skip
    return Finding(detail=f"{datetime.fromtimestamp(after[0], UTC):%Y-%m-%d %H:%M:%S} UTC, and it runs evenly")


def open_files(_: Case) -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = f"a process that is started from here may have {soft:,} files open"
    if soft != resource.RLIM_INFINITY and soft < FEW_FILES:
        most = min(hard, 65_536) if hard > 0 else 65_536
        remedy = f"ulimit -n {most} before the start, or LimitNOFILE= in a unit."
        return Finding(state="warning", detail=f"{told}; each connection takes one", remedy=remedy)
    return Finding(detail="a process may have any number of files open" if soft < 0 else told)
