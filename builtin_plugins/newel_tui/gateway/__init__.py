"""What the terminal admin reaches a site through: its operations and its screens, here or elsewhere."""

from __future__ import annotations

from newel_tui.gateway.model import Gateway, Known, Offered, Person

__all__ = ["Gateway", "Known", "Offered", "Person"]
