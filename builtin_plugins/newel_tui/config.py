"""What can be set about the terminal admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from attrs import Factory, frozen

from newel import Max, Min


@frozen(kw_only=True)
class TuiConfig:
    """The ``[tui]`` section."""

    home: Annotated[str, "The screen that is opened first, as `plugin/screen`."] = "site/home"
    colours: Annotated[
        Literal["auto", "none", "16", "256", "true"],
        "What the terminal shows; `auto` goes by what it says.",
    ] = "auto"
    pictures: Annotated[
        Literal["auto", "kitty", "sixel", "blocks", "off"],
        "How pictures are shown; `auto` goes by what the terminal answers. `blocks` are characters.",
    ] = "auto"
    mouse: Annotated[bool, "Whether clicks and the wheel are used. Marking text then takes shift."] = False
    keys: Annotated[
        Mapping[str, str], 'Keys of actions: `{"list.down" = "down j"}`; `?` in the terminal names them.'
    ] = Factory(dict)
    idle_minutes: Annotated[int, "A session without a key ends then; what was typed is kept.", Min(1), Max(1440)] = 30
    keep_days: Annotated[int, "What was typed and not sent is kept for so long.", Min(1), Max(365)] = 14
