"""What the operations of SSH keys take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from attrs import frozen

from newel import MaxLength, MinLength
from newel_accounts import public_keys
from newel_accounts.model import LINE, LONGEST, Cursor, Limit

Sources = Annotated[tuple[str, ...] | None, "Addresses and networks that it may come from.", MaxLength(100)]
Forced = Annotated[str | None, "The only operation that it may run.", MaxLength(128)]


@frozen(kw_only=True)
class SshKey:
    """A public key that somebody may sign in with over SSH."""

    id: str
    user: Annotated[str, "Whose it is."]
    label: str
    kind: Annotated[str, "Such as `ssh-ed25519`."]
    fingerprint: Annotated[str, "As `ssh-keygen -l` writes it."]
    public_key: Annotated[str, "As in a `.pub` file, without its comment."]
    operation: Annotated[str | None, "The only operation that it may run; `null`: all that its owner may."]
    sources: Annotated[tuple[str, ...] | None, "Networks that it may come from; `null`: any."]
    expires_at: str | None
    created_at: str
    last_used_at: Annotated[str | None, "When it was last used, to the minute."]
    current: Annotated[bool, "Whether it is the one that asks."]


@frozen(kw_only=True)
class KeyQuery:
    """Whose keys, the oldest first."""

    user: Annotated[str | None, "Somebody else's id or e-mail address; that needs `tokens.manage`.", MaxLength(LONGEST)
    ] = None  # fmt: skip
    limit: Limit = 50
    cursor: Cursor = ""


@frozen(kw_only=True)
class KeyPage:
    """A page of keys; ``next`` is the cursor of the following one."""

    data: tuple[SshKey, ...]
    next: str | None = None


@frozen(kw_only=True)
class NewKey:
    """A key to be let in."""

    key: Annotated[
        str, "The text of a `.pub` file, or a line of `authorized_keys` without options.",
        MinLength(1), MaxLength(public_keys.LONGEST),
    ]  # fmt: skip
    label: Annotated[str, "What it is called; the key's comment when empty.", LINE, MaxLength(LONGEST)] = ""
    expires_at: Annotated[datetime | None, "When it stops working; left out: never."] = None
    operation: Forced = None
    sources: Sources = None
    user: Annotated[
        str | None, "Somebody else's id or e-mail address; that needs `tokens.manage`.", MaxLength(LONGEST)
    ] = None


@frozen(kw_only=True)
class KeyChange:
    """What to change of a key; what is left out stays."""

    id: str
    label: Annotated[str | None, "What it is called.", LINE, MaxLength(LONGEST)] = None
    expires_at: Annotated[datetime | None, "When it stops working."] = None
    forever: Annotated[bool, "It does not stop working by itself."] = False
    operation: Annotated[str | None, "The only operation that it may run; an empty text: any.", MaxLength(128)] = None
    sources: Annotated[
        tuple[str, ...] | None, "Addresses and networks that it may come from; an empty list: any.", MaxLength(100)
    ] = None
