"""Shows a form."""

from __future__ import annotations

from newel_tui.boxes.form.box import FormBox

__all__ = ["FormBox"]
