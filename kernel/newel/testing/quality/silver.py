"""Silver: it is tested, says who may do what, and leaves the site standing."""

from __future__ import annotations

import ast
import builtins
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newel.context import PUBLIC, Permission
from newel.discover import Found
from newel.hooks.http import register_routes
from newel.hooks.lifecycle import register_migrations
from newel.spec import kind_of
from newel.testing.app import build_app
from newel.testing.quality.blocking import marks
from newel.testing.quality.rules import rule
from newel.testing.quality.subject import Subject
from newel.testing.quality.tables import made_by

ALWAYS_WRONG = {"Exception", "BaseException", "SystemExit", "KeyboardInterrupt"}
FOR_CALLERS = {"hookimpl", "operation"}


@rule("silver", "run it in a test: await app.operations.run('<name>', {...}, app.call(actor('ann'), 'test'))")
def operations_tested(subject: Subject) -> Iterator[str]:
    """Every operation is named by a test, or asked for by its address."""
    for one in subject.operations():
        path = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one.path)) if one.http else "(?!)"
        if not re.search(rf"""["']{re.escape(one.name)}["']|{path}["'?]""", subject.tested):
            yield f"no test runs the operation {one.name}"


@rule("silver", "test what it does, and name the hook in the test: its docstring, or calls.of('<hook>')")
def hooks_tested(subject: Subject) -> Iterator[str]:
    """Every hook that is called while the site runs is named by a test. What it brings at boot shows by itself."""
    name, declared = subject.manifest.name, subject.app.hooks.declared()
    for hook in subject.app.hooks.of(name):
        if kind_of(declared[hook]) != "collect" and not re.search(rf"\b{hook}\b", subject.tested):
            yield f"no test names the hook {hook}"


@rule("silver", "Permission('<noun>.<verb>', 'What it allows', ('editor',)); a write that everybody may do is exempted")
def permissions_given(subject: Subject) -> Iterator[str]:
    """Every operation and route needs a permission that says what it allows, and nobody writes without one."""
    writes = {one.name: one.needs for one in subject.operations() if one.effect == "write"}
    reads = {one.name: one.needs for one in subject.operations() if one.effect == "read"}
    for route in subject.collected(register_routes.__name__):
        (reads if route.method in ("GET", "OPTIONS") else writes)[f"{route.method} {route.path}"] = route.needs
    for name, needs in {**reads, **writes}.items():
        if not isinstance(needs, Permission) or not needs.summary:
            yield f"{name} needs a permission that says nothing of itself"
    for name, needs in writes.items():
        if needs == PUBLIC:
            yield f"{name} writes, and everybody may"


@rule("silver", "raise one of newel's errors (Reject, NotFound, Conflict, Transient ...): doors translate those")
def errors_are_newels(subject: Subject) -> Iterator[str]:
    """What callers meet is an error of Newel's: operations and hooks raise none of Python's, and nothing ends the
    process."""
    for file, function in subject.functions:
        for_callers = bool(FOR_CALLERS & marks(function))
        for node in ast.walk(function):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                name = raised.id if isinstance(raised, ast.Name) else ""
                if name in ALWAYS_WRONG or (for_callers and _is_pythons(name)):
                    yield f"{subject.place(file, node)} raises {name}"
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.exit", "exit", "quit", "os._exit"):
                yield f"{subject.place(file, node)} ends the process"


def _is_pythons(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException) and kind is not NotImplementedError


@rule("silver", "number steps 1, 2, 3 ... and call every table '<plugin>_...': docs/extend/packaging.md")
def tables_prefixed(subject: Subject) -> Iterator[str]:
    """Its table changes are numbered from 1 without a gap, and every table they make bears the plugin's name."""
    steps = sorted(subject.collected(register_migrations.__name__), key=lambda step: int(step.number))
    numbers = [step.number for step in steps]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the steps are numbered {', '.join(map(str, numbers))}"
    name = subject.manifest.name
    for step in steps:
        for table in made_by(step.upgrade):
            if table != name and not table.startswith(f"{name}_"):
                yield f"step {step.number} '{step.name}' makes the table '{table}'"


@rule("silver", "keep what others need out of it, or say in the README what is lost; never import at boot when off")
async def survives_being_off(subject: Subject) -> list[str]:
    """Switched off it is not even imported, and a site that has its tables and values starts without it and with it
    again."""
    imported: list[str] = []

    def loaded() -> Any:
        imported.append("its manifest is read although it is off")
        return subject.manifest

    one = Found(subject.manifest.name, "here", False, loaded)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        lasting = {"database": {"url": f"sqlite:///{place}/site.db"}} if subject.stores else {}
        config = {**subject.config, **lasting}
        off = {**config, "plugins": {"disable": [subject.manifest.name]}}
        try:
            for on in (True, False, True):
                if on:
                    async with subject.running(config=config, folder=place):
                        continue
                app = build_app(subject.plugins(itself=False), off, more=[one], folder=place)
                async with app.running():
                    pass
        except Exception as error:
            return [*imported, f"on, off and on again: {error}"]
    return imported


@rule("silver", "put an empty file py.typed into the package, annotate every function, and run mypy over it")
def typed(subject: Subject) -> Iterator[str]:
    """The package says that it is typed (`py.typed`), and every function is annotated."""
    if len(subject.sources) > 1 and not (subject.folder / "py.typed").exists():
        yield "there is no py.typed in the package"
    for file, function in subject.functions:
        every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        bare = [one.arg for one in every if one.annotation is None and one.arg not in ("self", "cls")]
        if bare or (function.returns is None and function.name != "__init__"):
            what = f"the argument '{bare[0]}'" if bare else "the answer"
            yield f"{subject.place(file, function)}: {what} of {function.name} has no type"
