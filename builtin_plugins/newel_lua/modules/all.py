"""The modules that every plugin has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from newel.contracts.database import Database
from newel_lua.config import LuaConfig
from newel_lua.model import Module
from newel_lua.modules.content import ContentModule
from newel_lua.modules.core import Core
from newel_lua.modules.crypto import CryptoModule
from newel_lua.modules.db import Db
from newel_lua.modules.hooks import HooksModule
from newel_lua.modules.i18n import Catalogue
from newel_lua.modules.in_lua import InLua
from newel_lua.services import services
from newel_lua.store_kv import KvStore

if TYPE_CHECKING:
    from newel.app import App


class NoDatabase:
    """For machines in which functions do nothing: statements are rendered, and nobody runs them."""

    dialect, collation = "sqlite", ""

    def render(self, clause: object) -> str:
        return ""


def modules_of(
    app: App, config: LuaConfig, db: Database, kv: KvStore, texts: Callable[[str], Catalogue]
) -> Sequence[Module]:
    """``texts``: those of a plugin that runs, by its name."""
    return [
        Db(db, app.clock, app.ids, app.log), Core(app), ContentModule(app), CryptoModule(), HooksModule(), InLua("tui"),
        *services(app, config, kv, texts),
    ]  # fmt: skip
