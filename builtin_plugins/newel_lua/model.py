"""What the parts of the host tell each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from attrs import Factory, define, field, frozen

if TYPE_CHECKING:
    from newel import Call
    from newel.contracts.database import Transaction

LuaValue: TypeAlias = Any
"""What crosses between a plugin and the server: ``None``, ``bool``, ``int``, ``float``, ``str`` (``bytes`` where it is
no UTF-8), ``list`` and ``dict`` with ``str`` keys. A table with the keys 1 to n is a list. An empty one is a dict among
the arguments of a function, but a list in what the plugin answers, unless it came from the server as a list."""

Kind = Literal[
    "load", "init", "shutdown", "route", "before", "after", "read", "screen", "schedule", "migration", "test"
]
"""What a plugin is called for. It decides which functions it may use, and how much of them."""


class LuaFault(Exception):
    """Raises in the plugin, as ``error(message)`` would: a mistake of its author, or a limit."""


class LuaRefused(Exception):
    """The function answers ``nil, message``: something that a correct plugin has to expect."""


@frozen
class Returns:
    """An answer of several values."""

    values: tuple[LuaValue, ...]


@frozen(kw_only=True)
class Grants:
    """What an admin approved, of what the plugin asked for."""

    needs: frozenset[str] = frozenset()
    """As in ``plugin.toml``: ``kv``, ``net:api.example.org``, ``content.read:post``."""
    core: Mapping[str, frozenset[str]] = Factory(dict)
    """By table of the ``core`` module: ``read``, ``write``."""


@frozen(kw_only=True)
class Self:
    """The plugin that runs, as its modules see it."""

    name: str
    version: str
    grants: Grants
    settings: Mapping[str, Any] = field(factory=dict, repr=False)


@define(kw_only=True)
class Run:
    """One call into a plugin, from its first instruction to its answer. Modules may keep what they need in ``kept``;
    what must be closed at the end goes into ``stack``."""

    plugin: Self
    call: Call
    kind: Kind
    operations: int
    """Calls of the database and its like that are left."""
    tx: Transaction | None = None
    """Of ``db.transaction``, while it is open."""
    stack: AsyncExitStack = field(factory=AsyncExitStack)
    kept: dict[str, Any] = field(factory=dict)

    def spend(self, operations: int = 1) -> None:
        """Raises ``LuaFault`` when the budget is used up."""
        if self.operations < operations:
            raise LuaFault("operation budget exceeded")
        self.operations -= operations

    def forbid(self, function: str, *kinds: Kind) -> None:
        """Raises ``LuaFault`` where a function must not be used in a call of these kinds."""
        if self.kind in kinds:
            where = {"before": "a before-hook", "init": "on_init", "shutdown": "on_shutdown", "load": "module scope"}
            raise LuaFault(f"{function} is not available in {where.get(self.kind, 'a ' + self.kind)}")


Function: TypeAlias = Callable[[Run, Sequence[LuaValue]], Awaitable["LuaValue | Returns"]]
"""A function of a module: its arguments as the plugin gave them (short by those left out at the end)."""


class Module(Protocol):
    """A module on the server's side.

    Its Lua half, ``worker/lua/<name>.lua``, turns calls into ``host("db.query", ...)`` where there is more to it than
    that; functions that it does not define are handed on as they are.
    """

    @property
    def name(self) -> str: ...
    @property
    def functions(self) -> Mapping[str, Function]: ...


@frozen(kw_only=True)
class Registration:
    """What a plugin registered while it was loaded: ``what`` is ``route``, ``middleware``, ``hook``, ``domain``,
    ``schedule``, ``screen`` or ``interface``; ``id`` names its function in the machine (0: none)."""

    what: str
    id: int
    details: Mapping[str, LuaValue]
