"""Whether the configuration is right, and who may read its secrets."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from attrs import has

from newel.bounds import FromText
from newel.config import FILE
from newel.contracts.site import Finding
from newel.doctor.model import Case
from newel.secrets import Secret

if TYPE_CHECKING:
    from newel.config import Configuration


def built(case: Case) -> Finding:
    """Whether an application can be made of it."""
    if case.app is None:
        remedy = (
            "Repair it: `newel config explain SECTION` tells what a setting takes, `newel check` whether it is right."
        )
        return Finding(state="failing", detail=case.trouble, remedy=remedy)
    sections = len(case.app.configuration.sections)
    return Finding(detail=f"{sections} sections are right, {len(case.app.plugins)} plugins can be started")


def deprecated(case: Case) -> Finding | None:
    """Settings, hooks and names that will go."""
    if case.app is None:
        return None
    if told := [str(one) for one in case.app.uses.all]:
        return Finding(
            state="warning", detail="\n".join(told), remedy="Follow what each line says, before you upgrade."
        )
    return Finding(detail="nothing is used that will go")


def secrets(case: Case) -> Finding | None:
    """Whether others may read a file that holds a secret."""
    if case.app is None:
        return None
    configuration = case.app.configuration
    files = {case.folder / FILE} if any(_written(configuration)) else set()
    files |= set(_named(configuration, case.folder))
    seen = {one: found for one in sorted(files) if (found := _found(one)) is not None}
    # One that is mounted by itself was handed to a container, where nobody else is.
    loose = [one for one, found in seen.items() if found.st_mode & stat.S_IROTH and not os.path.ismount(one)]
    case.loose.update((one, seen[one]) for one in loose)
    if loose:
        names = [str(one) for one in loose]
        remedy = f"chmod 600 {' '.join(names)} (newel doctor --fix does that), then change the secrets."
        return Finding(
            state="failing", detail=f"everybody may read {', '.join(names)}, where secrets stand", remedy=remedy
        )
    return Finding(
        detail=f"{len(files)} files hold secrets, and nobody else may read them" if files else "none in files"
    )


def _written(configuration: Configuration) -> Iterator[str]:
    """The paths of secrets that stand in newel.toml as they are."""
    values = configuration.layers.values
    for section, kind in configuration.sections.items():
        for path, value in _secrets(section, kind, values.get(section)):
            if configuration.layers.origin(path) == FILE and not isinstance(value, FromText) and _telling(value):
                yield path


def _named(configuration: Configuration, folder: Path) -> Iterator[Path]:
    """The files that secrets are read from: ``{file = "..."}``, and variables whose name ends in ``_FILE``."""
    for section, kind in configuration.sections.items():
        for _, value in _secrets(section, kind, configuration.layers.values.get(section)):
            if isinstance(value, Mapping) and set(value) == {"file"}:
                yield folder / str(value["file"])
    for name, text in configuration.environment.items():
        if name.startswith("NEWEL__") and name.endswith("_FILE") and (folder / text).is_file():
            yield folder / text


def _secrets(path: str, kind: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """The values of a section, however deep, whose type is ``Secret``."""
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if Secret in (get_origin(one) for one in (kind, *get_args(kind))):
        if value is not None:
            yield path, value
    elif has(kind) and isinstance(value, Mapping):
        for name, inner in get_type_hints(kind, include_extras=True).items():
            yield from _secrets(f"{path}.{name}", inner, value.get(name))
    elif get_origin(kind) is Mapping and isinstance(value, Mapping):
        for name, one in value.items():
            yield from _secrets(f"{path}.{name}", get_args(kind)[1], one)


def _telling(value: Any) -> bool:
    """Whether it is a secret as it stands: not where to find it, and no address without a password."""
    if not isinstance(value, str) or not value:
        return False
    if "://" not in value and not value.startswith("file:"):
        return True
    try:
        return bool(urlsplit(value).password)
    except ValueError:  # it cannot be read, and may hold anything
        return True


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:  # it is not there, which the configuration complains of
        return None
