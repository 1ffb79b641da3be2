"""Files of the person's own, chosen and sent into the library."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newel.contracts.tui import Done
from newel.contracts.views import Act, Col, Listing
from newel.errors import NewelError

if TYPE_CHECKING:
    from newel_tui.boxes.base import Owner
    from newel_tui.desk import Desk

MOST = 5000
"""Names of one folder that are offered."""


async def send_files(desk: Desk, owner: Owner, act: Act, params: Mapping[str, Any]) -> bool:
    """Asks for files, sends them one after the other, and says how many were taken. Answers whether any was."""
    files = await _chosen(desk, act.label)
    taken, first = 0, ""
    for number, file in enumerate(files, 1):
        told = ""
        try:
            async for step in desk.gateway.upload(file, params):
                if isinstance(step, tuple) and (now := _share(*step)) != told:
                    told = now
                    desk.status(f"{file.name}: {told} ({number} of {len(files)})")
            taken += 1
        except (NewelError, OSError) as error:
            first = first or f"{file.name}: {getattr(error, 'detail', error)}"
    desk.status("")
    if files:
        said = f"{taken} of {len(files)} sent"
        desk.toast(f"{said}; {first}" if first else said, "warning" if first else "success")
    if taken:
        await owner.send(Done(act=act.name))
    return taken > 0


def _share(sent: int, size: int) -> str:
    return f"{sent * 100 // size if size else 100} %"


async def _chosen(desk: Desk, title: str) -> Sequence[Path]:
    """Goes through folders until files are chosen; none where the person left."""
    here = await asyncio.to_thread(Path.cwd)
    while True:
        rows = await asyncio.to_thread(_rows, here)
        listing = Listing(
            title=f"{title}: {here}", rows=tuple(rows), key="path", empty="an empty folder",
            columns=(Col(label="Name", value="name"), Col(label="Size", value="size", cell="bytes", weight=0)),
        )  # fmt: skip
        found = await desk.pick(listing, many=True)
        if not found:
            return ()
        files = [Path(row["path"]) for row in found if not row["folder"]]
        if files:
            return files
        here = Path(found[0]["path"])


def _rows(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"path": str(folder.parent), "name": "..", "size": None, "folder": True}]
    try:
        inside = sorted(folder.iterdir(), key=lambda one: (not one.is_dir(), one.name.casefold()))
    except OSError:
        return rows
    for one in inside[:MOST]:
        try:
            is_folder, size = one.is_dir(), one.stat().st_size
        except OSError:
            continue
        rows.append(
            {
                "path": str(one), "name": f"{one.name}/" if is_folder else one.name,
                "size": None if is_folder else size, "folder": is_folder,
            }
        )  # fmt: skip
    return rows
