"""How far files on their way are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from newel.contracts.layout import harmless
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner
from newel_tui.boxes.drawing import Painter, Spans, cut


class UploadingBox(Box):
    """``stop`` is called for ``esc``, as often as that is pressed."""

    def __init__(self, host: Host, owner: Owner, files: int, total: int, stop: Callable[[], None]) -> None:
        self.name = ""
        self.number = self.failed = 0
        self.sent = 0
        """Bytes of all files."""
        self.note = ""
        self._files = files
        self._total = total
        self._stop = stop
        super().__init__(host, owner, None, Painter(self._paint))

    def wants(self, width: int, height: int) -> tuple[int, int]:
        return min(width, 60), min(height, 4)

    def actions(self) -> Sequence[Action]:
        return (Action(name="upload.stop", label="stop", keys=("esc", "q"), hint=True, run=self._stop),)

    async def leave(self) -> bool:
        self._stop()
        return False

    def _paint(self, width: int, height: int) -> list[Spans]:
        share = min(1.0, self.sent / self._total) if self._total else 1.0
        room = max(1, width - 8)
        bar = ("#" * round(share * room)).ljust(room, "-")
        told = f"{self.number:,} of {self._files:,}" + (f", {self.failed:,} not taken" if self.failed else "")
        return [
            [(None, cut(harmless(self.name), width))], [("accent", f"[{bar}]"), (None, f" {share:4.0%}")],
            [("faint", told)], [("warn", self.note)],
        ]  # fmt: skip
