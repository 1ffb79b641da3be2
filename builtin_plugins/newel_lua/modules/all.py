"""The modules that every plugin has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from newel.contracts.database import Database
from newel.contracts.egress import Egress
from newel_lua.config import LuaConfig
from newel_lua.model import Module
from newel_lua.modules.content import ContentModule
from newel_lua.modules.core import Core
from newel_lua.modules.crypto import CryptoModule
from newel_lua.modules.db import Db
from newel_lua.modules.hooks import HooksModule
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


def modules_of(
    app: App, config: LuaConfig, db: Database, kv: KvStore, texts: Callable[[str], Catalogue]
) -> Sequence[Module]:
    """``texts``: those of a plugin that runs, by its name."""
    return [
        InLua("http"), InLua("json"), InLua("schedule"), InLua("tui"), HooksModule(),
        Db(db, app.clock, app.ids, app.log), Core(app), ContentModule(app), CryptoModule(), I18nModule(texts),
        KvModule(kv, app.clock), LogModule(app.clock, app.log), MailModule(),
        RequestModule(lambda: app.find(Egress), app.clock, app.log, local=config.local_requests), SettingsModule(),
    ]  # fmt: skip
