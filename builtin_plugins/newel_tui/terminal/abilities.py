"""What a terminal can show, by what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class Abilities:
    """``colours``: ``none``, ``16``, ``256`` or ``true``."""

    colours: str
    utf8: bool


def abilities(environment: Mapping[str, str], wanted: str = "auto") -> Abilities:
    """``wanted`` is what the configuration says of colours; it goes before what the terminal says, but ``NO_COLOR`` is
    the person's own word and goes before both."""
    term = environment.get("TERM", "").lower()
    locale = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    # Over SSH many clients tell nothing of their locale; terminals of today are UTF-8.
    utf8 = "utf" in locale.lower() if locale else term not in ("", "dumb", "vt100", "vt220")
    if environment.get("NO_COLOR") or term in ("", "dumb", "vt100", "vt220"):
        colours = "none"
    elif wanted != "auto":
        colours = wanted
    elif environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith(("-direct", "-truecolor")):
        colours = "true"
    elif "256" in term or term in ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm"):
        colours = "256"
    else:
        colours = "16"
    return Abilities(colours=colours, utf8=utf8)
