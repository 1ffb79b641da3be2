"""The table of what was typed and not sent: a row a form and person. ``values_json`` is the form's own business."""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, String, Table, Text

metadata = MetaData()

kept = Table(
    "tui_kept", metadata,
    Column("owner", String(128), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("values_json", Text, nullable=False),
    Column("saved_at", String(24), nullable=False),
    Index("tui_kept_saved", "saved_at"),
)  # fmt: skip
