"""``python -m newel.testing.reference FOLDER``: the reference pages, made from the code (``./just docs``)."""

from __future__ import annotations

import inspect
import sys
import tempfile
from pathlib import Path

from newel.app import App
from newel.calling import CHAIN, DEADLINES
from newel.config import read_layers
from newel.discover import from_entry_points
from newel.explain import Setting, explained, settings_of
from newel.spec import deprecations_of, kind_of
from newel.testing.quality import LEVELS, RULES

QUALITY = """What `newel.testing.assert_good_plugin(manifest, level)` checks, in a plain test function of the plugin's
own. Each grade holds the ones before it. `exempt={"rule": "reason"}` leaves a rule out; an exemption that is no longer
needed fails. `NEWEL_SURFACE=write pytest` records the public surface anew."""
HEAD = "<!-- made by ./just docs; do not edit -->\n\n"


def pages(app: App) -> dict[str, str]:
    """The pages by file name."""
    return {
        "hooks.md": _hooks(app),
        "config.md": _config(app),
        "operations.md": _operations(app),
        "quality.md": _quality(),
    }


def _hooks(app: App) -> str:
    text = [
        "# Hooks",
        f"An implementation is marked `@hookimpl` and names the arguments it wants. A chain has {CHAIN:g} s in all.",
    ]
    for name, hook in sorted(app.hooks.declared().items()):
        kind = kind_of(hook) or ""
        limit = f", {DEADLINES[kind]:g} s each" if kind in DEADLINES else ", asked once at boot"
        arguments = ", ".join(inspect.getfullargspec(hook).args)
        text += [f"## {name}", f"`{name}({arguments})` — {kind}{limit}", inspect.getdoc(hook) or ""]
        text += [f"**{told.told(what).capitalize()}.**" for what, told in deprecations_of(hook, hook)]
    return HEAD + "\n\n".join(text) + "\n"


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
