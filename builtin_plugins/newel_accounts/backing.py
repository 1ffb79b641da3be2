"""What accounts are to a backup: rights, so they come back only when asked for; sessions never do."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel_accounts import tables


def backup_parts() -> Sequence[Part]:
    return [
        Part(name="users", summary="People and their roles.", tables=("accounts_*",), comes="asked"),
        Part(
            name="tokens",
            summary="API tokens and SSH keys; sessions never come.",
            tables=("accounts_tokens", "accounts_keys"),
            comes="asked",
            needs=("users",),
            restored=_without_sessions,
        ),
    ]


async def _without_sessions(db: Database) -> None:
    await db.execute(db.render(delete(tables.tokens).where(tables.tokens.c.kind == "session")))
