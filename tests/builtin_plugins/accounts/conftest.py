"""Sites to test with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.accounts.site import Site, opened

from newel.testing import FakeClock


@pytest.fixture
async def site(clock: FakeClock) -> AsyncIterator[Site]:
    """In memory, with its first admin."""
    async with opened(clock=clock) as one:
        yield one


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What argon2 was asked to do, in order: ``hash`` and ``verify``."""
    from argon2 import PasswordHasher

    done: list[str] = []

    def count(name: str) -> None:
        real = getattr(PasswordHasher, name)

        def counted(*args: Any) -> Any:
            done.append(name)
            return real(*args)

        monkeypatch.setattr(PasswordHasher, name, counted)

    count("hash")
    count("verify")
    return done
