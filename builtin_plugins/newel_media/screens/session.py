"""What the sessions of these screens have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from newel import Call, NotFound
from newel.contracts.tui import Action, ScreenSession, Toast
from newel.contracts.views import View
from newel.pages import Pages
from newel_media.permissions import MEDIA_WRITE
from newel_media.screens.forms import moving, tagging

if TYPE_CHECKING:
    from newel.app import App

S = TypeVar("S", bound="Session")


class Session(Pages):
    """Views made of what operations answer, in the name of who sits there."""

    def __init__(self, app: App, call: Call, params: Mapping[str, Any]) -> None:
        super().__init__()
        self.app = app
        self._call = call
        self._params = params

    @property
    def writes(self) -> bool:
        """Whether this person may change files."""
        return self._call.actor.may(MEDIA_WRITE)

    async def run(self, operation: str, /, **order: Any) -> Any:
        """Runs an operation, as a call of its own; the answer as JSON-like data."""
        call = self.app.call(self._call.actor, self._call.door, ip=self._call.ip)
        return self.app.structurer.unstructure(await self.app.operations.run(operation, order, call))

    def param(self, name: str) -> str | None:
        """A text among the parameters."""
        value = self._params.get(name)
        return value if isinstance(value, str) else None

    def subject(self) -> str:
        """The id of the file that the screen is about. Raises ``NotFound`` where none was named."""
        id = self.param("id")
        if not id:
            raise NotFound("this screen is about a file: open it from the library")
        return id

    async def folders(self) -> list[dict[str, Any]]:
        """The root and all folders, each before those in it."""
        return [{"id": "", "path": "/"}, *await self.run("media.folders")]

    async def locales(self) -> list[str]:
        """The codes of the site's languages, where content knows them and the person may see them."""
        known = next((one for one in self.app.operations if one.name == "locales.list"), None)
        if known is None or not self._call.actor.may(known.needs):
            return []
        return [one["code"] for one in (await self.run("locales.list"))["data"] if one["enabled"]]

    def leave(self, message: str) -> View | Action:
        """Back to the view below, with a note."""
        self._stack.pop()
        return Toast(message=message, level="success")

    async def over_many(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        """What is done to several files by a view of its own."""
        ids = [str(row["id"]) for row in rows]
        match act:
            case "move" if ids:
                return self.over(moving(ids, await self.folders()))
            case "tag" if ids:
                return self.over(tagging(ids))
        return None


def session(app: App, kind: type[S]) -> Callable[[Call, Mapping[str, Any]], Awaitable[ScreenSession]]:
    """For ``Screen.open``."""

    async def opened(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return kind(app, call, params)

    return opened
