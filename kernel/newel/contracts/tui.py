"""Screens of the terminal admin, and editors of fields in it, as plugins bring them.

A screen is a conversation: it is started, shows a layout, gets an event, shows the next one. It draws nothing and knows
no terminal, so the same screen works over SSH, on the console and in a test. ``newel.screens`` finds and opens them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from attrs import Factory, frozen

from newel.context import SIGNED_IN

if TYPE_CHECKING:
    from newel.context import Call, Permission
    from newel.contracts.views import View

PROTOCOL = 1
"""The version of what events and layouts mean."""
Level = Literal["info", "success", "warning", "error"]
Mode = Literal["inline", "overlay"]
Section = Literal["start", "content", "structure", "people", "site", "plugins"]
SECTIONS: tuple[Section, ...] = ("start", "content", "structure", "people", "site", "plugins")
"""The parts of the menu, in their order."""


# -- what a session is told ---------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Init:
    """The first event. ``width`` and ``height`` are what there is to draw on, in characters."""

    width: int
    height: int
    cell: tuple[int, int] = (1, 2)
    """Pixels, across and down, that a picture can have in a character: so many where half blocks are all there is."""
    params: Mapping[str, Any] = Factory(dict)
    """Of a screen: what ``Navigate`` gave it. JSON-like."""
    value: Any = None
    """Of a field's editor: the value as it stands."""
    config: Mapping[str, Any] = Factory(dict)
    """Of a field's editor: the options of the field."""


@frozen
class Key:
    """A key. A printable character is itself (``a``, ``G``, ``é``, a space); others are called ``enter esc tab
    backspace delete insert up down left right home end pgup pgdown f1`` to ``f12``, with ``ctrl+``, ``alt+`` and
    ``shift+`` in front, in this order. A door keeps ``ctrl+c`` to itself: it closes the session."""

    key: str


@frozen(kw_only=True)
class Resize:
    """There is now so much to draw on."""

    width: int
    height: int


@frozen(kw_only=True)
class Data:
    """The answer to something that the session asked for, or, after a ``Toast``, leave to go on (``id`` is empty)."""

    id: str = ""
    ok: bool = True
    result: Any = None
    error: str = ""


@frozen
class Dialog:
    """The answer to a ``Confirm``."""

    accepted: bool


@frozen
class Focus:
    """Another cell has the focus; ``panel`` counts cells from 0, column by column."""

    panel: int


@frozen
class Tick:
    """The time of ``Grid.refresh`` has passed."""


@frozen(kw_only=True)
class Chosen:
    """An act of a view that is the session's own was chosen, for these rows."""

    act: str
    rows: tuple[Mapping[str, Any], ...] = ()


@frozen(kw_only=True)
class Done:
    """An act of a view went well. A listing is read again by the door; a session that shows what has changed now
    answers with the new view."""

    act: str
    answer: Any = None


@frozen(kw_only=True)
class Submitted:
    """A form was sent and taken: ``answer`` is what its operation answered, JSON-like; ``values`` what was sent."""

    answer: Any = None
    values: Mapping[str, Any] = Factory(dict)


@frozen
class Left:
    """A view was left (``esc``). ``None``, or the view before."""


Event: TypeAlias = Key | Resize | Data | Dialog | Focus | Tick | Chosen | Done | Submitted | Left


# -- what a session asks of its door ------------------------------------------------------------------------------


@frozen(kw_only=True)
class Navigate:
    """Another screen, of a plugin or (``page``) of the admin itself. This session is closed."""

    plugin: str = ""
    screen: str = ""
    page: str = ""
    params: Mapping[str, Any] = Factory(dict)


@frozen(kw_only=True)
class Confirm:
    """A question with yes and no; the next event is a ``Dialog``."""

    title: str
    message: str = ""


@frozen(kw_only=True)
class Toast:
    """A note that goes away by itself; the door sends ``Data()`` at once."""

    message: str
    level: Level = "info"


@frozen
class Commit:
    """The field has this value now. The session has ended."""

    value: Any


@frozen
class Cancel:
    """The field keeps its value. The session has ended."""


@frozen
class Quit:
    """The screen is left. The session has ended."""


Action: TypeAlias = Navigate | Confirm | Toast | Commit | Cancel | Quit
ENDING = (Navigate, Commit, Cancel, Quit)
"""After one of these a session gets no more events."""


class ScreenSession(Protocol):
    """One person at one screen. Events come one at a time: ``send`` is not called before the last answer is there,
    which may take as long as the session's work takes.

    ``None`` is ``Quit`` (of a field's editor: ``Cancel``). A ``NewelError`` is shown to the person and ends the
    session; so does any other exception, which is the plugin's fault and is shown without its text.
    """

    async def start(self, event: Init) -> View | Action | None:
        """Called once, first."""

    async def send(self, event: Event) -> View | Action | None:
        """The view after an event. Events of no interest are answered with the same view."""

    async def close(self) -> None:
        """Always called at the end, however it came, also when ``send`` was cancelled. Does nothing twice."""


@frozen(kw_only=True)
class Screen:
    """A screen on offer. ``open`` is called anew for each person; ``call`` is theirs, with no transaction open, and
    operations that the screen runs act in their name. It raises ``Transient`` where there is no room now."""

    name: str
    """Lower case letters, digits and ``_``; ``main`` is the first one of a plugin."""
    label: str
    open: Callable[[Call, Mapping[str, Any]], Awaitable[ScreenSession]]
    """With the call and the same ``params`` as in ``Init``."""
    icon: str = ""
    """One character."""
    section: Section = "plugins"
    """Where in the menu it stands; below one another in a section they come in order of need."""
    hidden: bool = False
    """Left out of menus: reached by ``Navigate`` only."""
    needs: Permission = SIGNED_IN
    plugin: str = ""
    """Whose it is, where that is not the plugin that brings it: a plugin in Lua."""


@frozen(kw_only=True)
class FieldInterface:
    """An editor for values of a field. ``inline`` ones answer with primitives, a few lines high, in the form;
    ``overlay`` ones with grids, above it."""

    name: str
    label: str
    open: Callable[[Call, Any, Mapping[str, Any]], Awaitable[ScreenSession]]
    """With the call, the value and the options of the field, as in ``Init``."""
    mode: Mode = "overlay"
    types: tuple[str, ...] = ()
    """The field types that it can edit; none: all whose values are text."""
    plugin: str = ""


class ScreenSource(Protocol):
    """Screens that come and go while the site runs. Asked each time somebody looks, so it must be quick."""

    def screens(self) -> Sequence[Screen]: ...
    def interfaces(self) -> Sequence[FieldInterface]: ...
