"""Files of the person's own, chosen and sent into the library."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newel.contracts.views import Col, Listing
from newel.errors import NewelError, NotFound, Unauthenticated
from newel_tui.boxes.making import shown_answer
from newel_tui.boxes.paths import PathsBox
from newel_tui.boxes.uploading import UploadingBox
from newel_tui.chosen import Found, found

if TYPE_CHECKING:
    from newel_tui.boxes.base import Owner
    from newel_tui.desk import Desk

MOST = 5000
"""Names of one folder that are offered."""
STOPPED = "not sent: stopped before"


async def send_files(desk: Desk, owner: Owner, label: str, params: Mapping[str, Any]) -> list[str]:
    """Asks for files, sends them one after the other, tells what was not taken and why. Answers the new ids.

    Raises ``NotFound`` where the person's own files are not on this machine: nothing of it is looked at then.
    """
    if not desk.gateway.local_files:
        raise NotFound("files of yours cannot be read here: send them by SFTP or SCP")
    chosen = await _asked(desk, owner, label)
    if chosen is None:
        return []
    sending = Sending(desk, owner, params, chosen)
    if chosen.files:
        work = desk.work.start(sending.all())
        await desk.fill(label, sending.box)
        sending.stop()  # where the box went in another way, so do the files
        await asyncio.wait([work])
    told = f"{len(sending.ids):,} of {len(chosen.files) + len(chosen.left):,} sent"
    desk.toast(told, "warning" if sending.left else "success")
    if sending.left:
        rows = [{"file": Path(one).name or one, "why": why, "in": str(Path(one).parent)} for one, why in sending.left]
        await desk.fill(f"{label}: {told}", shown_answer(desk, owner, {"not sent": rows}))
    return sending.ids


class Sending:
    """Files on their way. What was taken stays, however it ends."""

    def __init__(self, desk: Desk, owner: Owner, params: Mapping[str, Any], chosen: Found) -> None:
        self.box = UploadingBox(desk, owner, len(chosen.files), chosen.bytes, self.stop)
        self.ids: list[str] = []
        self.left = list(chosen.left)
        """What was not taken, with the reason."""
        self._desk = desk
        self._params = params
        self._files = chosen.files
        self._one: asyncio.Task[Mapping[str, Any]] | None = None
        self._arrived = False
        """Whether all bytes of the present file are there, and only the answer is missing."""
        self._stopped = 0

    def stop(self) -> None:
        """Sends no more. A file of which all bytes are there is waited for; called again, it is not."""
        self._stopped += 1
        if self._one is not None and (not self._arrived or self._stopped > 1):
            self._one.cancel()
        elif self._one is not None:
            self.box.note = "stops after this file; esc again: at once"
            self._desk.redraw()

    async def all(self) -> None:
        try:
            before = 0
            for number, (file, size) in enumerate(self._files.items(), 1):
                self.box.name, self.box.number, self.box.sent = file.name, number, before
                if self._stopped:
                    self._not(file, STOPPED)
                else:
                    await self._send(file, before)
                before += size
        finally:
            self._desk.finish(self.box, None)

    async def _send(self, file: Path, before: int) -> None:
        self._one, self._arrived = asyncio.ensure_future(self._steps(file, before)), False
        try:
            await asyncio.wait([self._one])
        except asyncio.CancelledError:
            self._one.cancel()
            raise
        try:
            self.ids.append(str(self._one.result()["id"]))
        except asyncio.CancelledError:
            asked = "stopped before the site answered: look whether it is there"
            self._not(file, asked if self._arrived else "not sent: stopped half way")
        except Unauthenticated:
            raise
        except (NewelError, OSError) as error:
            self._not(file, error.detail if isinstance(error, NewelError) else (error.strerror or str(error)).lower())
        finally:
            self._one = None

    async def _steps(self, file: Path, before: int) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = {}
        async for step in self._desk.gateway.upload(file, self._params):
            if isinstance(step, tuple):
                self.box.sent, self._arrived = before + step[0], step[0] >= step[1]
                self._desk.redraw()
            else:
                answer = step
        return answer

    def _not(self, file: Path, why: str) -> None:
        self.left.append((str(file), why))
        self.box.failed += 1


async def _asked(desk: Desk, owner: Owner, label: str) -> Found | None:
    """Until paths are given that can be read; ``None`` where the person left. Of folders, it is asked whether that much
    is meant."""
    text: str | None = ""
    while True:
        text = await desk.fill(label, PathsBox(desk, owner, text or ""))
        if text is None:
            return None
        try:
            if text.strip():
                chosen = await asyncio.to_thread(found, text)
            else:
                chosen = Found(files=await _browsed(desk, label))
        except NewelError as error:
            desk.toast(error.detail, "error")
            continue
        if chosen.folders:
            count = len(chosen.files)
            question = f"Send {count:,} file{'' if count == 1 else 's'}, {_size(chosen.bytes)}?"
            if not await desk.ask(label, f"{question} Those of folders inside too, all into this one."):
                continue
        if chosen.files or chosen.left:
            return chosen


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


async def _browsed(desk: Desk, title: str) -> dict[Path, int]:
    """Goes through folders until files are chosen; none where the person left."""
    here = await asyncio.to_thread(Path.cwd)
    while True:
        rows = await asyncio.to_thread(_rows, here)
        listing = Listing(
            title=f"{title}: {here}", rows=tuple(rows), key="path", empty="an empty folder",
            columns=(Col(label="Name", value="name"), Col(label="Size", value="size", cell="bytes", weight=0)),
        )  # fmt: skip
        picked = await desk.pick(listing, many=True)
        if not picked:
            return {}
        files = {Path(row["path"]): int(row["size"]) for row in picked if not row["folder"]}
        if files:
            return files
        here = Path(picked[0]["path"])


def _rows(folder: Path) -> Sequence[dict[str, Any]]:
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
