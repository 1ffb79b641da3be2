"""The one thing that screens and widgets know of a site. All answers are plain JSON-like data."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from attrs import Factory, frozen

from newel.contracts.tui import Mode, ScreenSession

UNSIGNED = ("public", "signed_in")


@frozen(kw_only=True)
class Person:
    """Who sits there."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    everything: bool = False

    def may(self, permission: str) -> bool:
        return self.everything or permission in UNSIGNED or permission in self.permissions


@frozen(kw_only=True)
class Known:
    """An operation, as it is offered to people."""

    name: str
    summary: str
    doc: str
    needs: str
    """The name of the permission."""
    effect: Literal["read", "write"]
    schema: Mapping[str, Any]
    """JSON Schema of the input: an object with ``properties``, ``required`` and ``$defs``."""

    @property
    def acts(self) -> bool:
        """Whether it is an act of a person's: it writes, and not only what the terminal keeps for them meanwhile."""
        return self.effect == "write" and not self.name.startswith("tui.")

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The schemas of its input's fields, by name, in order."""
        properties: Mapping[str, Any] = self.schema.get("properties", {})
        return properties


@frozen(kw_only=True)
class Offered:
    """A screen or a field interface on offer."""

    plugin: str
    name: str
    label: str
    icon: str = ""
    section: str = ""
    hidden: bool = False
    mode: Mode = "overlay"
    types: tuple[str, ...] = Factory(tuple)


class Gateway(Protocol):
    """One person's way to one site. Errors are those of ``newel.errors``; ``Unauthenticated``: the session is over."""

    @property
    def person(self) -> Person:
        """As last told."""

    @property
    def title(self) -> str:
        """What the site is called: its folder or its host."""

    @property
    def local_files(self) -> bool:
        """Whether the person's own files can be read here."""

    @property
    def last_request(self) -> str:
        """The request id of the act (``Known.acts``) that went well last; empty before the first."""

    async def start(self) -> None:
        """Learns who sits there, and which operations and screens there are. Again when rights have changed."""

    @property
    def operations(self) -> Mapping[str, Known]:
        """All that have an HTTP form, permitted or not, by name."""

    def may(self, operation: str) -> bool:
        """Whether it exists and the person may run it."""

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        """Runs an operation; the answer as JSON-like data, secrets that are shown once in clear."""

    async def screens(self) -> Sequence[Offered]:
        """What the person may open, in the order of the menu, without what is hidden."""

    async def interfaces(self) -> Sequence[Offered]: ...

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession: ...

    async def edit(self, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession: ...

    def upload(self, file: Path, params: Mapping[str, Any]) -> AsyncIterator[tuple[int, int] | Mapping[str, Any]]:
        """Sends a file into the library: bytes sent and bytes in all, now and then; the stored asset at the end."""

    async def close(self) -> None: ...


def text_of(value: Any) -> str:
    """A value as a query or a form writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
