"""What is told of plugins."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import MaxLength

Name = Annotated[str, "The plugin's name.", MaxLength(64)]


@frozen(kw_only=True)
class PluginName:
    """Which plugin."""

    name: Name


@frozen(kw_only=True)
class PluginFailure:
    """What failed, as an operator is told."""

    stage: Annotated[str, "Where: `manifest`, `select`, `config`, `import`, `collect`, `migrate`, `start`, `hook`."]
    cause: Annotated[str, "Why, in a line."]
    remedy: Annotated[str, "What to do."]


@frozen(kw_only=True)
class PluginHealth:
    """How a hook that is told after the fact fares, where it has failed."""

    hook: Annotated[str, "Its name."]
    failures: Annotated[int, "Failures in all since the start."]
    paused: Annotated[int, "Seconds for which it is not told, after repeated failure."]


@frozen(kw_only=True)
class PluginState:
    """A plugin that is there, running or not."""

    name: Name
    state: Annotated[str, "`on`, `off` or `failed`."]
    why: Annotated[str, "Why it is off, or failed; empty where it is on."]
    origin: Annotated[str, "`built in`, its package, or its folder."]
    summary: Annotated[str, "What it is for; empty where it was not loaded."]
    version: Annotated[str, "Its version; empty where it was not loaded."]
    note: Annotated[str, "In a line: why it is off, or failed; what it is for where it is on."]


@frozen(kw_only=True)
class PluginDetails(PluginState):
    """All about one plugin."""

    needs: Annotated[list[str], "Contracts it cannot do without."]
    wants: Annotated[list[str], "Contracts it uses where somebody provides them."]
    provides: Annotated[list[str], "Contracts that it provides, or may."]
    hooks: Annotated[list[str], "Hooks it implements."]
    operations: Annotated[list[str], "Its operations."]
    failures: Annotated[list[PluginFailure], "What failed since the start."]
    health: Annotated[list[PluginHealth], "Its hooks that failed."]
    deprecations: Annotated[list[str], "What it uses that will go, with what to use instead."]
    troubles: Annotated[list[str], "`failures`, a line each."]
    breakers: Annotated[list[str], "`health`, a line each."]
    restart: Annotated[str, "Why it could not be switched off without a restart; empty where it could, or is off."]


@frozen(kw_only=True)
class PluginSwitched:
    """What became of a switch. It is in newel.toml either way."""

    name: Name
    on: Annotated[bool, "Whether it runs from the next start on."]
    live: Annotated[bool, "Whether that is so already, in this process."]
    restart: Annotated[str, "Why it takes a restart; empty where it does not."]
