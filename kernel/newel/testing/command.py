"""The command ``newel``, in process."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from attrs import frozen


@frozen
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def ok(self) -> Outcome:
        """Fails where it ended with anything but 0."""
        assert self.code == 0, f"exit code {self.code}: {self.err or self.out}"
        return self


def run_command(*arguments: str, site: Path) -> Outcome:
    """Runs ``newel --site SITE ARGUMENTS``. From a plain test function: a command has a loop of its own."""
    from newel.cli import run

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--site", str(site), *arguments])
    return Outcome(code, out.getvalue(), err.getvalue())
