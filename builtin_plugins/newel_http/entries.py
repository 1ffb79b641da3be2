"""What the open door answers: operations, routes, and the pages about them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from newel.hooks.http import register_routes
from newel_http.operations import OperationDoor
from newel_http.pages import Pages, read_page
from newel_http.router import Entry
from newel_http.routes import RouteDoor

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig


async def entries_of(app: App, config: HttpConfig) -> list[Entry]:
    """The entries, in the order of their owners' start. Clashes are found by the router."""
    made = [OperationDoor(app, config, one).entry() for one in app.operations if one.http is not None]
    made += [RouteDoor(config, owner, route).entry() for owner, route in app.collected(register_routes)]
    if config.docs:
        made += Pages(app, await asyncio.to_thread(read_page)).entries()
    return made
