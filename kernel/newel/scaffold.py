"""``newel plugins new``: a complete package with tests that pass."""

from __future__ import annotations

import re
from pathlib import Path

from newel.errors import Conflict, Reject

NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")

_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "newel-@dash@"
version = "0.1.0"
description = "A plugin for Newel."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["newel"]

[project.optional-dependencies]
test = ["newel[testing]"]

[project.entry-points."newel.plugins"]
@name@ = "newel_@name@:manifest"

[tool.hatch.build.targets.wheel]
packages = ["newel_@name@"]

[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
newel_guards = true
""",
    "README.md": """\
# newel-@dash@

What it is for, in a sentence.

    pip install -e '.[test]' && pytest
    newel plugins list
""",
    "newel_@name@/__init__.py": '''\
"""What this plugin is for, in a sentence."""

from newel import Manifest
from newel_@name@.config import Config

manifest = Manifest(
    name="@name@",
    summary="What it is for, in a sentence.",
    load="newel_@name@.plugin:Plugin",
    config=Config,
    commands={"@name@": "What its commands are about."},
)
''',
    "newel_@name@/config.py": '''\
"""What can be set: the section [@name@]."""

from typing import Annotated

from attrs import frozen


@frozen(kw_only=True)
class Config:
    """The section ``[@name@]``."""

    greeting: Annotated[str, "The word it greets with."] = "Hello"
''',
    "newel_@name@/plugin.py": '''\
"""The plugin: its hooks. Nothing outside is touched before ``running()``."""

from newel import PUBLIC, Call, hookimpl, operation, operations_of
from newel.app import App
from newel.operations import Operation
from newel_@name@.config import Config


class Plugin:
    """Brings one operation: an HTTP route and a command at once."""

    def __init__(self, app: App, config: Config) -> None:
        self._config = config

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("@name@.greet", needs=PUBLIC, http="GET /@dash@/greeting")
    async def greet(self, call: Call) -> dict[str, str]:
        """Greets whoever calls."""
        return {"greeting": f"{self._config.greeting}, {call.actor.name}"}
''',
    "tests/test_@name@.py": '''\
"""The plugin through the door that all share: its operation."""

from newel.testing import actor, make_app
from newel_@name@ import manifest


async def test_it_greets_with_the_configured_word() -> None:
    async with make_app([manifest], {"@name@": {"greeting": "Moin"}}) as app:
        call = app.call(actor("ann"), "test")
        assert await app.operations.run("@name@.greet", {}, call) == {"greeting": "Moin, ann"}
''',
}


def write_plugin(name: str, into: Path) -> Path:
    """Writes the package and answers its folder. Raises ``Reject`` for a bad name, ``Conflict`` where it exists."""
    if not NAME.fullmatch(name):
        raise Reject(f"'{name}' is no plugin name: lower-case letters, digits and _, from a letter on")
    dash = name.replace("_", "-")
    folder = into / f"newel-{dash}"
    if folder.exists():
        raise Conflict(f"{folder} exists already")
    for path, text in _FILES.items():
        file = folder / path.replace("@name@", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("@name@", name).replace("@dash@", dash), "utf-8")
    return folder
