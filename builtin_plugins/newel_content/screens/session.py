"""What the sessions of these screens have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from newel import Call
from newel.app import App
from newel.context import Permission
from newel.contracts.content import ContentType, Locale
from newel.contracts.tui import ScreenSession
from newel.pages import Pages
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.model import Model

if TYPE_CHECKING:
    from newel_content.plugin import ContentPlugin

S = TypeVar("S", bound="Session")


class Session(Pages):
    """Views made of what operations answer, in the name of who sits there."""

    def __init__(self, content: ContentPlugin, call: Call, params: Mapping[str, Any]) -> None:
        super().__init__()
        self.app: App = content.app
        self.field_types: FieldTypes = content.field_types
        self.params = dict(params)
        self._call = call

    async def run(self, operation: str, /, **order: Any) -> Any:
        """Runs an operation, as a call of its own."""
        call = self.app.call(self._call.actor, self._call.door, ip=self._call.ip)
        return await self.app.operations.run(operation, order, call)

    def may(self, *permissions: Permission) -> bool:
        return all(self._call.actor.may(one) for one in permissions)

    def require(self, permission: Permission) -> None:
        self._call.actor.require(permission)

    def param(self, name: str) -> str | None:
        """A text among the parameters."""
        value = self.params.get(name)
        return value if isinstance(value, str) and value else None

    async def models(self) -> dict[str, Model]:
        """All content types with their field types, by name."""
        types: tuple[ContentType, ...] = (await self.run("types.list")).data
        return {one.name: self.field_types.model(one, 0) for one in types}

    async def locales(self) -> list[str]:
        """The codes of enabled locales, the default first."""
        known: tuple[Locale, ...] = (await self.run("locales.list")).data
        return [one.code for one in known if one.enabled]


def session(content: ContentPlugin, kind: type[S]) -> Callable[[Call, Mapping[str, Any]], Awaitable[ScreenSession]]:
    """For ``Screen.open``."""

    async def opened(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return kind(content, call, params)

    return opened
