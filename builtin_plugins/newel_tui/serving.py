"""A desk at a terminal."""

from __future__ import annotations

import logging

from newel.contracts.clock import Clock
from newel.contracts.terminal import Terminal
from newel_tui.config import TuiConfig
from newel_tui.gateway import Gateway
from newel_tui.terminal.session import Session


async def serve(
    gateway: Gateway, terminal: Terminal, config: TuiConfig, clock: Clock, log: logging.Logger | None = None
) -> int:
    """Until the person quits (0), leaves or is sent away (1)."""
    return await Session(gateway, terminal, config, clock, log or logging.getLogger("newel.tui")).run()
