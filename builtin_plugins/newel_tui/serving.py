"""A desk at a terminal."""

from __future__ import annotations

from newel.contracts.clock import Clock
from newel.contracts.terminal import Terminal
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway import Gateway


async def serve(gateway: Gateway, terminal: Terminal, config: TuiConfig, clock: Clock) -> int:
    """Until the person quits or leaves."""
    desk = Desk(gateway, config, clock, lambda: None)
    await desk.begin()
    return await desk.over
