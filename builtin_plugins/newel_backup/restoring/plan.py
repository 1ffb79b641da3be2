"""What a restore would do, before anything is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated

from attrs import frozen

from newel.app import App
from newel.contracts.backup import Part
from newel.contracts.blobs import Blobs
from newel.errors import Reject
from newel_backup.repo.manifest import Snapshot
from newel_backup.restoring.levels import Levels
from newel_backup.taking.parts import Parts

ALL = "all"
OWN = "backup-log"
"""What a site knows of its own backups is never in one, and stays over a restore."""


@frozen(kw_only=True)
class PartComing:
    """A part that comes from the snapshot."""

    name: str
    summary: str
    tables: int
    rows: int
    bytes: int


@frozen(kw_only=True)
class PartStaying:
    """A part that does not come. ``fate``: ``kept`` as the site has it now, or ``empty`` afterwards."""

    name: str
    summary: str
    fate: str
    why: str


@frozen(kw_only=True)
class RestorePlan:
    """What a restore does. Times are RFC 3339."""

    snapshot: str
    at: Annotated[str, "The point in time that comes back."]
    newel: Annotated[str, "The version that made it."]
    engine: Annotated[str, "The database that it was read from."]
    comes: tuple[PartComing, ...]
    stays: tuple[PartStaying, ...]
    left_out: Annotated[tuple[str, ...], "Tables of plugins that are not on here: they do not come."]
    files: int
    bytes: Annotated[int, "Of the files."]
    missing: Annotated[int, "Files that the site did not have when the snapshot was made."]
    migrations: Annotated[tuple[str, ...], "Table changes that follow, since this version is later: `content 4-5`."]
    database: Annotated[str, "The new database, without a password."]
    store: Annotated[str, "The new place of files; empty: the site keeps none."]
    swaps: Annotated[bool, "Whether the site's configuration is changed to the new database and files."]
    then: Annotated[str, "What happens to the present database and files."]
    warnings: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.comes)

    @property
    def kept(self) -> tuple[str, ...]:
        """Parts that are carried over from the present site."""
        return tuple(one.name for one in self.stays if one.fate == "kept")


@frozen(kw_only=True)
class Goal:
    """Where it goes: names for people, and whether the configuration is changed."""

    database: str
    store: str
    swaps: bool
    then: str
    warnings: tuple[str, ...] = ()


def asked_parts(known: Parts, wanted: Collection[str]) -> set[str]:
    """The parts that somebody asked for, with those that they need. Raises ``Reject`` for one that is none."""
    askable = {part.name for part in known.known.values() if part.comes == "asked"}
    if ALL in wanted:
        return askable
    if unknown := sorted(set(wanted) - askable):
        there = ", ".join([*sorted(askable), ALL])
        raise Reject(f"there is no part '{unknown[0]}' that has to be asked for; there is: {there}", code="no_part")
    found, waiting = set[str](), list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [one for one in known.known[name].needs if known.known[one].comes == "asked"]
    return found


def plan_of(app: App, snapshot: Snapshot, wanted: Collection[str], goal: Goal) -> RestorePlan:
    """Raises ``Reject``, ``TooNew``."""
    known, levels = Parts.of(app), Levels.of(app, snapshot)
    asked = asked_parts(known, wanted)
    tables: dict[str, list[str]] = {}
    parts: dict[str, Part] = dict(known.known)
    left = []
    for name, part in sorted(known.kept(snapshot.tables).items()):
        if _absent(name, part, known, app.manifests):
            left.append(name)
        else:
            parts[part.name] = part
            tables.setdefault(part.name, []).append(name)
    comes, stays = [], []
    for name, part in sorted(parts.items()):
        if name in tables and (part.comes == "always" or (part.comes == "asked" and name in asked)):
            comes.append(_coming(part, tables[name], snapshot))
        elif name not in tables and part.comes == "always":
            continue
        else:
            stays.append(_staying(part, name in tables, asked))
    warnings = list(goal.warnings)
    if left:
        warnings.append(f"these plugins are not on, so their tables do not come: {', '.join(sorted(levels.absent))}")
    if snapshot.imported_at:
        warnings.append("the snapshot was imported from a file, which nobody signs: do you trust its origin?")
    if snapshot.missing_count:
        warnings.append(f"the snapshot is partial: {snapshot.missing_count:,} files were missing when it was made")
    if snapshot.files.count and app.find(Blobs) is None and Blobs not in app.plan.providers:
        warnings.append(f"the site keeps no files here: {snapshot.files.count:,} files do not come")
    return RestorePlan(
        snapshot=snapshot.id, at=snapshot.at, newel=snapshot.newel, engine=snapshot.engine,
        comes=tuple(comes), stays=tuple(stays), left_out=tuple(left), files=snapshot.files.count,
        bytes=snapshot.files.bytes, missing=snapshot.missing_count, migrations=tuple(_following(levels)),
        database=goal.database, store=goal.store, swaps=goal.swaps, then=goal.then, warnings=tuple(warnings),
    )  # fmt: skip


def _absent(table: str, part: Part, known: Parts, on: Iterable[str]) -> bool:
    """Whether nothing here makes that table."""
    return part.name not in known.known and not any(table == one or table.startswith(f"{one}_") for one in on)


def _coming(part: Part, tables: list[str], snapshot: Snapshot) -> PartComing:
    streams = [snapshot.tables[name].stream for name in tables]
    return PartComing(
        name=part.name, summary=part.summary, tables=len(tables), rows=sum(one.lines for one in streams),
        bytes=sum(one.bytes for one in streams),
    )  # fmt: skip


def _staying(part: Part, there: bool, asked: Collection[str]) -> PartStaying:
    if part.name == OWN:
        fate, why = "kept", "what the site knows of its backups stays"
    elif part.comes == "never":
        fate, why = "empty", "it is never backed up"
    elif lost := [one for one in part.needs if one in asked]:
        fate, why = "empty", f"it gives rights to {', '.join(lost)} that come from the backup; ask for it as well"
    elif part.name in asked:
        fate, why = "kept", "the snapshot has none of it"
    else:
        fate = "kept"
        why = f"it gives rights or acts by itself: --with {part.name} brings it" if there else "the snapshot has none"
    return PartStaying(name=part.name, summary=part.summary, fate=fate, why=why)


def _following(levels: Levels) -> Iterable[str]:
    ahead: Mapping[str, int] = levels.ahead
    for name, number in sorted(ahead.items()):
        begin = levels.made.get(name, 0) + 1
        yield f"{name} {begin}" if begin == number else f"{name} {begin}-{number}"
