"""Why a plugin does not run."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class Reason:
    """Why a plugin does not run, or not its newest code."""

    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.file is None:
            return self.message
        return f"{self.file}: {self.message}" if self.line is None else f"{self.file}:{self.line}: {self.message}"
