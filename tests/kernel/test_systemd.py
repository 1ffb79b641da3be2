"""A start, a stop and a loop that turns are told to systemd (``sd_notify``)."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from newel import systemd


@pytest.mark.parametrize("abstract", [False, True])
async def test_start_watchdog_and_stop(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"@newel-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{name[1:]}" if abstract else name)
        server.setblocking(False)
        loop = asyncio.get_running_loop()

        async def said() -> str:
            return (await loop.sock_recv(server, 4096)).decode()

        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "30000")
        async with asyncio.timeout(10), systemd.telling() as tell:
            assert "NOTIFY_SOCKET" not in os.environ, "a child would speak for the site"
            assert await said() == "EXTEND_TIMEOUT_USEC=60000000"
            tell("READY=1\nSTATUS=up")
            assert await said() == "READY=1\nSTATUS=up"
            assert [await said(), await said()] == ["WATCHDOG=1", "WATCHDOG=1"], "again and again"
            tell("STOPPING=1")
            while (last := await said()) == "WATCHDOG=1":
                pass
            assert last == "STOPPING=1"


@pytest.mark.parametrize("address", ["", "/no/such/socket", "vsock:2:1"])
async def test_where_nobody_listens_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    async with systemd.telling() as tell:
        tell("READY=1")
