"""Who calls, through which door, and what the call has done so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from attrs import Factory, define, field, frozen

from newel.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from newel.contracts.audit import Act, Change
    from newel.contracts.database import Transaction

ActorKind = Literal["anonymous", "user", "token", "system", "plugin"]


@frozen
class Permission:
    """A right that can be granted. ``roles`` names the roles that hold it from the start (``admin`` holds all)."""

    name: str
    summary: str
    roles: tuple[str, ...] = ()


PUBLIC = Permission("public", "Anybody, signed in or not.")
SIGNED_IN = Permission("signed_in", "Anybody who is signed in.")


@frozen(kw_only=True)
class Actor:
    """Who acts. ``permissions`` are names; ``everything`` is the admin's. ``credential`` is the id, not the secret, of
    the token, session or key that was shown, or a mark of the password; ``operator`` where whoever may read the site's
    files named the person; empty where there was none.
    """

    id: str
    kind: ActorKind
    name: str
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    everything: bool = False
    credential: str = ""

    def may(self, permission: Permission) -> bool:
        if permission is PUBLIC or self.everything:
            return True
        if permission is SIGNED_IN:
            return self.kind != "anonymous"
        return permission.name in self.permissions

    def require(self, permission: Permission) -> None:
        """Raises ``Unauthenticated`` or ``Forbidden`` where the actor lacks the permission."""
        if self.may(permission):
            return
        if self.kind == "anonymous":
            raise Unauthenticated("sign in first: this needs a token or a session")
        raise Forbidden(f"this needs the permission '{permission.name}'", extra={"permission": permission.name})


ANONYMOUS = Actor(id="anonymous", kind="anonymous", name="anonymous")
SYSTEM = Actor(id="system", kind="system", name="system", everything=True)


@define
class Work:
    """What a writing call gathers while its transaction is open: the changes and acts to audit, the events to tell."""

    tx: Transaction | None
    changes: list[Change] = Factory(list)
    """Of the operation that runs; the dispatcher makes an act of them."""
    events: list[tuple[Callable[..., Any], Any]] = Factory(list)
    acts: list[Act] = Factory(list)
    after: list[Callable[[], None]] = Factory(list)
    """Called when the whole act is committed, e.g. to wake somebody. Quick, and of no consequence if it is lost."""

    @contextmanager
    def part(self) -> Iterator[None]:
        """Around a savepoint: what was gathered in it is forgotten when it raises."""
        told, acted = len(self.events), len(self.acts)
        try:
            yield
        except BaseException:
            del self.events[told:], self.acts[acted:]
            raise


@frozen(kw_only=True)
class Call:
    """The circumstances of one operation. Frozen; what it writes goes through ``tx``, ``changed`` and ``emit``."""

    actor: Actor
    door: str
    request_id: str
    now: datetime
    locale: str | None = None
    idempotency_key: str | None = None
    ip: str | None = None
    event: str = ""
    """In a ``notify`` hook: the id of what is told, the same each time it is told."""
    work: Work | None = field(default=None, repr=False, eq=False)

    @property
    def tx(self) -> Transaction:
        """The open transaction of a ``write`` operation."""
        if self.work is None or self.work.tx is None:
            raise RuntimeError("no transaction is open: declare the operation with effect='write'")
        return self.work.tx

    def changed(self, change: Change) -> None:
        """Notes a change for the audit trail; it is written in this transaction."""
        assert self.work is not None, "changed() belongs inside a write operation"  # noqa: S101 - a programming error
        self.work.changes.append(change)

    def emit(self, spec: Callable[..., Any], subject: Any) -> None:
        """Queues a ``notify`` hook, to be told after the commit and never without it."""
        assert self.work is not None, "emit() belongs inside a write operation"  # noqa: S101 - a programming error
        self.work.events.append((spec, subject))
