"""What operations on plugins take and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import field, frozen

from newel import MaxLength


@frozen(kw_only=True)
class PluginName:
    """Which plugin."""

    name: Annotated[str, "Its name, which is that of its folder.", MaxLength(255)]


@frozen(kw_only=True)
class Which(PluginName):
    """Which plugin, and which items of what it asks for."""

    items: Annotated[tuple[str, ...], "As `lua.get` names them, such as `route:POST /submit`.", MaxLength(500)] = ()
    all: Annotated[bool, "All of them."] = False


@frozen(kw_only=True)
class Approve(Which):
    """What is approved."""

    code: Annotated[str | None, "The hash that was looked at; refused where the files have changed since."] = None


@frozen(kw_only=True)
class Reload(PluginName):
    """What is taken anew."""

    keep: Annotated[
        bool, "Routes that were approved in an earlier version, and are asked for as they were, stay approved."
    ] = False  # fmt: skip


@frozen(kw_only=True)
class SetSettings(PluginName):
    """Values by name; null goes back to the default. What is left out stays as it is."""

    settings: Annotated[Mapping[str, Any], "Values by name."] = field(repr=False)


@frozen(kw_only=True)
class AskedItem:
    """One thing that a plugin asks for."""

    item: str
    """As `approve` and `revoke` take it."""
    kind: str
    name: str
    terms: str
    approved: bool
    approved_by: str | None = None
    approved_at: str | None = None


@frozen(kw_only=True)
class Summary:
    """A plugin in a list. ``waiting``: how many items nobody has approved yet."""

    name: str
    state: str
    enabled: bool
    version: str
    waiting: int
    origin: str
    summary: str
    failed_reason: str | None = None


@frozen(kw_only=True)
class Plugins:
    """All plugins, by name."""

    data: tuple[Summary, ...]


@frozen(kw_only=True)
class Info:
    """All about one plugin."""

    name: str
    version: str
    description: str
    author: str
    license: str
    origin: str
    state: str
    enabled: bool
    failed_reason: str | None
    """With file and line where they are known. While a plugin runs: why its newest code does not."""
    code: str
    """The hash of the files that lie there."""
    taken: str
    """The hash of the files that were taken last."""
    request: tuple[AskedItem, ...]
    dependencies: tuple[str, ...]
    settings: tuple[Mapping[str, Any], ...]
    limits: Mapping[str, Any]
    circuit_breaker_state: str
    circuit_breaker_errors: int
    last_error: Mapping[str, Any] | None
    """How a call failed last: `at`, `kind`, `message`, `file`, `line`."""
    hooks_off: tuple[str, ...]
    """Hooks that failed so often that they are not called until the plugin is reloaded."""
    calls_running: int
    calls_limit: int
    manifest_drift: bool
    """Whether the files that lie there are not those that run."""
    capability_drift: tuple[Mapping[str, str], ...]
    schema_drift: tuple[Mapping[str, str], ...]
    capabilities: tuple[Mapping[str, Any], ...]
    screens: tuple[Mapping[str, Any], ...]
    interfaces: tuple[Mapping[str, Any], ...]
    ui: Mapping[str, Any] | None
    counters: Mapping[str, Any]
    nodes: tuple[Mapping[str, Any], ...]
    """What each serving process knows of it."""


@frozen(kw_only=True)
class Decision:
    """How things stand after a decision. ``waiting``: items that are not approved."""

    name: str
    enabled: bool
    version: str
    revision: int
    """Of the decisions; `followed` of a node in `lua.get` says how far it is."""
    approved: tuple[str, ...]
    waiting: tuple[str, ...]
