"""The operations ``site.*``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import Call, Reject, operation
from newel_site.health import Checks
from newel_site.model import (
    Changed,
    Health,
    LogQuery,
    Metrics,
    MetricsQuery,
    Overview,
    Records,
    Set,
    Settings,
    SettingsQuery,
    Unset,
)
from newel_site.overview import Glance
from newel_site.permissions import SITE_CONFIGURE, SITE_READ, SITE_SETTINGS, SITE_WATCH
from newel_site.recording import Recorder
from newel_site.sampling import Sampler
from newel_site.settings import Configuring

if TYPE_CHECKING:
    from newel.app import App


class SiteOperations:
    """Looks after a site."""

    def __init__(self, app: App, checks: Checks, recorder: Recorder, sampler: Sampler) -> None:
        self._glance = Glance(app)
        self._checks = checks
        self._recorder = recorder
        self._sampler = sampler
        self._configuring = Configuring(app)

    @operation("site.overview", needs=SITE_READ, http="GET /site/overview")
    async def overview(self, call: Call) -> Overview:
        """Tells how the site fares in short: version, address, plugins, queue, backups."""
        return await self._glance.taken(call)

    @operation("site.health", needs=SITE_WATCH, http="GET /site/health")
    async def health(self, call: Call) -> Health:
        """Asks every check of every plugin, and says what to do about what is not well."""
        return await self._checks.asked()

    @operation("site.config.list", needs=SITE_SETTINGS, http="GET /site/config")
    async def settings(self, call: Call, order: SettingsQuery) -> Settings:
        """Lists the settings with value, default, origin, and whether a change takes effect at once."""
        text = (order.text or "").casefold()
        found = self._configuring.all(order.section)
        return Settings(data=tuple(one for one in found if text in f"{one.path} {one.sentence}".casefold()))

    @operation(
        "site.config.set", needs=SITE_CONFIGURE, http="PUT /site/config/{path}", effect="write", alone=True
    )  # fmt: skip
    async def set(self, call: Call, order: Set) -> Changed:
        """Changes a setting in newel.toml, and now where that is safe; `restart` says why it is not.

        Nothing is written where the site would not start with it, or where the environment or the command line decide.
        A plugin that does not start with its new section gets the old one back.
        """
        if order.value is None:
            raise Reject.field("/value", "required", "null is no value: site.config.unset brings the default back")
        return await self._configuring.set(call, order.path, order.value)

    @operation(
        "site.config.unset", needs=SITE_CONFIGURE, http="DELETE /site/config/{path}", effect="write", alone=True
    )  # fmt: skip
    async def unset(self, call: Call, order: Unset) -> Changed:
        """Takes a setting out of newel.toml, so that its default holds again."""
        return await self._configuring.set(call, order.path, None)

    @operation("site.log", needs=SITE_WATCH, http="GET /site/log")
    async def log(self, call: Call, order: LogQuery) -> Records:
        """Shows the latest records of this process's log, the newest first."""
        return self._recorder.page(order)

    @operation("site.metrics", needs=SITE_WATCH, http="GET /site/metrics")
    async def metrics(self, call: Call, order: MetricsQuery) -> Metrics:
        """Tells the figures of this process over the last hour, while it serves the site."""
        return self._sampler.told(order.name, order.last)
