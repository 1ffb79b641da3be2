"""Shows a sheet, and makes sheets of what operations answer."""

from __future__ import annotations

from newel_tui.boxes.sheet.answers import sheet_of
from newel_tui.boxes.sheet.box import SheetBox

__all__ = ["SheetBox", "sheet_of"]
