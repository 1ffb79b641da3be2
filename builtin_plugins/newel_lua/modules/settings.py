"""``settings``: what an admin set for the plugin."""

from __future__ import annotations

import json
from collections.abc import Sequence

from newel import Secret
from newel.secrets import MASK
from newel_lua.model import LuaFault, LuaValue, Run, Self

SHORTEST = 4
"""Characters from which a secret is masked in text; shorter ones stand in words by chance."""


class SettingsModule:
    """Settings as ``[settings]`` of ``plugin.toml`` types them. A secret is given to its plugin, which has to use it,
    and to nobody else."""

    name = "settings"

    def __init__(self) -> None:
        self.functions = {"get": self.get}

    async def get(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``settings.get(name)``: the value, or ``nil`` where none is set and there is no default."""
        run.forbid("settings.get", "load")
        name = args[0] if args else None
        if not isinstance(name, str) or name not in run.plugin.settings:
            known = ", ".join(sorted(run.plugin.settings)) or "none"
            raise LuaFault(
                f"settings.get: there is no setting {name!r} in [settings] of plugin.toml (there are: {known})"
            )
        value = run.plugin.settings[name]
        return value.reveal() if isinstance(value, Secret) else value


def masked(plugin: Self, text: str) -> str:
    """A text of the plugin's without the values of its secrets; for whatever the host writes down."""
    for value in plugin.settings.values():
        if isinstance(value, Secret):
            secret = value.reveal()
            if isinstance(secret, str) and len(secret) >= SHORTEST:
                for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
                    text = text.replace(form, MASK)
    return text
