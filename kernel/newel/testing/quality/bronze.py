"""Bronze: it is a plugin, says what it is, and leaves nothing behind."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterator
from typing import Any, get_type_hints

from attrs import fields, has

from newel import versions
from newel.bounds import sentence_of
from newel.discover import GROUP
from newel.testing.quality.rules import rule
from newel.testing.quality.subject import Subject, imports

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
CHEAP = (
    "newel.contracts", "newel.manifest", "newel.bounds", "newel.secrets", "newel.context", "newel.errors",
    "newel.versions",
)  # fmt: skip
"""What a manifest may import of Newel, beside its top."""
COSTLY = {"asyncio", "multiprocessing", "sqlite3", "ssl", "subprocess", "unittest"}


@rule("bronze", "complete the manifest; docs/extend/packaging.md shows one")
def manifest_sound(subject: Subject) -> Iterator[str]:
    """Its name, summary, version and range of Newel are well formed, and `load` names a class of its own package."""
    one = subject.manifest
    if not NAME.fullmatch(one.name):
        yield f"the name '{one.name}' is not lower-case letters, digits and _"
    if len(one.summary) < 10 or not one.summary.endswith("."):
        yield f"the summary {one.summary!r} is no sentence"
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?([ab]\d+|rc\d+)?", one.version):
        yield f"the version '{one.version}' is no version such as 1.2.0"
    try:
        versions.check(one)
    except ValueError as error:
        yield str(error)
    module, colon, name = one.load.partition(":")
    if not colon or not name.isidentifier() or module.split(".")[0] != subject.package:
        yield f"load='{one.load}' is not 'package.module:Class'"
    elif subject.module(module) is None and len(subject.sources) > 1:
        yield f"load='{one.load}': there is no module {module}"


@rule("bronze", "speak to other plugins through a contract (Manifest(needs=...)) or a hook")
def imports_only_newel_and_itself(subject: Subject) -> Iterator[str]:
    """It imports no other plugin, and of Newel nothing that is private or made for the command line."""
    points = importlib.metadata.entry_points(group=GROUP)
    others = {point.value.partition(":")[0].partition(".")[0] for point in points} - {subject.package}
    for file, tree in subject.sources.items():
        for name, node in imports(tree):
            parts = name.split(".")
            if parts[0] in others or (parts[0].startswith("newel_") and parts[0] != subject.package):
                yield f"{subject.place(file, node)} imports {parts[0]}"
            elif parts[0] == "newel" and any(part.startswith("_") for part in parts):
                yield f"{subject.place(file, node)} imports {name}, which is private"


@rule("bronze", "import it where it is used, or under TYPE_CHECKING: every manifest is read at every command")
def manifest_cheap(subject: Subject) -> Iterator[str]:
    """Reading the manifest imports only the standard library, attrs and the light parts of Newel: not the plugin."""
    top = subject.package if len(subject.sources) > 1 else None
    waiting, seen = [top] if top else [], set[str]()
    while waiting:
        name = waiting.pop()
        file = subject.module(name)
        if file is None or name in seen:
            continue
        seen.add(name)
        for imported, node in imports(subject.sources[file], at_import_time=True):
            parts = imported.split(".")
            if parts[0] == subject.package:
                waiting += [imported, imported.rpartition(".")[0]]
            elif parts[0] == "newel":
                if len(parts) > 2 and not imported.startswith(CHEAP):
                    yield f"{subject.place(file, node)} imports {imported.rpartition('.')[0]}"
            elif parts[0] in COSTLY or parts[0] not in {"attrs", "attr"} | sys.stdlib_module_names:
                yield f"{subject.place(file, node)} imports {parts[0]}"


@rule("bronze", 'write Annotated[int, "A sentence."] beside each field, in a class with @frozen(kw_only=True)')
def config_documented(subject: Subject) -> Iterator[str]:
    """Every setting has a sentence, and its class is a frozen attrs class."""
    kind = subject.manifest.config
    if kind is None:
        return
    if not has(kind) or not _is_frozen(kind):
        yield f"{kind.__name__} is no frozen attrs class"
        return
    hints = get_type_hints(kind, include_extras=True)
    for one in fields(kind):
        if not sentence_of(hints[one.name]):
            yield f"{subject.manifest.name}.{one.name} has no sentence"


def _is_frozen(kind: type[Any]) -> bool:
    return getattr(kind.__setattr__, "__name__", "") == "_frozen_setattrs"


@rule("bronze", "write README.md: what it is for, its limits, an example of its configuration")
def readme(subject: Subject) -> Iterator[str]:
    """There is a README: in the package, beside its pyproject.toml, or in its package's metadata."""
    beside = [folder / "README.md" for folder in (subject.folder, *subject.folder.parents[:2])]
    found = [one.read_text("utf-8") for one in beside[:1] if one.is_file()]
    found += [
        one.read_text("utf-8") for one in beside[1:] if one.is_file() and (one.parent / "pyproject.toml").exists()
    ]
    if not found:  # slow: it reads what every package has installed
        names = importlib.metadata.packages_distributions().get(subject.package, ())
        found = [
            str(importlib.metadata.metadata(name).json.get("description", "")) for name in names if name != "newel"
        ]
    if not any(len(text) > 80 for text in found):
        yield "there is no README.md with more than a line"


@rule("bronze", "close in running() what it opened: one async context manager, with try/finally around the yield")
async def starts_and_stops(subject: Subject) -> list[str]:
    """It starts and stops twice, without an error and without a task that goes on."""
    for time in ("first", "second"):
        try:
            async with subject.running() as app:
                assert subject.manifest.name in app.plugins, "it was taken out"
        except Exception as error:
            return [f"the {time} start or stop failed: {type(error).__name__}: {error}"]
    return []
