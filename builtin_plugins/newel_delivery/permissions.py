"""The right that delivery knows."""

from __future__ import annotations

from newel import Permission

READ_PRIVATE = Permission(
    "delivery.read_private", "Read published entries of types that are not public", ("viewer", "editor")
)
