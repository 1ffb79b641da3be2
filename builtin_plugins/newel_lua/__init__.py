"""Plugins in Lua: run in processes of their own, with limits, and reach Newel only through what an admin approved."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.accounts import Accounts
from newel.contracts.content import Content
from newel.contracts.database import Database
from newel.contracts.egress import Egress
from newel.contracts.guests import Guests
from newel.contracts.jobs import Jobs
from newel.contracts.limits import RateLimit
from newel.contracts.media import Media
from newel.contracts.migrations import Migrations
from newel_lua.config import LuaConfig

manifest = Manifest(
    name="lua",
    summary="Sandboxed plugins in Lua, dropped into a folder.",
    load="newel_lua.plugin:LuaPlugin",
    config=LuaConfig,
    needs=(Database, Migrations),
    provides=(Guests,),
    wants=(Accounts, Content, Egress, Jobs, Media, RateLimit),
    commands={"lua": "Write, check, test, approve and reload plugins in Lua."},
)
