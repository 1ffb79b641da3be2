"""A form on a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.tui.forms.sitting import Home, Sat, Shown, Sit, Site

from newel.contracts.tui import Navigate
from newel.contracts.views import Ask, Control, Form
from newel.testing import FakeClock
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk


@pytest.fixture
async def sit() -> AsyncIterator[Sit]:
    """Opens a form of some controls; more arguments go to ``Form``."""
    desks: list[Desk] = []

    async def opened(
        *controls: Control, size: tuple[int, int] = (80, 24), site: Site | None = None, **more: Any
    ) -> Sat:
        site = site or Site()
        site.answers.setdefault("save", lambda params: {"done": True})
        form = Form(**{"title": "Test", "controls": controls, "submit": Ask(operation="save"), **more})
        screen = Shown(form)
        site.sessions |= {("site", "home"): Home(), ("test", "form"): screen}
        clock = FakeClock()
        desk = Desk(site, TuiConfig(), clock, lambda: None)
        desk.size = size
        desks.append(desk)
        await desk.begin()
        await desk.navigate(Navigate(plugin="test", screen="form"))
        sat = Sat(desk, site, clock, screen)
        await sat.rests()
        return sat

    yield opened
    for desk in desks:
        await desk.close()
