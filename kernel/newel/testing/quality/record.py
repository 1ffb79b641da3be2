"""The public surface on record: ``surface.txt`` beside the tests. A change of it is then a changed line in review."""

from __future__ import annotations

import hashlib
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from newel.explain import settings_of
from newel.hooks.http import register_routes
from newel.hooks.lifecycle import register_migrations, register_permissions

if TYPE_CHECKING:
    from newel.contracts.migrations import Migration
    from newel.testing.quality.subject import Subject

RECORD = "surface.txt"
WRITE = "NEWEL_SURFACE"
"""``NEWEL_SURFACE=write pytest`` records anew. Steps that have landed keep their lines."""


def surface(subject: Subject) -> list[str]:
    """What others may rely on, a line a thing."""
    return [f"version {subject.manifest.version}", *sorted({*_lines(subject)}), *steps(subject)]


def _lines(subject: Subject) -> Iterator[str]:
    one, app = subject.manifest, subject.app
    for verb in subject.operations():
        yield f"operation {verb.name}  {verb.http or '-'}  {verb.needs.name}  {verb.effect}"
        yield f"permission {verb.needs.name}"
    for route in subject.collected(register_routes.__name__):
        yield f"route {route.method} {route.path}  {route.needs.name}"
    for permission in subject.collected(register_permissions.__name__):
        yield f"permission {permission.name}"
    yield from (f"hook {name}" for name in app.hooks.of(one.name))
    yield from (f"command {name}" for name in one.commands)
    yield from (f"needs {contract.__name__}" for contract in one.needs)
    yield from (f"wants {contract.__name__}" for contract in one.wants)
    yield from (f"provides {contract.__name__}" for contract in one.offered())
    if one.config is not None:
        for setting in settings_of(one.name, one.config, app):
            yield f"setting {setting.section}.{setting.key}: {setting.type} = {setting.default}"


def steps(subject: Subject) -> list[str]:
    found = sorted(subject.collected(register_migrations.__name__), key=lambda step: int(step.number))
    return [f"step {step.number} {step.name}  {_mark(step, subject.manifest.name)}" for step in found]


def _mark(step: Migration, plugin: str) -> str:
    """A digest of the step's own source, blind to comments, and to the plugin's name: a new one is a copy."""
    source = textwrap.dedent(inspect.getsource(step.upgrade)).replace(plugin, "@")
    kept = [line.rstrip() for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:16]


def read_record(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.is_file() else []


def write_record(subject: Subject, file: Path) -> None:
    landed = [line for line in read_record(file) if line.startswith("step ")]
    now = surface(subject)
    new = [line for line in now if line.startswith("step ")][len(landed) :]
    rest = [line for line in now if not line.startswith("step ")]
    file.write_text("\n".join([*rest, *landed, *new]) + "\n", "utf-8")
