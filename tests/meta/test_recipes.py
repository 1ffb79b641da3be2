"""Every recipe is documented, stands in the table of ``recipes.py`` and does what it says there."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.meta.forked import command
from tests.meta.recipes import RECIPES, Ci, Dry, Run
from tests.support import environment

from newel.testing.app import CHEAP_HASH

pytestmark = pytest.mark.engines()
ROOT = Path(__file__).parents[2]
JUST = Path(sys.executable).parent / "just"
GROUPS = {
    "backup", "bench", "content", "db", "deploy", "dev", "docker", "docs", "lint", "lua", "plugins", "release",
    "run", "sdk", "test",
}  # fmt: skip
CHEAP = {f"NEWEL__ACCOUNTS__{key.upper()}": str(value) for key, value in CHEAP_HASH.items()}
TRY = os.environ.get("NEWEL_TRY_RECIPES") == "1"
INSISTS = os.environ.get("NEWEL_TEST_ENGINES") == "all"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)


@functools.cache
def dumped() -> dict[str, Any]:
    ended = subprocess.run(
        [JUST, "--justfile", ROOT / "justfile", "--dump", "--dump-format", "json"],
        capture_output=True, text=True, check=True, env=environment(),
    )  # fmt: skip
    recipes: dict[str, Any] = json.loads(ended.stdout)["recipes"]
    return recipes


def groups(recipe: dict[str, Any]) -> set[str]:
    return {one["group"] for one in recipe["attributes"] if isinstance(one, dict) and "group" in one}


def public() -> dict[str, Any]:
    return {name: one for name, one in dumped().items() if not one["private"]}


def test_there_are_many_and_each_says_what_it_does() -> None:
    assert len(public()) >= 80
    for name, recipe in public().items():
        assert recipe["doc"], f"{name} has no line of documentation"
        assert re.match(r"[A-Z].{10,}", recipe["doc"]), f"{name}: {recipe['doc']}"
        assert len(groups(recipe)) == 1, f"{name} is in the groups {groups(recipe)}"
        assert groups(recipe) <= GROUPS, f"{name} is in a group of its own: {groups(recipe)}"
    assert {"dev", "test", "lint", "db", "plugins", "lua", "docs", "sdk", "bench"} <= set().union(
        *map(groups, public().values())
    )


def test_each_stands_in_the_table() -> None:
    assert sorted(set(public()) - set(RECIPES)) == [], "say in tests/meta/recipes.py what is done with them"
    assert sorted(set(RECIPES) - set(public())) == [], "these recipes of the table are gone"
    assert all(one.reason for one in RECIPES.values() if isinstance(one, Dry))


def test_arguments_stay_arguments() -> None:
    """What somebody types is never put into the text of a script, where it could be a command."""
    for name, recipe in dumped().items():
        names = {one["name"] for one in recipe["parameters"]}
        placed = re.findall(r'\["variable", "(\w+)"\]', json.dumps(recipe["body"]))
        assert not names & set(placed), f"{name} puts {names & set(placed)} into its script"


def test_ci_runs_those_that_say_so() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    called = set(re.findall(r"\./just ([\w-]+)", script))
    for name in list(called):
        called |= {one["recipe"] for one in dumped().get(name, {"dependencies": ()})["dependencies"]}
        called |= set(re.findall(r"\bjust ([\w-]+)", json.dumps(dumped().get(name, {}).get("body", ""))))
    assert {name for name, one in RECIPES.items() if isinstance(one, Ci)} <= called


def test_each_can_be_parsed_with_its_arguments() -> None:
    for name, what in RECIPES.items():
        wanted = [one for one in dumped()[name]["parameters"] if one["default"] is None and one["kind"] != "star"]
        arguments = what.arguments if isinstance(what, Run) else tuple(one["name"] for one in wanted)
        ended = just("--dry-run", "--yes", name, *arguments)
        assert ended.returncode == 0, f"{name}: {ended.stderr}"
        assert ended.stderr.strip(), f"{name} does nothing"


def just(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [JUST, "--justfile", ROOT / "justfile", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, env=environment(**more), timeout=1500 if TRY else 60,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A folder for a site, and `newel` on the path as a command that starts quickly."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "dot.png").write_bytes(PNG)
    with command(tmp_path / "bin") as folder:
        venv = Path(sys.executable).parent
        yield {
            "flags": ["--yes", "--set", "PATH", f"{folder}:{venv}:{os.environ['PATH']}"],
            "names": {"tmp": str(tmp_path), "site": str(tmp_path / "site")},
            "environment": CHEAP | {
                "NEWEL_SITE": str(tmp_path / "site"), "NEWEL_BASE": "HEAD", "NEWEL__HTTP__PORT": "0",
                "NEWEL__SSH__PORT": "0",
            },
        }  # fmt: skip


def tried(name: str, what: Run, place: dict[str, Any]) -> str:
    """What is wrong with how the recipe runs; nothing where it is right."""
    arguments = [one.format(**place["names"]) for one in what.arguments]
    if name in {"serve", "demo"}:
        return served(name, what, place)
    # Tests that a recipe runs are not about this site.
    about = groups(public()[name]) & {"test", "docs", "bench", "deploy"}
    settings = {key: value for key, value in place["environment"].items() if not (about and key.startswith("NEWEL__"))}
    ended = just(*place["flags"], name, *arguments, **settings)
    said = ended.stdout + ended.stderr
    if ended.returncode:
        return f"./just {name} {' '.join(arguments)} ended with {ended.returncode}:\n{said[-1500:]}"
    return "" if what.says in said else f"./just {name} does not say {what.says!r}:\n{said[:1500]}"


def served(name: str, what: Run, place: dict[str, Any]) -> str:
    """A recipe that runs until it is stopped."""
    variables = place["environment"] | {"NEWEL_SITE": f"{place['names']['tmp']}/{name}"}
    with subprocess.Popen(
        [JUST, "--justfile", ROOT / "justfile", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment(**variables), start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if what.says in line:
                os.killpg(process.pid, signal.SIGINT)
                what = Run(says="\0")
        code = process.wait(60)
    seen = what.says == "\0"
    return "" if seen and code in {0, 130} else f"./just {name} ended with {code}:\n{''.join(said)[-1500:]}"


@pytest.mark.may_block
@pytest.mark.timeout(3600 if TRY else 120)
def test_those_that_can_run_here_do(place: dict[str, Any]) -> None:
    faults = []
    for name, what in RECIPES.items():
        if isinstance(what, Run) and (TRY or not what.dear) and (what.possible or INSISTS):
            faults.append(tried(name, what, place))
    assert not any(faults), "\n\n".join(filter(None, faults))
