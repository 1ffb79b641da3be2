"""Edits ``newel.toml`` and keeps its comments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newel.errors import BootError


def switch(file: Path, name: str, *, on: bool, optional: bool) -> str | None:
    """Lists a plugin in ``[plugins] enable`` or ``disable``; answers the text that stood there (``None``: no file).

    The file is replaced as a whole. Raises ``BootError`` where it cannot be read or written.
    """
    import tomlkit

    before, document = _read(file)
    section = document.setdefault("plugins", tomlkit.table())
    disabled = [one for one in section.get("disable", []) if one != name]
    enabled = [one for one in section.get("enable", []) if one != name]
    if not on:
        disabled.append(name)
    elif optional:
        enabled.append(name)
    section["disable"], section["enable"] = disabled, enabled
    write(file, tomlkit.dumps(document))
    return before


def changed(file: Path, section: str, key: str, value: Any) -> tuple[str | None, str]:
    """The text of the file as it stands (``None``: no file), and with one setting in it; ``None`` takes that out.

    Nothing is written. Raises ``BootError`` where the file cannot be read.
    """
    import tomlkit

    before, document = _read(file)
    if value is not None:
        document.setdefault(section, tomlkit.table())[key] = value
    elif key in document.get(section, {}):
        del document[section][key]
    return before, tomlkit.dumps(document)


def texts(file: Path, *paths: tuple[str, str]) -> list[Any]:
    """The settings at (section, key) as the file has them, with ``${NAME}`` unfilled; ``None``: it does not set one."""
    _, document = _read(file)
    plain = document.unwrap()
    return [plain.get(section, {}).get(key) for section, key in paths]


def put(file: Path, settings: Mapping[tuple[str, str], str]) -> None:
    """Sets several settings at once: the file is replaced as a whole, and on disk afterwards. Raises ``BootError``."""
    import tomlkit

    _, document = _read(file)
    for (section, key), value in settings.items():
        document.setdefault(section, tomlkit.table())[key] = value
    write(file, tomlkit.dumps(document), lasting=True)


def _read(file: Path) -> tuple[str | None, Any]:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        before = file.read_text("utf-8") if file.exists() else None
        return before, tomlkit.parse(before or "")
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise BootError(f"cannot read {file.name}: {error}") from None


def write(file: Path, text: str | None, *, lasting: bool = False) -> None:
    """Replaces the file (``None``: removes it); ``lasting``: it is on disk when this returns. Raises ``BootError``."""
    try:
        if text is None:
            file.unlink(missing_ok=True)
            return
        new = file.with_suffix(".new")
        new.write_text(text, "utf-8")
        if file.exists():
            new.chmod(file.stat().st_mode)
        if lasting:
            _synced(new)
        new.replace(file)
        if lasting:
            _synced(file.parent)
    except OSError as error:
        raise BootError(f"cannot write {file.name}: {error.strerror}") from None


def _synced(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
