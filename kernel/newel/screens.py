"""The terminal screens of a site: found, and opened for those who may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from newel.contracts.tui import SECTIONS, FieldInterface, Screen, ScreenSession, ScreenSource
from newel.errors import BootError, NewelError, NotFound
from newel.hooks.tui import register_screens

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call

K = TypeVar("K", Screen, FieldInterface)


class Screens:
    """All screens and field interfaces, by plugin and name. What comes from a ``ScreenSource`` is asked for anew."""

    def __init__(self, app: App) -> None:
        self._app = app
        known = app.collected(register_screens)
        for kind in (Screen, FieldInterface):
            keys = [(one.plugin or plugin, one.name) for plugin, one in known if isinstance(one, kind)]
            if twice := sorted({key for key in keys if keys.count(key) > 1}):
                raise BootError(f"the plugin '{twice[0][0]}' brings two screens called '{twice[0][1]}'")

    def all(self) -> dict[tuple[str, str], Screen]:
        """Every screen by plugin and name, in order of need."""
        return dict(self._offered(Screen))

    def interfaces(self) -> dict[tuple[str, str], FieldInterface]:
        """Every field interface by plugin and name."""
        return dict(self._offered(FieldInterface))

    def menu(self, call: Call) -> dict[tuple[str, str], Screen]:
        """What somebody may open, without what is hidden, section by section."""
        found = [(key, one) for key, one in self.all().items() if not one.hidden and call.actor.may(one.needs)]
        return dict(sorted(found, key=lambda pair: SECTIONS.index(pair[1].section)))

    async def open(self, call: Call, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        """A session, not started yet. Raises ``NotFound``, ``Forbidden`` (which the audit trail is told), and what the
        screen raises."""
        screen = self.all().get((plugin, name))
        if screen is None:
            raise NotFound(f"the plugin '{plugin}' has no screen '{name}'")
        try:
            call.actor.require(screen.needs)
        except NewelError as error:
            await self._app.operations.denied(f"screen {plugin}/{name}", call, error)
            raise
        return await screen.open(call, params)

    async def edit(self, call: Call, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession:
        """A session of a field's editor, not started yet. Whether the field may be changed is the caller's question."""
        interface = self.interfaces().get((plugin, name))
        if interface is None:
            raise NotFound(f"the plugin '{plugin}' has no field interface '{name}'")
        return await interface.open(call, value, config)

    def _offered(self, kind: type[K]) -> Iterator[tuple[tuple[str, str], K]]:
        for plugin, one in self._app.collected(register_screens):
            for each in _those_of(one):
                if isinstance(each, kind):
                    yield (each.plugin or plugin, each.name), each


def _those_of(one: Screen | FieldInterface | ScreenSource) -> Sequence[Screen | FieldInterface]:
    return [one] if isinstance(one, Screen | FieldInterface) else [*one.screens(), *one.interfaces()]
