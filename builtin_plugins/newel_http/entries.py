"""What the open door answers: operations, routes, probes, and the pages about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from newel.contracts.http import Route
from newel.errors import BootError
from newel.hooks.http import register_routes
from newel_http.operations import OperationDoor
from newel_http.router import Entry, Router
from newel_http.routes import RouteDoor

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation
    from newel_http.config import HttpConfig


Maker = tuple[str, Callable[[], Entry]]


def router_of(app: App, config: HttpConfig, own: list[Entry]) -> Router:
    """The entries, in the order of their owners' start. Who brings one that cannot be is taken out of the site, and
    the others are routed; one of ours stops the start with a ``BootError``."""
    while True:
        router, broken = Router(own), None
        for owner, make in _makers(app, config):
            try:
                router.add(make())
            except Exception as error:  # noqa: BLE001 - what plugins declare is theirs; they are named
                broken = owner, error
                break
        if broken is None:
            return router
        app.fail(broken[0], "collect", broken[1])


def router_anew(app: App, config: HttpConfig, own: list[Entry]) -> Router:
    """The entries after a plugin came or went. Raises what is wrong with its own."""
    router = Router(own)
    for _, make in _makers(app, config):
        router.add(make())
    return router


def _makers(app: App, config: HttpConfig) -> Iterator[Maker]:
    for one in app.operations:
        if one.http is not None:
            yield one.owner, partial(_operated, app, config, one)
    for owner, route in app.collected(register_routes):
        yield owner, partial(_routed, config, owner, route)


def _operated(app: App, config: HttpConfig, operation: Operation) -> Entry:
    return OperationDoor(app, config, operation).entry()


def _routed(config: HttpConfig, owner: str, route: Route) -> Entry:
    if not isinstance(route, Route):
        raise BootError(f"register_routes answered {str(route)[:60]!r}, which is no route")
    return RouteDoor(config, owner, route).entry()
