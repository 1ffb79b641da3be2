"""An archive from standard input: kept in a file that nobody else sees, since its directory stands at its end."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from newel.errors import NotFound
from newel_backup.archive.faults import Unwritable

INPUT = Path("-")


@contextmanager
def source(path: Path) -> Iterator[IO[bytes]]:
    """An archive's file; ``-`` is standard input. Raises ``NotFound``, ``Unwritable``."""
    if path != INPUT:
        try:
            file = path.open("rb")
        except OSError as error:
            raise NotFound(f"cannot read {path}: {error.strerror}", code="no_archive") from None
        with file:
            yield file
        return
    with tempfile.TemporaryFile() as kept:  # mode 0600, and without a name
        try:
            shutil.copyfileobj(sys.stdin.buffer, kept, 1 << 20)
            kept.flush()
        except OSError as error:
            raise Unwritable(f"standard input cannot be kept in {tempfile.gettempdir()}: {error.strerror}") from None
        yield kept
