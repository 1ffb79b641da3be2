"""The right to look at the database."""

from __future__ import annotations

from newel import Permission

DATABASE_READ = Permission("database.read", "See how large the database is, and have the engine check it.")
