"""The tables of backups.

``backup_state``: values by name; ``site`` is the site's id, which stays the same over restores.

``backup_notes``: values by name that are about this machine and moment: what failed last, what a schedule has done.

``backup_snapshots``: what this site knows of its snapshots, so that one that vanished from a target, or a whole target
that went back in time, is noticed. ``verified_at``: when all that it holds was read back; ``drilled_at``: when it was
last restored on trial.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

state = Table(
    "backup_state", metadata,
    Column("name", String(191), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

notes = Table(
    "backup_notes", metadata,
    Column("name", String(191), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

snapshots = Table(
    "backup_snapshots", metadata,
    Column("target", String(48), primary_key=True),
    Column("id", String(26), primary_key=True),
    Column("repository", String(26), nullable=False),
    Column("schedule", String(48), nullable=False),
    Column("at", String(24), nullable=False),
    Column("ended_at", String(24), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("verified_at", String(24)),
    Column("drilled_at", String(24)),
    Index("backup_snapshots_at", "at"),
)  # fmt: skip
