"""The rights around plugins in Lua."""

from __future__ import annotations

from newel import Permission

LUA_READ = Permission("lua.read", "See plugins in Lua, what they ask for and how they fare", ("editor",))
LUA_MANAGE = Permission("lua.manage", "Enable, approve, set and reload plugins in Lua")
