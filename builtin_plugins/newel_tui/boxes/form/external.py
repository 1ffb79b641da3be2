"""The person's own editor, where this runs on their machine."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from newel.errors import Reject


def edited(text: str, suffix: str) -> str:
    """The text as ``$VISUAL`` or ``$EDITOR`` leaves it. Blocks until that ends; the file is nobody else's to read.

    Raises ``Reject`` where there is no editor, it says that it failed, or leaves no file: then the text is as it was.
    """
    wanted = os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or "vi"
    try:
        command = shlex.split(wanted)
    except ValueError as error:
        raise Reject(f"VISUAL or EDITOR cannot be read: {error}") from None
    handle, name = tempfile.mkstemp(suffix=suffix, prefix="newel-")  # mode 0600
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
        try:
            code = subprocess.run([*command, name], check=False).returncode  # noqa: S603 - the person's own editor
        except OSError as error:
            raise Reject(f"the editor '{command[0]}' does not start: {error.strerror}") from error
        if code != 0:
            raise Reject(f"the editor ended with {code}: the text is as it was")
        try:
            found = path.read_text("utf-8", errors="replace")
        except OSError:
            raise Reject("the editor left no file: the text is as it was") from None
        return found.removesuffix("\n") if not text.endswith("\n") else found  # editors end a file with a line break
    finally:
        path.unlink(missing_ok=True)
