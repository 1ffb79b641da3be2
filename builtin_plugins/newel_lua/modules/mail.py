"""``mail``: there is no mail in Newel yet, and the function says so."""

from __future__ import annotations

from collections.abc import Sequence

from newel_lua.model import LuaRefused, LuaValue, Run


class MailModule:
    """``mail.send`` answers ``nil, "this site has no mail"``, which is what it will answer where none is set up."""

    name = "mail"

    def __init__(self) -> None:
        self.functions = {"send": self.send}

    async def send(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        raise LuaRefused("this site has no mail")
