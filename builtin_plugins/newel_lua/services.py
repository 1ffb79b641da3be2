"""The modules that are not about content and tables, for a site."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from newel.contracts.egress import Egress
from newel_lua.config import LuaConfig
from newel_lua.model import Module
from newel_lua.modules.i18n import Catalogue, I18nModule
from newel_lua.modules.in_lua import InLua
from newel_lua.modules.kv import KvModule
from newel_lua.modules.log import LogModule
from newel_lua.modules.mail import MailModule
from newel_lua.modules.request import RequestModule
from newel_lua.modules.settings import SettingsModule
from newel_lua.store_kv import KvStore

if TYPE_CHECKING:
    from newel.app import App


def services(app: App, config: LuaConfig, store: KvStore, texts: Callable[[str], Catalogue]) -> list[Module]:
    """``store`` has to be open before a plugin runs; ``texts`` answers those of a plugin that runs."""
    return [
        InLua("http"),
        InLua("json"),
        InLua("schedule"),
        I18nModule(texts),
        KvModule(store, app.clock),
        LogModule(app.clock, app.log),
        MailModule(),
        RequestModule(lambda: app.find(Egress), app.clock, app.log, local=config.local_requests),
        SettingsModule(),
    ]
