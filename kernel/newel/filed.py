"""Values of settings that stand in files: ``NEWEL__SECTION__KEY_FILE=/run/secrets/key`` gives ``NEWEL__SECTION__KEY``.

Secrets of containers come so. A setting whose own name ends in ``_file`` is not concerned: only what a section does not
know is looked for without that ending. No message tells what a file holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import Annotated, Any, get_args, get_origin

from attrs import has

from newel.bounds import hints_of

SUFFIX = "_file"
MOST = 65_536
"""Bytes of a file that holds a value."""


class Unreadable(Exception):
    """A file that gives no value; the text says why, and not what is in it."""


def value_in(folder: Path, file: str) -> str:
    """The text of a file without the newlines at its end; its name is relative to the folder. Raises ``Unreadable``."""
    if not file:
        raise Unreadable("that is no name of a file")
    try:
        # One that is no plain file may never end, or never begin.
        number = os.open(folder / file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(number, "rb") as opened:
            if not S_ISREG(os.fstat(number).st_mode):
                raise Unreadable("it is no plain file")
            data = opened.read(MOST + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except ValueError:  # a zero byte
        raise Unreadable("that is no name of a file") from None
    if len(data) > MOST:
        raise Unreadable(f"it is larger than {MOST // 1024} KiB")
    try:
        text = data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8 text") from None
    if not text:
        raise Unreadable("it is empty")
    return text


def named(values: Mapping[str, Any], kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths in a section that stand for another by a ``_file`` at their end."""
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if has(kind):
        known: Mapping[str, Any] = hints_of(kind)
    elif get_origin(kind) is Mapping:
        known = dict.fromkeys(values, get_args(kind)[1])
    else:
        return
    for name, value in values.items():
        if isinstance(value, Mapping):
            if name in known:
                yield from named(value, known[name], (*path, name))
        elif name not in known and name.endswith(SUFFIX) and name.removesuffix(SUFFIX) in known:
            yield (*path, name)
