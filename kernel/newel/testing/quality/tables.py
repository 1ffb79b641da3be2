"""What a step makes, without a database: its operations are written down instead of rendered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MAKES = re.compile(
    r"CREATE\s+(?:VIRTUAL\s+|TEMP(?:ORARY)?\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"'`\[]?(\w+)", re.IGNORECASE
)


class Recorder:
    """Takes the place of Alembic's operations, and of all that they answer."""

    def __init__(self, made: list[str]) -> None:
        self._made = made

    def create_table(self, name: str, *columns: Any, **options: Any) -> Recorder:
        self._made.append(str(name))
        return self

    def rename_table(self, old: str, new: str, **options: Any) -> Recorder:
        self._made.append(str(new))
        return self

    def execute(self, statement: Any, *more: Any, **options: Any) -> Recorder:
        self._made += MAKES.findall(str(statement))
        return self

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *arguments: Any, **options: Any) -> Recorder:
        return self

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def made_by(upgrade: Callable[[Any], None]) -> list[str]:
    """The names of the tables that a step makes, as far as it gets without a database."""
    made: list[str] = []
    try:
        upgrade(Recorder(made))
    except Exception:  # a step may need more than names; what it said by then counts
        return made
    return made
