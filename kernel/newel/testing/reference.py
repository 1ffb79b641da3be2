"""``python -m newel.testing.reference FOLDER``: the reference pages, made from the code (``./just docs``)."""

from __future__ import annotations

import inspect
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from newel.app import App
from newel.calling import CHAIN, DEADLINES
from newel.config import read_layers
from newel.discover import from_entry_points
from newel.explain import Setting, explained, settings_of
from newel.manifest import Manifest
from newel.spec import deprecations_of, kind_of
from newel.testing.problems import Code, codes
from newel.testing.quality import LEVELS, RULES

QUALITY = """What `newel.testing.assert_good_plugin(manifest, level)` checks, in a plain test function of the plugin's
own. Each grade holds the ones before it. `exempt={"rule": "reason"}` leaves a rule out; an exemption that is no longer
needed fails. `NEWEL_SURFACE=write pytest` records the public surface anew."""
PROBLEMS = """Every `code` of an error that a caller can meet (`type` is `urn:newel:problem:CODE`), the error of
`newel.errors` that it is, which decides its HTTP status and exit code, and who raises it. `detail` says what is wrong
with that one request. What an operator does about it: [troubleshooting](../../operate/troubleshooting.md)."""
HEAD = "<!-- made by ./just docs; do not edit -->\n\n"
KINDS = {
    "collect": """Asked once, at boot; what all answer is joined, and a name that two bring is a boot error naming both.
        Not async, and nothing outside is touched. A plugin that fails is taken out.""",
    "first": """A question: asked in order of need until one answers something else than `None`. A failure fails the
        act, naming the plugin.""",
    "fold": """May change or refuse, inside the transaction of the act: answer a changed subject, `None` to leave it, or
        raise `Reject`. The next sees what the one before made of it. A failure fails the act, naming the plugin; what
        it wrote is undone with the act. Slow work and calls of other servers do not belong here.""",
    "notify": """Told after the commit, at least once, perhaps by another process; `call.event` is the same each time. A
        failure stays with its plugin: it is told again after growing pauses, and five in a row pause the hook for a
        minute.""",
    "around": """Answers an asynchronous context manager that encloses the act, or `None`. The first in order of need is
        the outermost. A failure to enter fails the act.""",
}
"""What a hook's kind means to who implements it."""
INTRODUCTION = f"""An implementation is marked `@hookimpl` and names the arguments it wants, by their names in the
declaration. But for `collect` it may be async. Implementations run one at a time, those of a plugin after those of the
plugins that it needs. A `fold` or `around` chain has {CHAIN:g} s in all."""


def pages(app: App) -> dict[str, str]:
    """The pages by file name."""
    return {
        "hooks.md": _hooks(app),
        "contracts.md": _contracts(),
        "config.md": _config(app),
        "operations.md": _operations(app),
        "problems.md": _problems(),
        "quality.md": _quality(),
    }


def _hooks(app: App) -> str:
    rows = [f"| {kind} | {_seconds(kind)} | {' '.join(text.split())} |" for kind, text in KINDS.items()]
    text = ["# Hooks", INTRODUCTION, "\n".join(["| kind | each has | |", "|---|---|---|", *rows])]
    for name, hook in sorted(app.hooks.declared().items()):
        kind = kind_of(hook) or ""
        arguments = ", ".join(inspect.getfullargspec(hook).args)
        text += [f"## {name}", f"`{name}({arguments})` — {kind}", inspect.getdoc(hook) or ""]
        text += [f"**{told.told(what).capitalize()}.**" for what, told in deprecations_of(hook, hook)]
    return HEAD + "\n\n".join(text) + "\n"


def _seconds(kind: str) -> str:
    return f"{DEADLINES[kind]:g} s" if kind in DEADLINES else "no time of its own"


def _contracts() -> str:
    providers = {
        contract: [name for name, one in _shipped() if contract in one.offered()]
        for name, one in _shipped()
        for contract in one.offered()
    }
    text = ["# Contracts", "What `needs`, `wants` and `provides` of a manifest may name, and what each promises."]
    for contract, names in sorted(providers.items(), key=lambda one: one[0].__name__):
        text += [
            f"## {contract.__name__}",
            f"`{contract.__module__}` — from {', '.join(f'`{name}`' for name in names)}",
        ]
        text.append(inspect.getdoc(contract) or "")
        for name, member in vars(contract).items():
            doc = inspect.getdoc(member.fget if isinstance(member, property) else member)
            if name.startswith("_") or not (isinstance(member, property) or inspect.isfunction(member)):
                continue
            text.append(f"`{name}{_arguments(member)}`" + (f": {doc}" if doc else ""))
    return HEAD + "\n\n".join(text) + "\n"


def _shipped() -> list[tuple[str, Manifest]]:
    return sorted((one.name, one.manifest()) for one in from_entry_points() if one.builtin)


def _arguments(member: object) -> str:
    if isinstance(member, property) or not callable(member):
        return ""
    return "(" + ", ".join(list(inspect.signature(member).parameters)[1:]) + ")"


def _config(app: App) -> str:
    text = ["# Configuration", "Every setting of the plugins that ship, as `newel config explain` shows it."]
    section = ""
    for one in sorted([*explained(app), *_other_engines(app)], key=lambda one: one.section):
        if one.section != section:
            section = one.section
            text += [f"## [{section}]", "| key | type | default | environment | |\n|---|---|---|---|---|"]
        kind = one.type.replace("|", "\\|")
        text[-1] += f"\n| `{one.key}` | {kind} | `{one.default}` | `{one.environment}` | {one.sentence} |"
    return HEAD + "\n\n".join(text) + "\n"


def _other_engines(app: App) -> list[Setting]:
    """The settings of plugins that another ``database.url`` would have chosen."""
    manifests = [one.manifest() for one in from_entry_points() if one.builtin]
    known = app.configuration.sections
    return [
        setting
        for one in manifests
        if one.config is not None and one.name not in known
        for setting in settings_of(one.name, one.config, app)
    ]


def _operations(app: App) -> str:
    rows = ["| operation | HTTP | effect | permission | |", "|---|---|---|---|---|"]
    rows += [
        f"| `{one.name}` | {f'`{one.http}`' if one.http else ''} | {one.effect} | `{one.needs.name}` | {one.summary} |"
        for one in sorted(app.operations, key=lambda one: one.name)
    ]
    return HEAD + "# Operations\n\nHTTP paths stand below `/api/v1`.\n\n" + "\n".join(rows) + "\n"


def _problems() -> str:
    found: dict[str, list[Code]] = {}
    for one in codes(f"newel_{name}" for name, _ in _shipped()):
        found.setdefault(one.code, []).append(one)
    rows = [
        f"| `{code}` | {_joined(one.kind for one in known)} | {_joined(one.owner for one in known)} |"
        for code, known in found.items()
    ]
    text = ["# Problems", PROBLEMS, "\n".join(["| code | error | from |", "|---|---|---|", *rows])]
    return HEAD + "\n\n".join(text) + "\n"


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words)))


def _quality() -> str:
    text = [
        "# Good plugins",
        QUALITY,
    ]
    for level in LEVELS:
        rules = [one for one in RULES if one.level == level]
        text.append(f"## {level.capitalize()}")
        text += [f"### {one.name}\n\n{' '.join(one.text.split())}\n\nRemedy: {one.remedy}." for one in rules]
    return HEAD + "\n\n".join(text) + "\n"


def shipped_app(folder: Path) -> App:
    """All plugins that ship, optional ones too, booted as far as *checked*."""
    found = [one for one in from_entry_points() if one.builtin]
    optional = [one.name for one in found if one.manifest().optional]
    return App.build(folder, found, read_layers(None, {}, given={"plugins": {"enable": optional}}), environment={})


def main() -> None:
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in pages(shipped_app(Path(folder))).items():
            (target / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
