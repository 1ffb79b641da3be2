"""What the operations of accounts take and answer. No answer has a place for a hash."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from attrs import frozen

from newel import Max, MaxLength, Min, MinLength, Pattern, Secret, ShownOnce
from newel_accounts.config import LEAST, MOST

_UNSEEN = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
"""Control characters, and halves of characters."""
LINE = Pattern(rf"[^{_UNSEEN}]*")
EMAIL = Pattern(rf"[^@\s{_UNSEEN}]+@[^@\s{_UNSEEN}]+")
LONGEST = 191

Base = Annotated[int | None, "The revision that the change is based on; empty: whatever is there."]
Cursor = Annotated[str, "Where the previous page ended (`next`).", MaxLength(26)]
Limit = Annotated[int, "How many a page.", Min(1), Max(200)]
NewPassword = Annotated[Secret[str], "10 to 256 characters.", MinLength(LEAST), MaxLength(MOST)]
RoleName = Annotated[str, "The role's name.", Pattern(r"[a-z][a-z0-9_]{0,62}")]
Permissions = Annotated[tuple[str, ...], "Names of permissions; `permissions.list` tells them.", MaxLength(1000)]
RevokeTokens = Annotated[bool, "Revoke the API tokens and remove the SSH keys as well."]


# -- signing in -----------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Login:
    """An e-mail address and its password."""

    email: Annotated[str, "The e-mail address.", MaxLength(LONGEST)]
    password: Annotated[Secret[str], "The password.", MaxLength(MOST)]


@frozen(kw_only=True)
class Session:
    """A session. Send its token as ``Authorization: Bearer``."""

    id: str
    token: ShownOnce[str]
    expires_at: str
    must_change: Annotated[bool, "Whether the password was given by somebody else and should be changed."]


@frozen(kw_only=True)
class Logout:
    """Which sessions to end."""

    everywhere: Annotated[bool, "End all of one's sessions, not only this one."] = False


@frozen(kw_only=True)
class ChangePassword:
    """The present password and the one to come."""

    current: Annotated[Secret[str], "The present password.", MaxLength(MOST)]
    new: NewPassword
    revoke_tokens: RevokeTokens = False


@frozen(kw_only=True)
class Me:
    """Who asks, and what they may do with the credential they showed."""

    id: str
    kind: str
    name: str
    email: str | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    everything: bool
    must_change: bool
    credential: Annotated[str, "The id of the session, token or SSH key; empty where there is none."]


# -- users ----------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class User:
    """An account."""

    id: str
    email: str
    name: str
    role: str
    disabled: bool
    must_change: Annotated[bool, "Whether the password was given by somebody else and should be changed."]
    revision: int
    created_at: str
    updated_at: str


@frozen(kw_only=True)
class NewUser:
    """An account to be."""

    email: Annotated[str, "The e-mail address; no two accounts share one.", EMAIL, MaxLength(LONGEST)]
    name: Annotated[str, "The name that others see; the e-mail address when empty.", LINE, MaxLength(LONGEST)] = ""
    role: RoleName = "viewer"
    password: Annotated[
        Secret[str] | None, "10 to 256 characters; left out: a random one is made and shown once.",
        MinLength(LEAST), MaxLength(MOST),
    ] = None  # fmt: skip


@frozen(kw_only=True)
class MadeUser(User):
    """An account just made."""

    password: Annotated[ShownOnce[str] | None, "The random password, where none was given."]


@frozen(kw_only=True)
class UserChange:
    """What to change of an account; what is left out stays."""

    id: str
    email: Annotated[str | None, "The e-mail address.", EMAIL, MaxLength(LONGEST)] = None
    name: Annotated[str | None, "The name that others see.", LINE, MinLength(1), MaxLength(LONGEST)] = None
    role: Annotated[str | None, "The role's name.", MaxLength(63)] = None
    disabled: Annotated[bool | None, "Whether the account is shut; its sessions end."] = None
    revision: Base = None


@frozen(kw_only=True)
class UserQuery:
    """Which accounts, the oldest first."""

    role: Annotated[str | None, "Only those with this role.", MaxLength(63)] = None
    disabled: Annotated[bool | None, "Only those that are shut, or are not."] = None
    email: Annotated[str | None, "Only the one with this address.", MaxLength(LONGEST)] = None
    limit: Limit = 50
    cursor: Cursor = ""


@frozen(kw_only=True)
class UserPage:
    """A page of accounts; ``next`` is the cursor of the following one."""

    data: tuple[User, ...]
    next: str | None = None


@frozen(kw_only=True)
class ById:
    """The one meant."""

    id: str


@frozen(kw_only=True)
class ResetPassword:
    """Whose password."""

    id: str
    revoke_tokens: RevokeTokens = False


@frozen(kw_only=True)
class OneTimePassword:
    """A password just made. Its owner should change it."""

    password: ShownOnce[str]


# -- roles ----------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Role:
    """A role, with all that it may do."""

    name: str
    summary: str
    builtin: Annotated[bool, "Whether it is always there, and gets what plugins mean it to have."]
    everything: bool
    permissions: tuple[str, ...]
    revision: int


@frozen(kw_only=True)
class RoleList:
    """All roles, by name."""

    data: tuple[Role, ...]


@frozen(kw_only=True)
class NewRole:
    """A role to be."""

    name: RoleName
    summary: Annotated[str, "What it is for, in a sentence.", LINE, MaxLength(LONGEST)] = ""
    permissions: Permissions = ()


@frozen(kw_only=True)
class RoleChange:
    """What to change of a role; what is left out stays."""

    name: RoleName
    summary: Annotated[str | None, "What it is for, in a sentence.", LINE, MaxLength(LONGEST)] = None
    permissions: Annotated[tuple[str, ...] | None, "All that it may do from now on.", MaxLength(1000)] = None
    revision: Base = None


@frozen(kw_only=True)
class ByName:
    """The one meant."""

    name: str


@frozen(kw_only=True)
class KnownPermission:
    """A right that can be granted."""

    name: str
    summary: str
    plugin: str
    roles: Annotated[tuple[str, ...], "The built-in roles that are meant to have it; `admin` has all."]


@frozen(kw_only=True)
class PermissionList:
    """All permissions, by name."""

    data: tuple[KnownPermission, ...]


# -- tokens ---------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Token:
    """A session or an API token, without its secret."""

    id: str
    kind: str
    label: str
    scopes: Annotated[tuple[str, ...] | None, "What it may do at most; `null`: all that its owner may."]
    expires_at: str | None
    created_at: str
    last_used_at: Annotated[str | None, "When it was last used, to the minute."]
    current: Annotated[bool, "Whether it is the one that asks."]


@frozen(kw_only=True)
class TokenQuery:
    """Whose sessions and tokens, the oldest first."""

    user: Annotated[str | None, "Somebody else's id; that needs `tokens.manage`.", MaxLength(LONGEST)] = None
    kind: Annotated[Literal["session", "token"] | None, "Only sessions, or only API tokens."] = None
    limit: Limit = 50
    cursor: Cursor = ""


@frozen(kw_only=True)
class TokenPage:
    """A page of sessions and tokens; ``next`` is the cursor of the following one."""

    data: tuple[Token, ...]
    next: str | None = None


@frozen(kw_only=True)
class NewToken:
    """An API token to be."""

    label: Annotated[str, "What it is for.", LINE, MaxLength(LONGEST)] = ""
    scopes: Annotated[
        tuple[str, ...] | None, "Permissions that it is limited to; left out: all that its owner has.", MaxLength(200)
    ] = None
    expires_at: Annotated[datetime | None, "When it stops working; left out: never."] = None
    user: Annotated[
        str | None, "Somebody else's id or e-mail address; that needs `tokens.manage`.", MaxLength(LONGEST)
    ] = None


@frozen(kw_only=True)
class MadeToken:
    """An API token just made; its secret is shown this once."""

    id: str
    label: str
    token: ShownOnce[str]
    scopes: tuple[str, ...] | None
    expires_at: str | None
