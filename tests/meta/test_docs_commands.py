"""What pages for operators tell people to type is there: commands with their options, settings, variables."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from tests.meta.recipes import RECIPES

from newel.app import App
from newel.cli import newel
from newel.cli.site import Site
from newel.discover import from_entry_points
from newel.explain import explained, settings_of
from newel.testing.reference import shipped_app

pytestmark = pytest.mark.engines()
ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("start/*.md")), *sorted((ROOT / "docs").glob("operate/*.md"))]
_TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n|(?:^ {4,}[^\n]*\n)+", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_PART = re.compile(r"\n|&&|;| \| | {3,}")
_CALL = re.compile(
    r"\s*(?:\w+=\S* |sudo -u \w+ |docker exec newel |(?:sh )?(?:docker/)?stack\.sh |docker run (?=.*/newel:))*"
    r"(?:\S*/)?(?:newel|.*/newel:\S+) (?=[a-z-])(.*)"
)
_RECIPE = re.compile(r"\./just ([a-z][a-z-]+)(?!\S*=)\b")
_VARIABLE = re.compile(r"\bNEWEL__[A-Z0-9_]+[A-Z0-9]\b")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return shipped_app(tmp_path_factory.mktemp("shipped"))


def calls(text: str) -> Iterator[str]:
    """What stands behind ``newel`` in code, up to the end of the command."""
    shown = [one[0] for one in _BLOCK.finditer(text) if one[1] in {None, "", "sh", "bash"}]
    shown += [" ".join(one.split("\n")) for one in _INLINE.findall(_BLOCK.sub("", text))]
    for code in shown:
        parts = _PART.split(re.sub(r"(^|\s)#\s.*$", "", code.replace("\\\n", " "), flags=re.MULTILINE))
        yield from (found[1].strip() for one in parts if (found := _CALL.match(one)))


def wrong(words: list[str], context: click.Context, command: click.Command = newel) -> str:
    """What is not there of the command that these words call; arguments and values of options may be anything."""
    known = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    while words:
        word = words.pop(0)
        if word.startswith("-") and word != "-":
            option = known.get(word.partition("=")[0])
            if word in {"--help", "-h"}:
                continue
            if not isinstance(option, click.Option):
                return f"no option {word}"
            if not (option.is_flag or option.count or "=" in word):
                words[: option.nargs] = []
        elif isinstance(command, click.Group):
            inner = [(one, command.get_command(context, one)) for one in word.split("|")]
            faults = (wrong([*words], context, one) if one else f"no command {name}" for name, one in inner)
            return next(filter(None, faults), "")
    return ""


def faulty(calls: Iterable[str], app: App) -> list[str]:
    context = click.Context(newel, obj=Site(app.folder, app=app))
    found = ((one, wrong(shlex.split(one.replace(" ...", "")), context)) for one in calls)
    return [f"newel {one}: {fault}" for one, fault in found if fault]


def test_commands_are_there(app: App) -> None:
    called = [(page, one) for page in PAGES for one in calls(page.read_text("utf-8"))]
    assert len(called) > 150
    assert [f"{page.name}: {fault}" for page, one in called for fault in faulty([one], app)] == []


def test_recipes_are_there() -> None:
    called = {(page.name, one) for page in PAGES for one in _RECIPE.findall(page.read_text("utf-8"))}
    assert len(called) > 15
    assert sorted(one for one in called if one[1] not in RECIPES) == []


def test_what_is_not_there_is_found(app: App) -> None:
    text = "    sudo -u newel newel backup run --quickly   # now\n\n`newel ssh keys add|lose`, `newel doctor --quiet`\n"
    assert faulty(calls(text), app) == [
        "newel backup run --quickly: no option --quickly", "newel ssh keys add|lose: no command lose",
    ]  # fmt: skip


def keys(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Section and key of what a newel.toml sets."""
    return ((section, key) for section, inner in table.items() if isinstance(inner, dict) for key in inner)


def test_settings_are_there(app: App) -> None:
    others = [one.manifest() for one in from_entry_points() if one.builtin]
    settings = [*explained(app), *(it for one in others if one.config for it in settings_of(one.name, one.config, app))]
    known = {(one.section, one.key) for one in settings}
    variables = {one.environment for one in settings}
    seen, faults = 0, []
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in _TOML.findall(text):
            if page.stem == "deploy":  # deploy.toml
                continue
            seen += 1
            faults += [
                f"{page.name}: [{one}] {key}" for one, key in keys(tomllib.loads(block)) if (one, key) not in known
            ]
        named = {one.removesuffix("_FILE") for one in _VARIABLE.findall(text)} - {"NEWEL__SECTION__KEY"}
        faults += [f"{page.name}: {one}" for one in sorted(named - variables)]
    assert seen >= 7
    assert faults == []
