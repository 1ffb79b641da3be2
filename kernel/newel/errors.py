"""The errors a caller can meet. A door translates them; it never invents its own.

Every error has a stable ``code`` for programs and a sentence for people. ``problems`` lists all faults of an
input at once, each with a JSON pointer. ``extra`` goes to the caller as it is, so nothing secret belongs in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from attrs import frozen


@frozen
class Problem:
    """One fault of an input: where (JSON pointer, ``""`` for the whole), a stable code and a sentence."""

    pointer: str
    code: str
    detail: str


class NewelError(Exception):
    """An outcome that the caller is told in words: not a crash."""

    code: ClassVar[str] = "error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        problems: Iterable[Problem] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = code or self.code
        self.problems = tuple(problems)
        self.extra = dict(extra or {})
        self.noted = False
        """Whether the audit trail has it already (``Operations.denied``)."""


class Malformed(NewelError):
    """The request cannot be read: broken JSON, unknown parameter, bad cursor."""

    code = "malformed"


class Reject(NewelError):
    """The request was understood and is refused: a field is wrong or a plugin said no."""

    code = "invalid"

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> Reject:
        """A refusal of one field, e.g. ``Reject.field("/data/title", "too_long", "...")``."""
        return cls(detail, problems=[Problem(pointer, code, detail)])


class Unauthenticated(NewelError):
    """Nobody is signed in, and somebody must be."""

    code = "unauthenticated"


class Forbidden(NewelError):
    """Somebody is signed in who may not do this."""

    code = "forbidden"


class NotFound(NewelError):
    """It does not exist, or not for this caller."""

    code = "not_found"


class Conflict(NewelError):
    """The state of things forbids it: a name taken, a thing in use."""

    code = "conflict"


class NeedsRestart(Conflict):
    """It takes effect at the next start only; the text says why."""

    code = "needs_restart"


class PreconditionFailed(NewelError):
    """Somebody else wrote first. ``extra`` carries both versions."""

    code = "precondition_failed"


class PreconditionRequired(NewelError):
    """The site asks for a base revision with every change, and none was sent."""

    code = "precondition_required"


class TooLarge(NewelError):
    """The body is over its limit."""

    code = "too_large"


class TooMany(NewelError):
    """Over a rate limit; ``retry_after`` is in seconds."""

    code = "too_many_requests"

    def __init__(self, detail: str, *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Transient(NewelError):
    """Not now: a resource is busy or away. Trying again after ``retry_after`` seconds is sensible."""

    code = "unavailable"

    def __init__(self, detail: str, *, code: str | None = None, retry_after: float = 1.0) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after


class PluginError(NewelError):
    """A plugin failed inside a hook. The cause is chained; the caller is told the plugin's name only."""

    code = "plugin_error"

    def __init__(self, detail: str, *, plugin: str, hook: str) -> None:
        super().__init__(detail)
        self.plugin = plugin
        self.hook = hook


class BootError(NewelError):
    """The site cannot start. ``detail`` says why and what to do, in as many lines as it takes."""

    code = "boot"
