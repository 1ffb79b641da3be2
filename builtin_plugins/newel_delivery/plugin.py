"""The routes of delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.context import Permission
from newel.contracts.content import Content
from newel.contracts.http import Route
from newel_delivery.config import DeliveryConfig
from newel_delivery.permissions import READ_PRIVATE
from newel_delivery.routes import Delivery

if TYPE_CHECKING:
    from newel.app import App


class DeliveryPlugin:
    """Composes answers from published snapshots."""

    def __init__(self, app: App, config: DeliveryConfig) -> None:
        self._app = app
        self._delivery = Delivery(app, config)

    @hookimpl
    def register_permissions(self) -> list[Permission]:
        return [READ_PRIVATE]

    @hookimpl
    def register_routes(self) -> list[Route]:
        return self._delivery.routes()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._delivery.open(self._app.need(Content))
        yield
