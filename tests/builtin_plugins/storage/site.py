"""A site folder and its stores, for the commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from newel.cli import run
from newel.contracts.blobs import Blobs
from newel.testing import make_app

T = TypeVar("T")


def command(folder: Path, *arguments: str, **sections: Mapping[str, Any]) -> int:
    """Runs ``newel storage ...`` on a site with these sections."""
    lines = []
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    (folder / "newel.toml").write_text("\n".join(lines))
    return run(["--site", str(folder), "storage", *arguments])


def on(folder: Path, config: Mapping[str, Any], work: Callable[[Blobs], Awaitable[T]]) -> T:
    """Does something with a store, outside of any command."""

    async def opened() -> T:
        async with make_app(["blobs_local", "blobs_s3"], config, folder=folder) as app:
            return await work(app.need(Blobs))

    return asyncio.run(opened())


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(json.loads(capsys.readouterr().out))
