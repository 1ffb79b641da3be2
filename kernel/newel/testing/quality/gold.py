"""Gold: it does without what is optional, never holds up the site, and its users can rely on it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from attrs import evolve

from newel.calling import DEADLINES
from newel.errors import NeedsRestart
from newel.manifest import Offer
from newel.spec import kind_of
from newel.testing.app import make_app
from newel.testing.quality.blocking import blocking_calls, marks
from newel.testing.quality.record import RECORD, read_record, steps, surface
from newel.testing.quality.rules import rule
from newel.testing.quality.subject import Subject


@rule("gold", "ask with app.find(...) at the moment of use, and do without where it answers None")
async def optional_contracts_may_be_absent(subject: Subject) -> list[str]:
    """It starts and stops with none of the contracts that it `wants`, and with each of them."""
    wanted = subject.manifest.wants
    found = []
    if not wanted:
        return []
    for there in [(), *((one,) for one in wanted), *([tuple(wanted)] if len(wanted) > 1 else [])]:
        names = ", ".join(one.__name__ for one in there) or "none of them"
        try:
            async with subject.running(*there) as app:
                away = [one for one in wanted if one not in there and one not in app.plan.providers]
                found += [f"{one.__name__} is there although nobody provides it" for one in away if app.find(one)]
        except Exception as error:
            found.append(f"with {names} of {', '.join(one.__name__ for one in wanted)}: {error}")
    return found


@rule("gold", "await asyncio.to_thread(...), or an asynchronous library")
def loop_not_blocked(subject: Subject) -> Iterator[str]:
    """No coroutine calls what waits for a file, a socket, a process or a clock: everybody else waits with it."""
    for file, function in subject.functions:
        if isinstance(function, ast.AsyncFunctionDef):
            for name, node in blocking_calls(function):
                yield f"{subject.place(file, node)}: {function.name} calls {name}"


@rule("gold", "do the slow part in a job or after the commit; a deadline cannot end a plain function")
def hooks_keep_their_deadlines(subject: Subject) -> Iterator[str]:
    """A hook that is called while the site runs neither waits in a plain function nor sleeps past its deadline."""
    declared = subject.app.hooks.declared()
    for file, function in subject.functions:
        kind = kind_of(declared.get(function.name)) if "hookimpl" in marks(function) else None
        if kind not in DEADLINES:
            continue
        if isinstance(function, ast.FunctionDef):
            for name, node in blocking_calls(function):
                yield f"{subject.place(file, node)}: {function.name} calls {name}"
        for node in ast.walk(function):
            if (seconds := _sleeps(node)) is not None and seconds >= DEADLINES[kind]:
                limit = f"{DEADLINES[kind]:g} s"
                yield f"{subject.place(file, node)}: {function.name} sleeps {seconds:g} s of its {limit}"


def _sleeps(node: ast.AST) -> float | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep") and node.args:
        seconds = node.args[0]
        if isinstance(seconds, ast.Constant) and isinstance(seconds.value, int | float):
            return float(seconds.value)
    return None


@rule("gold", "record it with NEWEL_SURFACE=write pytest, look at the change, and commit surface.txt")
def surface_on_record(subject: Subject) -> Iterator[str]:
    """What others rely on (operations, routes, permissions, hooks, commands, contracts, settings) is what
    `surface.txt` beside the tests says."""
    kept = read_record(subject.tests / RECORD) if subject.tests is not None else []
    now = surface(subject)
    if not kept:
        yield f"there is no {RECORD} beside the tests"
    elif [*kept] != now:
        changes = [line for line in difflib.ndiff(kept, now) if line[:2] in ("+ ", "- ")]
        yield f"{RECORD} says otherwise:\n      " + "\n      ".join(changes)


@rule(
    "gold",
    "write a new step instead; keep a setting for two minor versions: Deprecated(...), docs/extend/compatibility.md",
)
def upgrades_are_possible(subject: Subject) -> Iterator[str]:
    """Steps that have landed are as they were, and no setting of this version's line is gone or of another type."""
    if subject.tests is None:
        return
    kept = read_record(subject.tests / RECORD)
    landed, now = [line for line in kept if line.startswith("step ")], steps(subject)
    for before, after in zip(landed, [*now, *[""] * len(landed)], strict=False):
        if before != after:
            yield f"a step that has landed was changed: '{before}' is '{after or 'gone'}'"
    if _line(kept) != _line(surface(subject)):
        return
    types = dict(map(_setting, (line for line in surface(subject) if line.startswith("setting "))))
    for name, kind in map(_setting, (line for line in kept if line.startswith("setting "))):
        if types.get(name) != kind:
            yield f"the setting {name} was {kind} and is {types.get(name, 'gone')}; the version's line is the same"


def _line(lines: list[str]) -> str:
    """Within 1.x nothing may go; before that, within 0.3.x."""
    version = next((line.split()[1] for line in lines if line.startswith("version ")), "")
    parts = re.split(r"[.]", version)
    return ".".join(parts[:2]) if parts[0] == "0" else parts[0]


def _setting(line: str) -> tuple[str, str]:
    name, _, rest = line.removeprefix("setting ").partition(": ")
    return name, rest.partition(" = ")[0]


@rule("gold", "Manifest(docs='https://...'): operators are led there from the list of plugins")
def docs_linked(subject: Subject) -> Iterator[str]:
    """The manifest says where its documentation is."""
    if not subject.manifest.docs.startswith(("https://", "http://")):
        yield f"docs={subject.manifest.docs!r} is no address"


@rule("gold", "start in running() what it needs, follow (app.follow) what it keeps, and end it there")
async def comes_and_goes(subject: Subject) -> list[str]:
    """It can be switched on, off and on again while the site runs, or says that it needs a restart. Engines are
    chosen by a setting, and do neither."""
    if any(isinstance(one, Offer) for one in subject.manifest.provides):
        return []
    name = subject.manifest.name
    others, config = subject.plugins(itself=False), {**subject.config, "plugins": {"disable": [name]}}
    optional = evolve(subject.manifest, optional=False)
    try:
        async with make_app(others, config, others=[optional]) as app:
            try:
                await app.enable(name)
                await app.disable(name)
                await app.enable(name)
            except NeedsRestart:
                return []
    except Exception as error:
        return [f"on, off and on again while the site runs: {error}"]
    return []
