"""How far a restore is, in a small file in ``data/``: so that whoever comes after a kill knows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

import orjson
from attrs import asdict, evolve, frozen

from newel.errors import BootError

FILE = "data/restore.json"
"""Not beside ``newel.toml``: where that is mounted, nothing can be written there."""
Stage = Literal["tables", "files", "migrate", "carry", "check", "swap"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@frozen(kw_only=True)
class Journal:
    """A restore that has begun. ``stage`` is what is being done: those before it are done."""

    id: str
    snapshot: str
    target: str
    parts: tuple[str, ...]
    into: str
    """A mark of the database that was named for it; empty: one is made."""
    old: str = ""
    """What the configuration said of the database before."""
    stage: Stage = "tables"
    claimed: bool = False
    """Whether the database that was named for it was found empty: what is in it is this restore's."""

    def same(self, other: Journal) -> bool:
        """Whether it is the same restore."""
        return evolve(self, id=other.id, stage=other.stage, old=other.old, claimed=other.claimed) == other

    def after(self, stage: Stage) -> bool:
        """Whether that stage is done."""
        return STAGES.index(self.stage) > STAGES.index(stage)


def read(folder: Path) -> Journal | None:
    """Raises ``BootError`` where there is one that cannot be read."""
    path = folder / FILE
    try:
        found = orjson.loads(path.read_bytes())
        return Journal(**{**found, "parts": tuple(found["parts"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BootError(f"cannot read {path}, where a restore notes how far it is: {error}. Remove it") from None


def write(folder: Path, journal: Journal) -> None:
    """It is on disk when this returns."""
    path = folder / FILE
    path.parent.mkdir(mode=0o700, exist_ok=True)
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(asdict(journal)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def remove(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)
