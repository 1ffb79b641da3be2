"""pytest plugin of the kit: fixtures, and guards for suites that ask for them with ``newel_guards = true``.

It imports nothing of the application when pytest starts, so coverage of plugins is measured in full.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from newel.testing.off import plugins_off
from newel.testing.without import Without

if TYPE_CHECKING:
    from newel.testing.clock import FakeClock

LOOPBACK = ("127.", "::1", "localhost")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "newel_guards", "no network, no changed environment, no blocking call in the loop", "bool", default=False
    )


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until it is advanced."""
    from newel.testing.clock import FakeClock

    return FakeClock()


@pytest.fixture
async def make_app() -> AsyncIterator[Any]:
    """Makes running applications that stop with the test: ``app = await make_app(["sqlite"], {...})``."""
    from contextlib import AsyncExitStack

    from newel.testing.app import make_app as make

    async with AsyncExitStack() as stack:

        async def enter(*args: Any, **kwargs: Any) -> Any:
            return await stack.enter_async_context(make(*args, **kwargs))

        yield enter


@pytest.fixture(autouse=True)
def _newel_guards(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not request.config.getini("newel_guards"):
        yield
        return
    environment = dict(os.environ)
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(host).startswith(LOOPBACK):
            raise RuntimeError(f"a test tried to reach {host}: tests stay on this machine")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    with _no_blocking(request):
        yield
    monkeypatch.undo()
    changed = {
        key
        for key in {*environment, *os.environ} - {"PYTEST_CURRENT_TEST"}
        if environment.get(key) != os.environ.get(key)
    }
    assert not changed, f"the test left the environment changed: {sorted(changed)}"


@contextmanager
def _no_blocking(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that blocks the event loop (file, socket, sleep, lock). ``@pytest.mark.may_block`` lifts it."""
    try:
        import blockbuster  # noqa: F401 - an author may leave it out
    except ImportError:
        yield
        return
    if request.node.get_closest_marker("may_block") is not None:
        yield
        return
    from newel.testing.blocking import watch

    made = watch(("newel", *_plugin_packages()))
    made.activate()
    try:
        yield
    finally:
        made.deactivate()


@cache
def _plugin_packages() -> list[str]:
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    points = entry_points(group="newel.plugins")
    names = {point.value.partition(":")[0].partition(".")[0] for point in points}
    names -= {f"newel_{name}" for name in plugins_off()}
    return sorted(name for name in names if find_spec(name) is not None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_plugin(name): left out of a run without that plugin")
    if plugins_off():
        config.pluginmanager.register(Without(plugins_off()), "newel_without")
    config.addinivalue_line("markers", "may_block: the test calls blocking code in the event loop on purpose")
