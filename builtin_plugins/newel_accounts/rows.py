"""Answers from rows, and rows to insert."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from newel.contracts.database import Row, Value
from newel_accounts import credentials
from newel_accounts.credentials import Kind
from newel_accounts.key_model import SshKey
from newel_accounts.model import Role, Token, User
from newel_accounts.rights import Rights


def user_row(
    id: str, now: str, *, email: str, name: str, role: str, password: str, must_change: int
) -> dict[str, Value]:
    """A row of ``accounts_users``; ``password`` is the hash."""
    return {
        "id": id, "email": email, "name": name, "role": role, "password": password, "must_change": must_change,
        "disabled": 0, "revision": 1, "created_at": now, "updated_at": now,
    }  # fmt: skip


def token_row(
    id: str, now: str, secret: str, *, owner: str, kind: Kind, label: str = "",
    scopes: tuple[str, ...] | None = None, expires_at: str | None = None,
) -> dict[str, Value]:  # fmt: skip
    """A row of ``accounts_tokens``; the secret itself is left behind."""
    return {
        "id": id, "owner": owner, "kind": kind, "label": label, "hash": credentials.token_hash(secret),
        "scopes": None if scopes is None else json.dumps(sorted(set(scopes))), "expires_at": expires_at,
        "created_at": now, "last_used_at": None,
    }  # fmt: skip


def shown_user(row: Row) -> User:
    """An account as it is shown."""
    return User(**user_fields(row))


def user_fields(row: Row) -> dict[str, Any]:
    """The shown fields of an account by name."""
    names = ("id", "email", "name", "role", "revision", "created_at", "updated_at")
    return {name: row[name] for name in names} | {name: bool(row[name]) for name in ("disabled", "must_change")}


def shown_role(row: Row, rights: Rights) -> Role:
    """A role as it is shown."""
    return Role(
        name=row["role"], summary=row["summary"], builtin=bool(row["builtin"]), everything=rights.everything,
        permissions=tuple(sorted(rights.permissions)), revision=row["revision"],
    )  # fmt: skip


def shown_token(row: Row, current: str) -> Token:
    """A token as it is shown; ``current`` is the id of the one that asks."""
    return Token(
        id=row["id"], kind=row["kind"], label=row["label"],
        scopes=None if row["scopes"] is None else tuple(json.loads(row["scopes"])), expires_at=row["expires_at"],
        created_at=row["created_at"], last_used_at=row["last_used_at"], current=row["id"] == current,
    )  # fmt: skip


def shown_key(row: Mapping[str, Any], current: str) -> SshKey:
    """An SSH key as it is shown; ``current`` is the id of the credential that asks."""
    names = ("id", "label", "public_key", "fingerprint", "operation", "expires_at", "created_at", "last_used_at")
    return SshKey(
        user=row["owner"], kind=row["public_key"].partition(" ")[0],
        sources=None if row["sources"] is None else tuple(json.loads(row["sources"])), current=row["id"] == current,
        **{name: row[name] for name in names},
    )  # fmt: skip
